"""What Anthropic and what writes like it may stream, through the SDK and Pipecat's service; and whatever else comes."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipecat.frames.frames import LLMFullResponseEndFrame, LLMFullResponseStartFrame, LLMTextFrame

from counterparts.anthropic import AnthropicCounterpart
from counterparts.conversation import said, talk
from counterparts.pipeline import Heard
from counterparts.script import Answer, Garbage
from op26x.errors import ProviderError
from op26x.voice.vendors.event_stream import Event
from op26x.voice.vendors.frames import AnswerRefusedFrame, Refusal
from op26x.voice.vendors.stream_gate import AnswerGate, CallIds
from op26x_anthropic.events import EventReader, finishes, speaks
from op26x_anthropic.llm import build

from .conftest import IN_TIME_S, Ask

NINE = "Nine is free."
STOP = {"type": "message_stop"}


def start(usage: Any = None) -> dict[str, Any]:
    """The first event."""
    return {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": usage or {}}}


def text(words: Any, index: Any = 0) -> dict[str, Any]:
    """A piece of text."""
    return {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": words}}


def tool(index: Any, id: Any, given: Any = None) -> dict[str, Any]:
    """The beginning of a call."""
    block = {"type": "tool_use", "id": id, "name": "free", "input": given if given is not None else {}}
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(index: Any, part: Any) -> dict[str, Any]:
    """A piece of a call's arguments."""
    return {"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", "partial_json": part}}


def stopped(reason: Any, usage: Any = None) -> dict[str, Any]:
    """Why it ended."""
    return {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage}


def body(*events: dict[str, Any], line: str = "\n") -> Garbage:
    """The events on the wire."""
    written = (f"event: {event.get('type')}{line}data: {json.dumps(event)}{line}{line}" for event in events)
    return Garbage("".join(written).encode())


def refusals(heard: Heard) -> list[Refusal]:
    """Why there was no answer; told within one."""
    kinds = (LLMFullResponseStartFrame, LLMTextFrame, AnswerRefusedFrame, LLMFullResponseEndFrame)
    order = [type(frame) for frame in heard.frames if isinstance(frame, kinds)]
    assert all(order[n + 1] is LLMFullResponseEndFrame for n, kind in enumerate(order) if kind is AnswerRefusedFrame)
    return [frame.reason for frame in heard.of(AnswerRefusedFrame)]


OPEN = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
TEXTS = {
    "plain": (body(start(), OPEN, text("Nine is "), text("free."), stopped("end_turn"), STOP), NINE),
    "with CRLF": (body(start(), OPEN, text(NINE), stopped("end_turn"), STOP, line="\r\n"), NINE),
    "no stop reason": (body(start(), OPEN, text(NINE), STOP), NINE),
    "no last event": (body(start(), OPEN, text(NINE), stopped("end_turn")), NINE),
    "text in the beginning": (
        body(start(), {**OPEN, "content_block": {"type": "text", "text": "Nine"}}, text(" is free."), STOP),
        NINE,
    ),
    "null and unknown": (
        body(
            {"type": "message_start", "message": None},
            {"type": "content_block_start", "content_block": None},
            {"type": "news", "delta": {"text": "x"}},
            {"type": "content_block_delta", "index": 0, "delta": None},
            text(None),
            text(NINE),
            {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {}}},
            {"type": "message_delta", "delta": None, "usage": None},
            STOP,
        ),
        NINE,
    ),
    "half characters": (body(start(), text("Nine\ud83d"), text("\ude42 \udc00\x00"), STOP), "Nine🙂 \ufffd "),
}
MONDAY, TUESDAY = '{"day": "Monday"}', '{"day": "Tuesday"}'
CALLS = {
    "two": (tool(0, "a"), piece(0, MONDAY[:5]), piece(0, MONDAY[5:]), tool(1, "b"), piece(1, TUESDAY)),
    "of one index": (tool(0, "a"), piece(0, MONDAY), tool(0, "b"), piece(0, TUESDAY)),
    "of one id": (tool(0, "a"), piece(0, MONDAY), tool(1, "a"), piece(1, TUESDAY)),
    "without ids": (tool(0, None), piece(0, MONDAY), tool(1, ""), piece(1, TUESDAY)),
    "without index": (tool(None, "a"), piece(None, MONDAY), tool(None, "b"), piece(None, TUESDAY)),
    "side by side": (tool(0, "a"), tool(1, "b"), piece(1, TUESDAY), piece(0, MONDAY)),
    "whole at once": (tool(0, "a", {"day": "Monday"}), tool(1, "b", {"day": "Tuesday"})),
}


