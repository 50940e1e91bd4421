"""Logs: JSON lines, by room, without personal data."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from op26x import logs
from op26x.clock import ManualClock
from op26x.types import Personal, PhoneNumber, Secret, ServiceRequest

ROOM = "doors"
NUMBER = PhoneNumber("+12125550123")
WORDS = Personal("my card is 4111 1111")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that other tests have counted is said in these, and their way of writing lines stays as it was."""
    monkeypatch.setattr(logs.Tally, "_all", WeakSet())
    yield
    structlog.reset_defaults()


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_room_level_and_utc_time() -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    logs.get("calls").info("call ended", turns=3)
    (line,) = written(stream)
    assert line.items() >= {"event": "call ended", "room": "calls", "level": "info", "turns": 3}.items()
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_the_level_is_a_threshold(level: str, expected: list[str]) -> None:
    stream = io.StringIO()
    logs.configure(level, stream)
    log = logs.get("calls")
    for name in ("debug", "info", "warning", "error"):
        getattr(log, name)("event")
    assert [line["level"] for line in written(stream)] == expected


def test_by_default_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logs.get("calls").info("here")
    captured = capsys.readouterr()
    assert (captured.out, "here" in captured.err) == ("", True)


@pytest.mark.parametrize(
    "value",
    [
        NUMBER,
        [NUMBER],
        (WORDS,),
        {NUMBER},
        frozenset({NUMBER}),
        {"inner": {"deeper": [WORDS, NUMBER]}},
        {NUMBER: "as a key"},
        ServiceRequest(options={"inner": WORDS}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_personal_values_are_masked_wherever_they_hide(value: object) -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    logs.get("calls").info("call", what=value)
    assert "2125550" not in stream.getvalue()
    assert "4111" not in stream.getvalue()
    assert "…" in json.loads(stream.getvalue())["what"].__repr__()


@given(
    st.recursive(
        st.sampled_from([NUMBER, WORDS, Secret("4111 key")]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=8,
    )
)
def test_no_nesting_gets_a_personal_value_into_a_line(value: object) -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    logs.get("calls").info("call", what=value)
    line = json.loads(stream.getvalue())
    del line["timestamp"]  # whose microseconds may be anything
    assert "2125550" not in str(line)
    assert "4111" not in str(line)


def test_an_exception_is_named_and_placed_but_not_quoted() -> None:
    def inner() -> None:
        raise ValueError("the caller said 4111 1111")

    stream = io.StringIO()
    logs.configure(stream=stream)
    try:
        inner()
    except ValueError as error:
        logs.get("calls").error("failed", exc_info=error)
    (line,) = written(stream)
    assert line["error"] == "ValueError"
    assert re.fullmatch(r"test_logs\.py:\d+ inner", line["where"])
    assert "4111" not in stream.getvalue()


@pytest.mark.parametrize("error", [True, ValueError("the caller said 4111")])
def test_an_exception_that_was_not_raised_is_not_quoted_either(error: object) -> None:
    stream = io.StringIO()
    logs.configure(stream=stream)
    logs.get("calls").error("failed", exc_info=error)
    assert "4111" not in stream.getvalue()
    assert "where" not in written(stream)[0]


def test_pipecat_is_silenced() -> None:
    from loguru import logger

    logs.configure(stream=io.StringIO())
    heard: list[str] = []
    sink = logger.add(heard.append, level=0)
    try:
        logger.patch(lambda record: record.update(name="pipecat.services"))
        namespace: dict[str, Any] = {"__name__": "pipecat.services.llm", "logger": logger}
        exec("logger.error('the caller said 4111')", namespace)
    finally:
        logger.remove(sink)
    assert heard == []


class Broken(io.StringIO):
    """A stream on a full disk or a closed pipe."""

    def __init__(self, error: Exception, at: str) -> None:
        super().__init__()
        self._error = error
        self._at = at

    def write(self, text: str) -> int:
        if self._at == "write":
            raise self._error
        return super().write(text)

    def flush(self) -> None:
        raise self._error


@pytest.mark.parametrize("at", ["write", "flush"])
@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), BrokenPipeError(), ValueError("I/O operation on closed file.")],
    ids=lambda error: type(error).__name__,
)
def test_a_line_that_can_not_be_written_is_lost_and_nothing_else(error: Exception, at: str) -> None:
    logs.structure("debug", Broken(error, at))
    for method in ("debug", "info", "warning", "error", "critical", "exception"):
        getattr(logs.get(ROOM), method)("call ended", exc_info=RuntimeError())


def test_a_closed_stream_and_half_a_character_are_no_reason_to_raise() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    logs.structure("info", stream)
    logs.get(ROOM).info("\ud800 and \u00fc")
    stream.close()
    logs.get(ROOM).info("call ended")


def test_what_happens_often_is_said_at_once_and_then_once_a_minute() -> None:
    stream = io.StringIO()
    logs.structure("info", stream)
    clock = ManualClock()
    tally = logs.Tally(logs.get(ROOM), clock)
    for _ in range(600):
        tally.note("wrong API key", address="192.0.2.1")
        clock.advance(0.5)
    tally.note("wrong API key", address="192.0.2.2")
    told = [(line["address"], line["count"]) for line in written(stream)]
    assert told == [("192.0.2.1", count) for count in (1, 119, 120, 120, 120, 120)] + [("192.0.2.2", 1)]


def test_what_stops_is_still_said_and_then_forgotten() -> None:
    stream = io.StringIO()
    logs.structure("info", stream)
    clock = ManualClock()
    tally = logs.Tally(logs.get(ROOM), clock)
    for _ in range(50):
        tally.note("connection refused")
    for _ in range(4):
        clock.advance(61)
        tally.flush()
    tally.note("connection refused")
    assert [line["count"] for line in written(stream)] == [1, 49, 1]


def test_at_the_end_what_was_counted_is_said_at_once() -> None:
    stream = io.StringIO()
    logs.structure("info", stream)
    tally = logs.Tally(logs.get(ROOM), ManualClock())
    for _ in range(50):
        tally.note("connection refused")
    logs.Tally.end_all()
    logs.Tally.end_all()
    assert [line["count"] for line in written(stream)] == [1, 49]


def test_all_tallies_are_flushed_together() -> None:
    stream = io.StringIO()
    logs.structure("info", stream)
    clock = ManualClock()
    tallies = [logs.Tally(logs.get(ROOM), clock) for _ in range(2)]
    for tally in tallies * 3:
        tally.note("connection refused")
    clock.advance(61)
    logs.Tally.flush_all()
    assert [line["count"] for line in written(stream)] == [1, 1, 2, 2]


def test_a_crowd_is_counted_together_so_that_neither_memory_nor_log_grows() -> None:
    stream = io.StringIO()
    logs.structure("info", stream)
    clock = ManualClock()
    tally = logs.Tally(logs.get(ROOM), clock)
    for number in range(50_000):
        tally.note("wrong API key", address=str(number))
    clock.advance(61)
    tally.flush()
    lines = written(stream)
    assert len(lines) == logs.Tally.MOST + 1
    assert (lines[-1]["others"], lines[-1]["count"]) == ("yes", 50_000 - logs.Tally.MOST)


def test_what_libraries_warn_of_is_a_line_of_ours_without_what_was_filled_in() -> None:
    import logging

    stream = io.StringIO()
    logs.configure(stream=stream)
    logging.getLogger("openai._base_client").warning("Retrying %s in %f seconds", "the caller said 4111", 0.5)
    logging.getLogger("httpx").info("HTTP Request: %s", "https://example.test/4111")
    try:
        raise ValueError("4111")
    except ValueError:
        logging.getLogger("a.library").exception("a job failed")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (first["event"], first["library"], first["level"]) == (
        "Retrying %s in %f seconds",
        "openai._base_client",
        "warning",
    )
    assert (second["library"], second["error"]) == ("a.library", "ValueError")
    assert "4111" not in stream.getvalue()


def test_a_library_that_logs_for_itself_is_taken_over() -> None:
    import logging

    stream, own = io.StringIO(), io.StringIO()
    logs.configure(stream=stream)
    logger = logging.getLogger("a.talkative.library")
    logger.addHandler(logging.StreamHandler(own))
    logger.propagate = False
    logs.take_over("a.talkative.library")
    logger.error("it said %s", "4111")
    assert (own.getvalue(), json.loads(stream.getvalue())["event"]) == ("", "it said %s")
