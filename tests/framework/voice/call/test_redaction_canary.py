"""A call with everything personal in it: nothing of that is in clear at any sink, whatever goes wrong meanwhile."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from op26x import logs
from op26x.agents import Tool, ToolCall, ToolResult
from op26x.hookspecs import hookimpl
from op26x.policy import Rules
from op26x.redaction import LEVELS
from op26x.testing.scripted_llm import Say, Script, Use
from virtual.call import READER, Board, VirtualLine, board

pytestmark = pytest.mark.journey

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
ASKED_AND_SAID = [
    ("What is your name?", "Ottoline Quennell", ["ottoline", "quennell"]),
    ("What is your card number?", "four one one one, 1111 1111, double one one one", ["four one one one", "1111"]),
    ("And when does the card expire?", "09 27", ["09 27", "0927"]),
    ("The three digits on the back?", "four seven three", ["four seven three", "473"]),
    (
        "What is your phone number?",
        "oh two oh, seven nine four six, oh nine five eight",
        ["seven nine four six", "7946"],
    ),
    ("Your e-mail address?", "otty dot quennell at gmail dot com", ["otty", "quennell", "gmail"]),
    ("What is your date of birth?", "the fourth of march nineteen sixty two", ["march", "sixty two"]),
    ("Where do you live?", "42 Larkspur Avenue, Didsbury", ["larkspur", "didsbury"]),
    ("And the postcode?", "M20 2XY", ["m20 2xy", "m202xy"]),
    ("Your social security number?", "078 05 1120", ["078 05", "078051120"]),
    ("What is the code that we texted you?", "nine one four, double eight two", ["nine one four", "914"]),
    ("Your account number and sort code?", "31926819 and 60 16 13", ["31926819", "60 16 13", "601613"]),
    ("What is your password?", "it's tigerlily77", ["tigerlily"]),
    ("And your passport number?", "533 380 006", ["533 380", "533380006"]),
]
CANARIES = [mark for _, _, marks in ASKED_AND_SAID for mark in marks]
NO_CHANCE = 6
"""Characters of a mark that sealed bytes do not hold by chance."""


class Note(msgspec.Struct):
    """What is noted."""

    text: str


class Everything:
    """A plugin that has everything redacted, and is told of turns."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @hookimpl
    def op26x_policy_for_call(self) -> Rules:
        """Demands it."""
        return Rules(redact=LEVELS["everything"])

    @hookimpl
    async def op26x_turn_finished(self, turn: Any) -> None:
        """Keeps the words."""
        self.texts.append(f"{turn.text.reveal()} {' '.join(word.text.reveal() for word in turn.words)}")


def note(call: ToolCall, given: Note) -> ToolResult:
    """Fails, and says with what."""
    raise ValueError(f"can't note {given.text}: card 4111 1111 1111 1111 of Ottoline Quennell")


def _found(where: str, text: str) -> list[str]:
    low = text.lower()
    return [f"{mark!r} in {where}" for mark in CANARIES if mark in low]


async def _stored(one: Board, line: VirtualLine, folder: Path) -> list[str]:
    kept = await one.kept(line)
    assert kept.recording is not None
    said = await one.workspace.transcripts.of_call(kept.recording.call_id, READER)
    transcript = " ".join(f"{turn.text.reveal()} {[word.text.reveal() for word in turn.words]}" for turn in said)
    found = _found("the transcript", transcript)
    assert "<CARD_1>" in transcript
    for file in folder.rglob("*"):
        if file.is_file():
            low = file.read_bytes().decode("latin-1").lower()
            found += [f"{mark!r} in {file.name}" for mark in CANARIES if len(mark) >= NO_CHANCE and mark in low]
    return found


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What op26x logs, as a service does."""
    stream = StringIO()
    logs.structure("debug", stream)
    yield stream
    structlog.reset_defaults()


def test_nothing_personal_is_in_clear_anywhere(
    happens: Happens,
    tmp_path: Path,
    lines: StringIO,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    plugin = Everything()
    answers = [[Say(f"At 800 {question}")] for question, _, _ in ASKED_AND_SAID]
    answers += [[Use("write_down", {"text": "<CARD_1>"})], [Say("At 900 thank you, <PERSON_1>.")]]
    script = Script(*answers, tools=[Tool("write_down", "Writes it down.", Note, note, needs=frozenset({"CARD"}))])

    async def story() -> None:
        caplog.set_level(logging.DEBUG)
        async with board(tmp_path, script, plugin, **script.document(recording="announce")) as one:
            line = await one.ring()
            await asyncio.sleep(12)
            line.say("hello there")
            await asyncio.sleep(6)
            for _, said, _ in ASKED_AND_SAID:
                line.say(said, 3.0)
                await asyncio.sleep(9)
            line.say("that is all, please note it")
            await asyncio.sleep(9)
            await line.hang_up()
            await line.over()
            found = [one for asked in script.asked for one in _found("a request to the LLM", str(asked))]
            found += [one for text in plugin.texts for one in _found("a plugin", text)]
            found += [mark for event in one.events for mark in _found("the live view", f"{event.text} {event.detail}")]
            found += await _stored(one, line, tmp_path)
            assert found == []

    happens(story)
    printed = capfd.readouterr()
    told = f"{caplog.text}{printed.out}{printed.err}{lines.getvalue()}"
    assert "a tool failed" in lines.getvalue()
    assert _found("the log", told) == []