@pytest.mark.parametrize(("reply", "words"), TEXTS.values(), ids=TEXTS)
async def test_text_is_heard(vendor: AnthropicCounterpart, ask: Ask, reply: Garbage, words: str) -> None:
    vendor.messages.will(reply)
    heard = await talk(build(ask()), "When?")
    assert said(heard) == words
    assert not heard.errors
    assert refusals(heard) == []


@pytest.mark.parametrize("reason", ["tool_use", "end_turn", None])
@pytest.mark.parametrize("events", CALLS.values(), ids=CALLS)
async def test_every_call_is_run_once_with_its_own_id(
    vendor: AnthropicCounterpart, ask: Ask, events: tuple[dict[str, Any], ...], reason: str | None
) -> None:
    vendor.messages.will(body(start(), *events, stopped(reason), STOP), Answer(NINE))
    asked: list[str] = []

    def free(arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(arguments["day"])
        return arguments

    heard = await talk(build(ask()), "When?", functions={"free": free}, answers=2)
    assert asked == ["Monday", "Tuesday"]
    assert said(heard) == NINE
    assert not heard.errors
    assert refusals(heard) == []


@pytest.mark.parametrize(
    ("events", "words", "reason"),
    [
        ((stopped("refusal"),), "", Refusal.REFUSED),
        ((text("I was"), stopped("refusal")), "I was", Refusal.REFUSED),
        ((tool(0, "a"), piece(0, '{"da'), stopped("refusal")), "", Refusal.REFUSED),
        ((OPEN, stopped("end_turn")), "", Refusal.EMPTY),
        ((text(" \n"), stopped("max_tokens")), " \n", Refusal.EMPTY),
    ],
)
async def test_a_refusal_or_nothing_is_an_answer(
    vendor: AnthropicCounterpart, ask: Ask, events: tuple[dict[str, Any], ...], words: str, reason: Refusal
) -> None:
    vendor.messages.will(body(start(), *events, STOP))
    heard = await talk(build(ask()), "When?", functions={"free": lambda _: {}})
    assert (said(heard), refusals(heard)) == (words, [reason])
    assert not heard.errors


SAMPLES = [
    start({"input_tokens": 5, "output_tokens": 1}),
    {"type": "ping"},
    OPEN,
    text("Nine"),
    tool(0, "a"),
    piece(0, MONDAY),
    tool(1, "b", {"day": "Friday"}),
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "abc"}},
    stopped("tool_use", {"output_tokens": 5}),
    stopped("refusal"),
    {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
    STOP,
]
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(st.characters(), max_size=5),
    st.just([]),
    st.just({"type": "text"}),
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """An event with one of its parts replaced."""
    event: Any = json.loads(json.dumps(draw(st.sampled_from(SAMPLES))))
    part = event
    while True:
        key = draw(st.sampled_from(sorted(part)))
        if isinstance(part[key], dict) and part[key] and draw(st.booleans()):
            part = part[key]
            continue
        part[key] = draw(JUNK)
        return event


EVENTS = st.lists(st.sampled_from(SAMPLES) | mutated(), max_size=8)


@settings(max_examples=300)
@given(EVENTS)
def test_whatever_comes_the_reader_gives_sane_events_or_an_error(events: list[Any]) -> None:
    gate = AnswerGate("Anthropic", CallIds())
    reader = EventReader(gate)
    made: list[Any] = []
    try:
        for data in events:
            event = Event(str(data.get("type")), data)
            assert speaks(event) in (True, False)
            assert finishes(event) in (True, False)
            made += reader.read(event)
        made += reader.end()
    except (ValueError, ProviderError):
        return
    json.dumps([event.model_dump(warnings="error") for event in made], ensure_ascii=False).encode()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(EVENTS, st.sampled_from([(STOP,), ()]))
async def test_whatever_comes_the_service_answers_or_reports_one_error(
    vendor: AnthropicCounterpart, ask: Ask, events: list[Any], end: tuple[dict[str, Any], ...]
) -> None:
    vendor.messages.will(body(*events, *end))
    heard = await talk(build(ask()), "When?", functions={"free": dict}, until=settled)
    said(heard).encode()
    assert len(heard.errors) <= 1
    assert not (heard.errors and heard.of(AnswerRefusedFrame))
    assert heard.seconds < IN_TIME_S


def settled(heard: Heard) -> bool:
    """Whether it was answered: at least once, and every answer ended."""
    started, ended = len(heard.of(LLMFullResponseStartFrame)), len(heard.of(LLMFullResponseEndFrame))
    return bool(ended) and started == ended
