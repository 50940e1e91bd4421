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
from op26x.errors import IllegalTransition, KeyGone, PluginError
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


def files(archive: Archive) -> list[str]:
    """Names of files, without whoever wrote them."""
    return sorted(file.name.partition("-")[0] for file in archive.files.iterdir())


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
    assert files(archive) == [f"{call.id}.1"]
    assert ("recording.redacted", "operator", "redacted: PIN 1") in await archive.audited(row.id)


async def test_it_may_be_repeated_and_then_does_nothing(archive: Archive) -> None:
    call, _ = await recorded(archive, *TURNS)
    await archive.workspace.redactions.run(call.id, SECRETS, WHO)
    again = await archive.workspace.redactions.run(call.id, SECRETS, WHO)
    assert not again.anything
    assert files(archive) == [f"{call.id}.1"]
    more = await archive.workspace.redactions.run(call.id, SECRETS, WHO, [Recognizer.pattern("GOODBYE", "goodbye")])
    assert (more.found, more.turns, more.audio_s) == ({"GOODBYE": 1}, 1, 1.2), "all of the agent's turn, and a margin"
    assert files(archive) == [f"{call.id}.2"]
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
    writer = await archive.workspace.recordings._blobs.create(f"recordings/{call.id}.1-01KILLED")
    await writer.append(b"half of it")
    await writer.close()
    (left,) = await archive.workspace.reconciliation.run(WHO, KEEP)
    assert (left.what, left.erased) == (Found.FILE_REPLACED, False), "it may be what is being written just now"
    assert (await archive.workspace.redactions.run(call.id, SECRETS, WHO)).anything
    assert await heard(archive, call)


async def test_reconciling_meanwhile_takes_nothing_away(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    call, _ = await recorded(archive, *TURNS)
    redactions = archive.workspace.redactions
    put = redactions._put

    async def reconciled(*arguments: object) -> None:
        await archive.workspace.reconciliation.run(WHO, KEEP)
        await put(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(redactions, "_put", reconciled)
    await redactions.run(call.id, SECRETS, WHO)
    assert await heard(archive, call)


async def test_of_two_at_once_one_wins_and_the_recording_is_there(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, _ = await recorded(archive, *TURNS)
    redactions = archive.workspace.redactions
    put = redactions._put

    async def behind_another(*arguments: object) -> None:
        monkeypatch.setattr(redactions, "_put", put)
        await redactions.run(call.id, SECRETS, WHO)
        await put(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(redactions, "_put", behind_another)
    with pytest.raises(IllegalTransition):
        await redactions.run(call.id, SECRETS, WHO)
    assert await heard(archive, call)
    assert files(archive) == [f"{call.id}.1"]


async def test_what_was_replaced_and_is_left_goes_by_itself(archive: Archive) -> None:
    call, _ = await recorded(archive, *TURNS)
    old = (archive.files / call.id).read_bytes()
    await archive.workspace.redactions.run(call.id, SECRETS, WHO)
    (archive.files / call.id).write_bytes(old)
    (done,) = await archive.workspace.reconciliation.run(WHO, KEEP)
    assert (done.id, done.what, done.erased) == (call.id, Found.FILE_REPLACED, True)
    assert files(archive) == [f"{call.id}.1"]
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
    assert files(archive) == [call.id]


async def test_one_without_a_transcript_is_left_as_it_is(archive: Archive) -> None:
    call, before = await recorded(archive)
    assert not (await archive.workspace.redactions.run(call.id, EVERYTHING, WHO)).anything
    assert await heard(archive, call) == before


def test_what_was_masked_in_the_call_stays_and_names_go_on_from_there() -> None:
    turns = [ASKED, SpokenTurn(2, "caller", 1000, 2000, Personal("<PIN_1>, no, sorry, my pin is 9931"))]
    done = redacted_turns(turns, SECRETS)
    assert done.changed[2].text.reveal() == "<PIN_1>, no, sorry, my pin is <PIN_2>"
    assert done.found == {"PIN": 1}
    assert done.stretches == [(300, 2500)], "without times of words all of it, and a margin"


def test_what_is_kept_stays_as_it_was_said() -> None:
    said = "my name is Ada Byron, I mean ada b, and my pin is 4821"
    words = tuple(Word(Personal(word), 100 * at, 100 * at + 90) for at, word in enumerate(said.split()))
    done = redacted_turns([SpokenTurn(1, "caller", 0, 2000, Personal(said), words)], SECRETS)
    assert done.changed[1].text.reveal() == said.replace("4821", "<PIN_1>")
    assert [word.text.reveal() for word in done.changed[1].words[:11]] == said.split()[:11]
    assert not redacted_turns([SpokenTurn(1, "caller", 0, 2000, Personal("my name is Ada Byron"))], SECRETS).changed


def test_what_was_masked_or_dropped_in_the_words_is_found_in_the_audio() -> None:
    words = tuple(Word(Personal(word), 1000 * at, 1000 * at + 900) for at, word in enumerate(("pin", "", "please")))
    masked = SpokenTurn(1, "caller", 0, 3000, Personal("pin <PIN> please"))
    dropped = SpokenTurn(2, "caller", 0, 3000, Personal("pin  please"), words)
    assert redacted_turns([masked], SECRETS).stretches == [(-700, 3500)]
    assert redacted_turns([dropped], SECRETS).stretches == [(850, 2050)]


def test_a_recognizer_that_fails_is_an_error_here() -> None:
    broken = Recognizer("BROKEN", lambda text: [(0, len(text) // 0)])
    with pytest.raises(PluginError, match="The recognizer BROKEN"):
        redacted_turns([TOLD], SECRETS, [broken])


def test_a_stricter_policy_takes_away_what_only_was_named_before() -> None:
    audio = frozenset(
        {Redaction(Sink.AUDIO, "PIN", RedactAction.MASK), Redaction(Sink.TRANSCRIPT, "PIN", RedactAction.DROP)}
    )
    words = (Word(Personal("pin"), 0, 100), Word(Personal("<PIN_1>"), 100, 200), Word(Personal(""), 200, 300))
    done = redacted_turns([SpokenTurn(1, "caller", 0, 300, Personal("pin <PIN_1>"), words)], audio)
    assert done.changed[1].text.reveal() == "pin "
    assert done.found == {}
    assert (-50, 450) in done.stretches


def test_an_agents_turn_with_a_placeholder_is_covered_since_nobody_knows_what_was_spoken() -> None:
    done = redacted_turns([SpokenTurn(1, "agent", 1000, 1300, Personal("I have <PIN_1> here."))], SECRETS)
    assert not (done.changed or done.found)
    assert done.stretches == [(300, 1800)]


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
    assert {*again.stretches} >= {*done.stretches}
