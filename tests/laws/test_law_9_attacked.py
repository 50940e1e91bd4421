"""Law 9, attacked: what a caller demands takes effect whatever else goes on in the call, and after it."""

import asyncio
from array import array
from pathlib import Path
from typing import Any

import pytest

from journeys.documents import does
from journeys.line import SPEECH
from op26x import g711
from op26x.calls import Arrival, Direction
from op26x.consent import Consent
from virtual.call import CALLED, Board, VirtualLine, board
from virtual.loop import happen
from virtual.rights import document

MINUTE_S = 60.0


async def suppressed(one: Board, sid: str) -> bool:
    call = await one.workspace.calls.by_provider_id("twilio", sid)
    assert call is not None
    return await one.workspace.consents.is_suppressed(call.subject_index)


@pytest.mark.parametrize(
    ("words", "readable"),
    [
        ("delete this recording and never call me again", False),
        ("do not call me again, and delete the recording", False),
        ("stop recording and take me off your list", True),
    ],
)
def test_two_demands_in_one_sentence_are_two(tmp_path: Path, words: str, readable: bool) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            line = await one.ring()
            line.at(4.0, lambda: line.say(words))
            line.at(12.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert kept.readable is readable
            assert kept.end_s < 8.0
            assert await suppressed(one, line.sid)

    happen(story)


def test_whoever_asks_that_it_is_not_deleted_keeps_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            line = await one.ring()
            line.at(4.0, lambda: line.say("please do not delete this recording"))
            line.at(12.0, line.hang_up)
            await line.over()
            assert (await one.kept(line)).readable

    happen(story)


@pytest.mark.parametrize("thanked_for", [2.3, 2.5, 2.7, 2.9])
def test_a_no_that_is_said_during_the_thanks_counts_though_its_words_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thanked_for: float
) -> None:
    monkeypatch.setattr("journeys.stubs.FIXED_S", 3.0)
    monkeypatch.setattr("virtual.call.RECOGNISED_S", 0.6)

    async def story() -> None:
        async with board(tmp_path, recording="assent", **document()) as one:
            line = await one.ring()
            line.at(4.0, lambda: line.press("1"))
            line.at(4.0 + thanked_for - 0.6, lambda: line.say("no no I do not want that", 0.6))
            line.at(14.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert not kept.readable
            assert kept.states[-1] in ("refused", "withdrawn")

    happen(story)


def test_a_caller_who_says_what_happens_if_they_agree_has_not_agreed(tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="assent", **document()) as one:
            line = await one.ring()
            line.at(1.0, lambda: line.say("what happens if I say yes"))
            line.at(12.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert not kept.readable
            assert "granted" not in kept.states

    happen(story)


@pytest.mark.parametrize("keys", ["*1*2", "*1*3"])
def test_a_plugin_that_does_not_return_holds_up_no_demand(tmp_path: Path, keys: str) -> None:
    async def never(_consent: Consent) -> None:
        await asyncio.Event().wait()

    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            one.workspace.consents.when_changed(never)
            line = await one.ring()
            line.at(4.0, lambda: line.press(keys))
            line.at(8.0, line.hang_up)
            await asyncio.sleep(8.0 + MINUTE_S)
            assert await suppressed(one, line.sid) is ("*3" in keys)
            assert not one.switchboard.sessions
            assert (await one.kept(line)).readable is ("*2" not in keys)

    happen(story)


def test_a_service_can_be_stopped_though_a_plugin_does_not_return(tmp_path: Path) -> None:
    async def never(_consent: Consent) -> None:
        await asyncio.Event().wait()

    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            one.workspace.consents.when_changed(never)
            line = await one.ring()
            line.at(4.0, lambda: line.press("*1"))
            await asyncio.sleep(5.0)
            async with asyncio.timeout(10 * MINUTE_S):
                await one.switchboard.drain(5.0)

    happen(story)


def test_one_stretch_of_speech_that_is_never_understood_does_not_make_the_ear_deaf(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def finish(self: Any) -> Any:
        words = self._recogniser.words
        if words == "good morning":
            await asyncio.Event().wait()
        await asyncio.sleep(0.3)
        return type("Words", (), {"text": words})()

    monkeypatch.setattr("virtual.call.HeardUtterance.finish", finish)

    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            line = await one.ring()
            line.at(2.0, lambda: line.say("good morning"))
            line.at(20.0, lambda: line.say("stop recording"))
            line.at(60.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert kept.end_s < 40.0
            assert kept.states == ["withdrawn"]

    happen(story)


def test_after_the_end_no_tool_is_used_and_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtual.call.RECOGNISED_S", 30.0)

    async def story() -> None:
        notes = does([{"use": "note", "arguments": {"words": "booked"}}], [])
        async with board(tmp_path, recording="off", brain=notes) as one:
            line = await one.ring()
            line.at(2.0, lambda: line.say("good morning"))
            line.at(5.0, lambda: line.press("7"))
            line.at(5.1, line.hang_up)
            await line.over()
            assert [event.text for event in one.events if event.kind in ("tool", "outcome")] == []

    happen(story)


def test_what_is_demanded_after_the_disk_failed_is_in_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="assent", **document()) as one:
            line = await one.ring()
            line.at(1.0, lambda: line.press("1"))

            async def fail(*_: object) -> None:
                raise OSError("the disk is full")

            line.at(5.0, lambda: monkeypatch.setattr("op26x.storage.local_blobs.LocalBlobWriter.append", fail))
            line.at(8.0, lambda: line.press("*1"))
            line.at(12.0, line.hang_up)
            await line.over()
            kept = await one.kept(line)
            assert kept.outcome == "failed"
            assert kept.states == ["granted", "withdrawn"]

    happen(story)


def test_a_call_that_was_placed_before_they_said_so_is_not_connected(tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, **document()) as one:
            arrival, _ = one.arrival()
            placed = Arrival("twilio", "", Direction.OUTBOUND, CALLED, arrival.caller, "tested")
            for sid in ("CA-first", "CA-second"):
                admission = await one.switchboard.arrive(placed)
                await one.workspace.calls.placed(admission.call_id, sid)
            first = await one.switchboard.admission_of("twilio", "CA-first")
            assert first is not None
            line = VirtualLine(one, "CA-first", arrival.caller)
            line.session = await one.switchboard.connect(first.token, line.sid, line)
            await line.press("*3")
            await line.hang_up()
            await line.over()
            assert await one.switchboard.admission_of("twilio", "CA-second") is None

    happen(story)


def test_a_demand_within_sound_that_does_not_pause_is_heard_before_it_ends(tmp_path: Path) -> None:
    """Music, a television, somebody who talks without a breath: 50 s of speech with its pauses cut out."""
    pieces = [SPEECH[start : start + 800] for start in range(0, len(SPEECH) - 800, 800)]
    loud = b"".join(piece for piece in pieces if max(abs(s) for s in array("h", g711.decode(piece))) > 3000)

    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            line = await one.ring()

            def speak() -> None:
                line.say("stop recording")
                line._speech = loud * (50 * 8000 // len(loud))

            line.at(3.0, speak)
            line.at(60.0, line.hang_up)
            await line.over()
            assert (await one.kept(line)).end_s < 40.0

    happen(story)
