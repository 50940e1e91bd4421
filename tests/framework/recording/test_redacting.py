"""Redaction of what lies there: words and audio that may not be kept are gone, and the rest is as it was."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.recording.given import permit, talk
from framework.recording.test_store import Archive, feed
from op26x.audit import Access
from op26x.calls import Arrival, Call, Workspace
from op26x.clock import ManualClock
from op26x.errors import IllegalTransition, KeyGone
from op26x.policy import RedactAction, Redaction, Sink
from op26x.recording import Found, SpokenTurn, WireTap
from op26x.recording.redacting import redacted_turns
from op26x.recording.tones import tone
from op26x.redaction import LEVELS
from op26x.types import Personal, Recognizer, Word
from op26x.vault import KeyKind

WHO = Access("operator", "redacted")
KEEP = timedelta(days=30)
RATE = 8000
SECRETS, EVERYTHING = LEVELS["secrets"], LEVELS["everything"]
PIN = "my pin is 4 8 2 1 thanks"
ASKED = SpokenTurn(1, "agent", 0, 900, Personal("What is your PIN?"))
TOLD = SpokenTurn(
    2,
    "caller",
    1000,
    3000,
    Personal(PIN),
    tuple(Word(Personal(word), 1000 + 200 * at, 1150 + 200 * at) for at, word in enumerate(PIN.split())),
)
BYE = SpokenTurn(3, "agent", 3500, 4000, Personal("Thank you, goodbye."))
TURNS = (ASKED, TOLD, BYE)
SAID = (1600 - 150, 2350 + 150)
"""Where the digits are, with their margins, in milliseconds."""


@pytest.fixture
def archive(workspace: Workspace, clock: ManualClock, arrival: Callable[..., Arrival], data: Path) -> Archive:
    """Empty."""
    return Archive(workspace, clock, arrival, data)


async def recorded(archive: Archive, *turns: SpokenTurn, seconds: int = 4) -> tuple[Call, bytes]:
    """A call of which something was kept: its call, and the interleaved mu-law."""
    call = await archive.call()
    leave, tap = permit(call.id), WireTap(archive.clock)
    _, recorder, key = await archive.recordings.begin(leave, tap, lambda: None)
    for turn in turns:
        await archive.workspace.transcripts.add(leave, key, turn)
    caller, agent = talk(seconds * RATE, 1), talk(seconds * RATE, 2)
    feed(tap, archive.clock, caller, agent)
    await recorder.finish()
    await archive.recordings.finish(call.id, recorder, "call-ended")
    return call, np.stack([np.frombuffer(side, np.uint8) for side in (caller, agent)], axis=1).tobytes()


async def heard(archive: Archive, call: Call) -> bytes:
    _, wav = await archive.recordings.open(call.id, WHO)
    return await wav.ulaw(0, wav.frames)


async def read(archive: Archive, call: Call) -> list[str]:
    return [turn.text.reveal() for turn in await archive.workspace.transcripts.of_call(call.id, WHO)]


async def test_what_may_not_be_kept_is_gone_from_words_and_audio(archive: Archive) -> None:
    call, before = await recorded(archive, *TURNS)
    done = await archive.workspace.redactions.run(call.id, SECRETS, WHO)
    assert (done.found, done.turns, done.audio_s) == ({"PIN": 1}, 1, 1.1)
    assert await read(archive, call) == ["What is your PIN?", "my pin is <PIN_1> thanks", "Thank you, goodbye."]
    after = await heard(archive, call)
    start, end = (ms * 8 * 2 for ms in SAID)
    assert after[:start] == before[:start]
    assert after[end:] == before[end:]
    assert after[start:end:2] == after[start + 1 : end : 2] == tone((end - start) // 2)
    words = (await archive.workspace.transcripts.of_call(call.id, WHO))[1].words
    assert [word.text.reveal() for word in words] == ["my", "pin", "is", "<PIN_1>", "", "", "", "thanks"]
    (row,) = (await archive.recordings.of_calls([call.id])).values()
    assert [file.name for file in archive.files.iterdir()] == [f"{call.id}.1"]
    assert ("recording.redacted", "operator", "redacted: PIN 1") in await archive.audited(row.id)


async def test_it_may_be_repeated_and_then_does_nothing(archive: Archive) -> None:
    call, _ = await recorded(archive, *TURNS)
    await archive.workspace.redactions.run(call.id, SECRETS, WHO)
    again = await archive.workspace.redactions.run(call.id, SECRETS, WHO)
    assert not again.anything
    assert [file.name for file in archive.files.iterdir()] == [f"{call.id}.1"]
    more = await archive.workspace.redactions.run(call.id, SECRETS, WHO, [Recognizer.pattern("GOODBYE", "goodbye")])
    assert (more.found, more.turns, more.audio_s) == ({"GOODBYE": 1}, 1, 0.5), "all of the agent's turn"
    assert [file.name for file in archive.files.iterdir()] == [f"{call.id}.2"]
    assert await heard(archive, call)


async def test_a_dry_run_changes_nothing(archive: Archive) -> None:
    call, before = await recorded(archive, *TURNS)
    done = await archive.workspace.redactions.run(call.id, SECRETS, WHO, dry_run=True)
    assert done.anything
    assert await heard(archive, call) == before
    assert (await read(archive, call))[1] == PIN


async def test_where_only_words_may_not_be_kept_the_audio_stays(archive: Archive) -> None:
    call, before = await recorded(archive, *TURNS)
    words = frozenset({Redaction(Sink.TRANSCRIPT, "PIN", RedactAction.MASK)})
    assert (await archive.workspace.redactions.run(call.id, words, WHO)).audio_s == 0
    assert (await read(archive, call))[1] == "my pin is <PIN> thanks"
    assert await heard(archive, call) == before


async def test_who_is_killed_before_the_row_changes_leaves_what_the_next_run_replaces(archive: Archive) -> None:
    call, _ = await recorded(archive, *TURNS)
    writer = await archive.workspace.recordings._blobs.create(f"recordings/{call.id}.1")
    await writer.append(b"half of it")
    await writer.close()
    assert [(d.id, d.what) for d in await archive.workspace.reconciliation.find(KEEP)] == [
        (f"{call.id}.1", Found.FILE_REPLACED)
    ]
    assert (await archive.workspace.redactions.run(call.id, SECRETS, WHO)).anything
    assert await heard(archive, call)


async def test_what_was_replaced_and_is_left_goes_by_itself(archive: Archive) -> None:
    call, _ = await recorded(archive, *TURNS)
    old = (archive.files / call.id).read_bytes()
    await archive.workspace.redactions.run(call.id, SECRETS, WHO)
    (archive.files / call.id).write_bytes(old)
    (done,) = await archive.workspace.reconciliation.run(WHO, KEEP)
    assert (done.id, done.what, done.erased) == (call.id, Found.FILE_REPLACED, True)
    assert [file.name for file in archive.files.iterdir()] == [f"{call.id}.1"]
    assert await heard(archive, call), "its key is there"
    assert await archive.workspace.reconciliation.find(KEEP) == []


async def test_a_recording_that_was_redacted_is_erased_like_any_other(archive: Archive) -> None:
    call, _ = await recorded(archive, *TURNS)
    await archive.workspace.redactions.run(call.id, SECRETS, WHO)
    await archive.erasures.erase(call.id, WHO)
    assert list(archive.files.iterdir()) == []
    assert call.id not in await archive.workspace.keys.all(KeyKind.CALL)
    with pytest.raises(KeyGone):
        await archive.workspace.redactions.run(call.id, SECRETS, WHO)
    assert await archive.workspace.redactions.recorded() == []


async def test_who_changes_it_meanwhile_wins(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    call, _ = await recorded(archive, *TURNS)
    redactions = archive.workspace.redactions
    rewrite = redactions._rewrite

    async def and_another(*arguments: object) -> object:
        written = await rewrite(*arguments)  # type: ignore[arg-type]
        await archive.erasures.demand(call.id, WHO)
        return written

    monkeypatch.setattr(redactions, "_rewrite", and_another)
    with pytest.raises(IllegalTransition, match="changed meanwhile"):
        await redactions.run(call.id, SECRETS, WHO)
    assert [file.name for file in archive.files.iterdir()] == [call.id]


async def test_one_without_a_transcript_is_left_as_it_is(archive: Archive) -> None:
    call, before = await recorded(archive)
    assert not (await archive.workspace.redactions.run(call.id, EVERYTHING, WHO)).anything
    assert await heard(archive, call) == before


def test_what_was_masked_in_the_call_stays_and_names_go_on_from_there() -> None:
    turns = [ASKED, SpokenTurn(2, "caller", 1000, 2000, Personal("<PIN_1>, no, sorry, my pin is 9931"))]
    done = redacted_turns(turns, SECRETS)
    assert done.changed[2].text.reveal() == "<PIN_1>, no, sorry, my pin is <PIN_2>"
    assert done.found == {"PIN": 1}
    assert done.stretches == [(1000, 2000)], "without times of words all of it"


def test_a_stricter_policy_takes_away_what_only_was_named_before() -> None:
    audio = frozenset(
        {Redaction(Sink.AUDIO, "PIN", RedactAction.MASK), Redaction(Sink.TRANSCRIPT, "PIN", RedactAction.DROP)}
    )
    words = (Word(Personal("pin"), 0, 100), Word(Personal("<PIN_1>"), 100, 200), Word(Personal(""), 200, 300))
    done = redacted_turns([SpokenTurn(1, "caller", 0, 300, Personal("pin <PIN_1>"), words)], audio)
    assert done.changed[1].text.reveal() == "pin "
    assert done.found == {}
    assert done.stretches == [(-50, 450)]


def test_an_agent_that_speaks_of_what_it_was_not_told_is_left_as_it_is() -> None:
    done = redacted_turns([SpokenTurn(1, "agent", 0, 300, Personal("I have <PIN_1> here."))], SECRETS)
    assert not (done.changed or done.stretches or done.found)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([ASKED, TOLD, BYE]), max_size=4))
def test_what_is_redacted_once_needs_no_more(turns: list[SpokenTurn]) -> None:
    numbered = [
        SpokenTurn(at, one.speaker, one.started_ms, one.ended_ms, one.text, one.words) for at, one in enumerate(turns)
    ]
    done = redacted_turns(numbered, EVERYTHING)
    again = redacted_turns([done.changed.get(one.number, one) for one in numbered], EVERYTHING)
    assert not again.changed
    assert not again.found
    assert again.stretches == done.stretches
