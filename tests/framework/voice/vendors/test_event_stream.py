"""Server-sent events, however they are cut and written."""

import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from op26x.errors import ProviderError
from op26x.voice.vendors.event_stream import DONE, LONGEST_EVENT, Event, EventStream

DATA = {"text": "a\u2028b\x85cü🙂"}


async def events(*pieces: bytes) -> list[Event]:
    """What a response of these pieces holds."""

    async def body() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    stream = EventStream("Vendor", httpx2.Response(200, content=body()), lambda event: event.name == DONE)
    return [event async for event in stream]


def written(data: Any, end: str = "\n") -> str:
    """An event."""
    return f"data: {json.dumps(data, ensure_ascii=False)}{end}{end}"


FORMS = {
    "plain": written(DATA),
    "with CRLF": written(DATA, "\r\n"),
    "with CR": written(DATA, "\r"),
    "with comments": f": hello\n\n:\n{written(DATA)}: OPENROUTER PROCESSING\n\n",
    "with a mark of the byte order": f"\ufeff{written(DATA)}",
    "without its empty line": written(DATA).rstrip("\n"),
    "without a space": written(DATA).replace("data: ", "data:"),
    "over two lines": 'data: {"text":\ndata: ' + json.dumps(DATA["text"], ensure_ascii=False) + "}\n\n",
    "with other fields": f"id: 7\nretry: 10\nnonsense\n{written(DATA)}",
    "among empty ones": f"event: ping\n\ndata:\n\ndata: \n\ndata: null\n\ndata: [1]\n\n{written(DATA)}",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
async def test_each_form_is_read(text: str) -> None:
    assert [event.data for event in await events(text.encode())] == [DATA]


@given(st.sampled_from(list(FORMS.values())), st.lists(st.integers(0, 200), max_size=6))
async def test_it_does_not_matter_where_it_is_cut(text: str, cuts: list[int]) -> None:
    body = text.encode()
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[a:b] for a, b in itertools.pairwise(edges)]
    assert [event.data for event in await events(*pieces)] == [DATA]


async def test_names_are_kept_and_nothing_is_read_behind_the_end() -> None:
    body = b'event: a\ndata: {}\n\ndata: {"b": 1}\n\ndata: [DONE]\n\ndata: {oops\n\n'
    assert await events(body) == [Event("a", {}), Event("", {"b": 1}), Event(DONE)]


async def test_what_has_no_end_is_an_error() -> None:
    with pytest.raises(ProviderError, match="too much"):
        await events(*[b"data: " + b"x" * LONGEST_EVENT] * 2)
    with pytest.raises(ProviderError, match="too much"):
        await events(*[b"data: " + b"x" * 60_000 + b"\n"] * 20)
    with pytest.raises(ProviderError, match="too much"):
        await events(*[b": ping\n" * 100_000] * 30)


@given(st.lists(st.binary(max_size=60), max_size=5))
@example([b"data: \xff\n\n"])
@example([b"data: {" + b"[" * 100_000])
async def test_any_bytes_are_events_or_an_error(pieces: list[bytes]) -> None:
    with contextlib.suppress(ValueError, RecursionError):
        assert all(isinstance(event.data, dict) for event in await events(*pieces))
