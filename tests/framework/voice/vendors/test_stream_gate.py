"""The gate: whatever is handed to it, what passes is sane."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from op26x.errors import ProviderError
from op26x.voice.vendors.frames import Refusal
from op26x.voice.vendors.stream_gate import LONGEST_ANSWER, MOST_CALLS, AnswerGate, CallIds, readable, readable_json

ANY_TEXT = st.text(st.characters())


def gate() -> AnswerGate:
    """For one answer of a new conversation."""
    return AnswerGate("Vendor", CallIds())


def calls(*pieces: dict[str, Any]) -> list[tuple[str, Any]]:
    """The calls that pieces make: names and arguments."""
    opened = gate()
    for piece in pieces:
        opened.call(**piece)
    made = opened.end()
    assert len({call.id for call in made}) == len(made)
    return [(call.name, json.loads(call.arguments)) for call in made]


MON, TUE = {"day": "Mon"}, {"day": "Tue"}
MON_TEXT, TUE_TEXT = json.dumps(MON), json.dumps(TUE)
BOTH = [("free", MON), ("free", TUE)]
DIALECTS = {
    "OpenAI's": [
        {"index": 0, "id": "a", "name": "free", "arguments": ""},
        {"index": 0, "arguments": MON_TEXT[:4]},
        {"index": 0, "arguments": MON_TEXT[4:]},
        {"index": 1, "id": "b", "name": "free", "arguments": ""},
        {"index": 1, "arguments": TUE_TEXT},
    ],
    "one index for both": [
        {"index": 0, "id": "a", "name": "free", "arguments": MON_TEXT},
        {"index": 0, "id": "b", "name": "free", "arguments": TUE_TEXT},
    ],
    "one index for both, in pieces": [
        {"index": 0, "id": "a", "name": "free", "arguments": ""},
        {"index": 0, "arguments": MON_TEXT},
        {"index": 0, "id": "b", "name": "free", "arguments": ""},
        {"index": 0, "arguments": TUE_TEXT},
    ],
    "no ids": [
        {"index": 0, "name": "free", "arguments": MON_TEXT},
        {"index": 0, "id": "", "name": "free", "arguments": TUE_TEXT},
    ],
    "no index": [
        {"id": "a", "name": "free", "arguments": MON_TEXT},
        {"id": "b", "name": "free", "arguments": TUE_TEXT},
    ],
    "nothing but names": [{"name": "free", "arguments": MON}, {"name": "free", "arguments": TUE}],
    "one id for both": [
        {"index": 0, "id": "a", "name": "free", "arguments": MON_TEXT[:5]},
        {"index": 1, "id": "b", "name": "free", "arguments": TUE_TEXT[:5]},
        {"index": 0, "arguments": MON_TEXT[5:]},
        {"index": 1, "arguments": TUE_TEXT[5:]},
    ],
    "id and name in each piece": [
        {"index": 0, "id": "a", "name": "free", "arguments": MON_TEXT[:5]},
        {"index": 0, "id": "a", "name": "free", "arguments": MON_TEXT[5:]},
        {"index": 1, "id": "b", "name": "free", "arguments": TUE_TEXT[:5]},
        {"index": 1, "id": "b", "name": "free", "arguments": TUE_TEXT[5:]},
    ],
    "name in each piece": [
        {"index": 0, "name": "free", "arguments": MON_TEXT[:5]},
        {"index": 0, "name": "free", "arguments": MON_TEXT[5:]},
        {"index": 0, "name": "free", "arguments": TUE_TEXT},
    ],
    "all of it again at the end": [
        {"index": 0, "id": "a", "name": "free", "arguments": MON_TEXT},
        {"index": 1, "id": "b", "name": "free", "arguments": TUE_TEXT},
        {"index": 0, "id": "a", "name": "free", "arguments": MON_TEXT},
        {"index": 1, "id": "b", "name": "free", "arguments": ""},
    ],
    "other types": [
        {"index": "0", "id": 7, "name": "free", "arguments": MON},
        {"index": None, "id": ["b"], "name": "free", "arguments": TUE},
    ],
    "encoded twice": [
        {"index": 0, "id": "a", "name": "free", "arguments": json.dumps(MON_TEXT)},
        {"index": 1, "id": "b", "name": "free", "arguments": TUE},
    ],
}


@pytest.mark.parametrize("pieces", DIALECTS.values(), ids=DIALECTS)
def test_every_call_is_run_once_however_it_is_numbered(pieces: list[dict[str, Any]]) -> None:
    assert calls(*pieces) == BOTH


@pytest.mark.parametrize("nothing", [None, "", {}, "{}", "null", '""'])
def test_no_arguments_are_an_empty_object(nothing: Any) -> None:
    assert calls({"name": "bye", "arguments": nothing}) == [("bye", {})]


@pytest.mark.parametrize("arguments", ["[1]", "5", "{", '"{"', "[" * 100_000])
def test_other_arguments_are_an_error(arguments: str) -> None:
    with pytest.raises((ValueError, RecursionError, ProviderError)):
        calls({"name": "free", "arguments": arguments})


def test_a_call_without_a_name_is_an_error() -> None:
    with pytest.raises(ProviderError, match="without a name"):
        calls({"index": 0, "id": "a", "arguments": MON})


def test_ids_are_those_of_one_call_only() -> None:
    ids = CallIds()
    assert [ids.own(wanted) for wanted in ("a", "a", "", "call-3", "x" * 999, "\ud800")] == [
        "a",
        "call-2",
        "call-3",
        "call-4",
        "call-5",
        "call-6",
    ]


@pytest.mark.parametrize(
    ("pieces", "passed"),
    [
        (["Hello", " you."], "Hello you."),
        (["\ud83d", "\ude42 yes"], "🙂 yes"),
        (["a\ud83d", "b"], "a\ufffdb"),
        (["a\ude42"], "a\ufffd"),
        (["end\ud83d"], "end\ufffd"),
        (["a\x00b\x1b[0m\r\n\tc\x7f"], "a b [0m\r\n\tc "),
        ([None, 5, "", ["x"], "Hi"], "Hi"),
    ],
)
def test_text_is_made_readable(pieces: list[Any], passed: str) -> None:
    opened = gate()
    assert "".join([opened.words(piece) for piece in pieces]) + opened.rest() == passed
    assert opened.end() == []
    assert opened.refused is None


@given(st.lists(ANY_TEXT))
def test_text_cut_anywhere_can_be_stored_and_is_what_it_would_be_whole(pieces: list[str]) -> None:
    opened = gate()
    passed = "".join([opened.words(piece) for piece in pieces]) + opened.rest()
    assert passed == readable("".join(pieces))
    passed.encode()


@given(st.recursive(ANY_TEXT | st.integers() | st.none(), lambda v: st.lists(v) | st.dictionaries(ANY_TEXT, v)))
def test_every_text_of_a_json_value_can_be_stored(value: Any) -> None:
    json.dumps(readable_json(value), ensure_ascii=False).encode()


@pytest.mark.parametrize("text", ["", " \n", None])
def test_nothing_said_and_nothing_called_is_an_empty_answer(text: str | None) -> None:
    opened = gate()
    opened.words(text)
    assert opened.end() == []
    assert opened.refused is Refusal.EMPTY


def test_a_refusal_runs_no_call_that_it_cut_off() -> None:
    opened = gate()
    opened.call(name="pay", arguments='{"amount": 1')
    opened.refuse(Refusal.FILTERED)
    opened.refuse(Refusal.REFUSED)
    assert opened.end() == []
    assert opened.refused is Refusal.FILTERED


def test_what_is_absurdly_long_is_an_error() -> None:
    with pytest.raises(ProviderError, match="too much"):
        gate().words("x" * (LONGEST_ANSWER + 1))
    with pytest.raises(ProviderError, match="too much"):
        calls(*({"name": "free", "id": str(n)} for n in range(MOST_CALLS + 1)))
    with pytest.raises(ProviderError, match="too much"):
        calls({"name": "free" * 100})


SCALARS = (
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["", "a", "b", "free", MON_TEXT, "{"]) | ANY_TEXT
)
PIECES = st.fixed_dictionaries({}, optional=dict.fromkeys(("index", "id", "name", "arguments"), SCALARS))


@given(st.lists(PIECES, max_size=6))
@example([{"index": True}])
def test_any_pieces_are_calls_or_an_error(pieces: list[dict[str, Any]]) -> None:
    try:
        found = calls(*pieces)
    except (ValueError, ProviderError):
        return
    for name, arguments in found:
        assert name
        assert isinstance(arguments, dict)
        json.dumps([name, arguments], ensure_ascii=False).encode()
