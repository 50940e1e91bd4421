"""Transcripts: written under a permit, encrypted, and read on the record."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.consent.unwritable import unwritable, without_reserve
from framework.recording.given import permit
from op26x.audit import Access, AuditLog
from op26x.calls import Arrival, Call, CallState, Workspace
from op26x.clock import ManualClock
from op26x.errors import GateClosed, KeyGone, NotErased, NotNoted, Tampered
from op26x.recording import SpokenTurn, TranscriptLine, Transcripts, WireTap
from op26x.types import Personal, Word
from op26x.vault import DataKey, FileKeyStore, KeyKind, Keyring, seal_cell

WHO = Access("api-key:1", "asked for")
FIRST = SpokenTurn(1, "agent", 0, 900, Personal("This call is being recorded."))
SECOND = SpokenTurn(
    2,
    "caller",
    1000,
    2200,
    Personal("my tooth hurts"),
    (Word(Personal("my"), 1000, 1200), Word(Personal("tooth"), 1200, 1700), Word(Personal("hurts"), 1700, 2200)),
)


@pytest.fixture
async def call(workspace: Workspace, arrival: Callable[..., Arrival]) -> Call:
    """Of which something was said."""
    return await workspace.calls.begin(arrival(), "clinic", CallState.RINGING)


@pytest.fixture
async def key(workspace: Workspace, call: Call) -> DataKey:
    """The call's."""
    return await workspace.keys.create(KeyKind.CALL, call.id, call.expires_at)


@pytest.fixture
async def foreign(workspace: Workspace, another_organization: str) -> AsyncIterator[Transcripts]:
    """Another organization's, on the same database."""
    core, w = workspace.settings.core, workspace
    keys = Keyring.open(core.keys_path, FileKeyStore(core.key_path), another_organization, w.clock)
    audit = AuditLog(w.database.within(another_organization), another_organization, w.ids, w.clock)
    yield Transcripts(w.database.within(another_organization), another_organization, keys, audit, w.intents, w.ids)
    keys.close()


async def lines(workspace: Workspace) -> int:
    count = sa.text("SELECT count(*) FROM transcript_line")
    return await workspace.database.run(lambda session: int(session.execute(count).scalar_one()))


async def test_what_was_said_comes_back_in_order_with_its_times(workspace: Workspace, call: Call, key: DataKey) -> None:
    leave = permit(call.id)
    for turn in (SECOND, FIRST):
        await workspace.transcripts.add(leave, key, turn)
    assert await workspace.transcripts.of_call(call.id, WHO) == [FIRST, SECOND]
    (entry,) = await workspace.audit.of(call.id)
    assert (entry.what, entry.who, entry.why) == ("transcript.read", "api-key:1", "asked for")


async def test_no_word_is_on_the_disk_in_clear(workspace: Workspace, call: Call, key: DataKey, data: Path) -> None:
    await workspace.transcripts.add(permit(call.id), key, SECOND)
    for file in [f for f in data.rglob("*") if f.is_file()]:
        assert b"tooth" not in file.read_bytes()


async def test_without_leave_nothing_is_written(workspace: Workspace, call: Call, key: DataKey) -> None:
    leave = permit(call.id)
    leave.withdraw()
    with pytest.raises(GateClosed):
        await workspace.transcripts.add(leave, key, FIRST)
    assert await lines(workspace) == 0


async def test_of_a_call_that_was_not_recorded_there_is_nothing(workspace: Workspace, call: Call) -> None:
    assert await workspace.transcripts.of_call(call.id, WHO) == []
    assert await workspace.audit.of(call.id) == []


async def test_from_its_deadline_on_nothing_can_be_read(
    workspace: Workspace, call: Call, key: DataKey, clock: ManualClock
) -> None:
    await workspace.transcripts.add(permit(call.id), key, FIRST)
    clock.advance((call.expires_at - clock.now()) / timedelta(seconds=1))
    with pytest.raises(KeyGone):
        await workspace.transcripts.of_call(call.id, WHO)
    assert await workspace.audit.of(call.id) == []


async def test_with_the_key_the_words_are_gone(workspace: Workspace, call: Call, key: DataKey) -> None:
    await workspace.transcripts.add(permit(call.id), key, FIRST)
    await workspace.keys.destroy(KeyKind.CALL, call.id)
    with pytest.raises(KeyGone):
        await workspace.transcripts.of_call(call.id, WHO)
    assert await workspace.audit.of(call.id) == []


async def test_a_line_that_was_moved_is_refused(workspace: Workspace, call: Call, key: DataKey) -> None:
    for turn in (FIRST, SECOND):
        await workspace.transcripts.add(permit(call.id), key, turn)
    swap = sa.text("UPDATE transcript_line SET content = (SELECT content FROM transcript_line WHERE number = 2)")
    await workspace.database.run(lambda session: session.execute(swap))
    with pytest.raises(Tampered):
        await workspace.transcripts.of_call(call.id, WHO)


async def test_erasing_takes_one_calls_lines(
    workspace: Workspace, call: Call, key: DataKey, foreign: Transcripts, arrival: Callable[..., Arrival]
) -> None:
    other = await workspace.calls.begin(arrival(provider_call_id="CA2"), "clinic", CallState.RINGING)
    other_key = await workspace.keys.create(KeyKind.CALL, other.id, other.expires_at)
    await workspace.transcripts.add(permit(call.id), key, FIRST)
    await workspace.transcripts.add(permit(other.id), other_key, SECOND)
    await workspace.database.run(lambda session: foreign.erase(session, [call.id]))
    assert await lines(workspace) == 2, "another organization erases nothing"
    await workspace.database.run(lambda session: workspace.transcripts.erase(session, [call.id]))
    assert await workspace.transcripts.of_call(call.id, WHO) == []
    assert await workspace.transcripts.of_call(other.id, WHO) == [SECOND]


async def test_another_organizations_transcript_is_not_there(
    workspace: Workspace, call: Call, key: DataKey, foreign: Transcripts
) -> None:
    await workspace.transcripts.add(permit(call.id), key, FIRST)
    assert await foreign.of_call(call.id, WHO) == []


# Of a recording.

DEMANDED = Access("caller", "demanded")


@pytest.fixture
async def recorded(workspace: Workspace, call: Call, clock: ManualClock) -> Call:
    """A call whose recording is finished; its transcript has two lines."""
    leave = permit(call.id)
    _, recorder, key = await workspace.recordings.begin(leave, WireTap(clock), lambda: None)
    for turn in (FIRST, SECOND):
        await workspace.transcripts.add(leave, key, turn)
    await recorder.finish()
    await workspace.recordings.finish(call.id, recorder, "call-ended")
    return call


async def change(workspace: Workspace, statement: str, **values: Any) -> None:
    """What somebody does who has the database and not the key."""
    await workspace.database.run(lambda session: session.execute(sa.text(statement), values))


async def acts(workspace: Workspace, call: Call) -> list[str]:
    return [entry.what for entry in await workspace.audit.of(call.id)]


async def assert_damaged(workspace: Workspace, call: Call) -> None:
    """It is refused, and that is on the record, once."""
    before = await acts(workspace, call)
    with pytest.raises(Tampered):
        await workspace.transcripts.of_call(call.id, WHO)
    assert await acts(workspace, call) == [*before, "transcript.damaged"]


async def test_as_it_was_written_it_is_read(workspace: Workspace, recorded: Call) -> None:
    assert await workspace.transcripts.of_call(recorded.id, WHO) == [FIRST, SECOND]
    assert await acts(workspace, recorded) == ["transcript.read"]


FIELDS = {
    "number": st.integers(1, 1000),
    "speaker": st.sampled_from(["caller", "agent", ""]) | st.text("abc", max_size=9),
    "started_ms": st.integers(0, 10_000),
    "ended_ms": st.integers(0, 10_000),
    "content": st.binary(max_size=80),
    "id": st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26),
}


def changes() -> list[tuple[int, str, Any]]:
    """What may be changed in which line."""
    found: list[tuple[int, str, Any]] = []

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(1, 2), st.sampled_from(sorted(FIELDS)), st.data())
    def collect(number: int, field: str, data: st.DataObject) -> None:
        found.append((number, field, data.draw(FIELDS[field])))

    collect()
    return found


@pytest.mark.sqlite
async def test_any_changed_field_of_any_line_is_refused(workspace: Workspace, recorded: Call) -> None:
    for number, field, value in changes():
        line = sa.text(f"SELECT rowid, {field} FROM transcript_line WHERE number = :number")
        row, old = await workspace.database.run(lambda s, q=line, n=number: s.execute(q, {"number": n}).one())
        if old == value:
            continue
        await change(workspace, f"UPDATE transcript_line SET {field} = :value WHERE rowid = :row", value=value, row=row)
        await assert_damaged(workspace, recorded)
        await change(workspace, f"UPDATE transcript_line SET {field} = :value WHERE rowid = :row", value=old, row=row)
    assert await workspace.transcripts.of_call(recorded.id, WHO) == [FIRST, SECOND]


@pytest.mark.parametrize("where", ["number = 1", "number = 2", "true"])
async def test_a_line_that_is_missing_is_missed(workspace: Workspace, recorded: Call, where: str) -> None:
    await change(workspace, f"DELETE FROM transcript_line WHERE {where}")
    await assert_damaged(workspace, recorded)


async def test_a_line_that_was_added_is_refused(workspace: Workspace, recorded: Call) -> None:
    await change(
        workspace,
        "INSERT INTO transcript_line SELECT 'X', organization_id, call_id, 3, speaker, started_ms, ended_ms, content"
        " FROM transcript_line WHERE number = 2",
    )
    await assert_damaged(workspace, recorded)


async def test_a_line_that_stands_twice_in_place_of_another_is_refused(workspace: Workspace, recorded: Call) -> None:
    await change(
        workspace,
        "UPDATE transcript_line SET content = (SELECT content FROM transcript_line WHERE number = 2), number = 2,"
        " speaker = 'caller', started_ms = 1000, ended_ms = 2200 WHERE number = 1",
    )
    await assert_damaged(workspace, recorded)


@pytest.mark.sqlite
async def test_speakers_that_changed_places_are_refused(workspace: Workspace, recorded: Call) -> None:
    await change(workspace, "UPDATE transcript_line SET speaker = iif(speaker = 'agent', 'caller', 'agent')")
    await assert_damaged(workspace, recorded)


async def test_a_line_from_before_it_was_bound_to_its_times_is_read(
    workspace: Workspace, call: Call, key: DataKey
) -> None:
    line = TranscriptLine(
        id=workspace.ids.new(), organization_id=workspace.organization_id, call_id=call.id, number=1, speaker="agent"
    )
    line.started_ms, line.ended_ms = FIRST.started_ms, FIRST.ended_ms
    content = msgspec.json.encode([FIRST.text.reveal(), []]).decode()
    line.content = seal_cell(key, line, "content", Personal(content))
    await workspace.database.run(lambda session: session.add(line))
    assert await workspace.transcripts.of_call(call.id, WHO) == [FIRST]


async def test_words_whose_erasure_was_demanded_can_not_be_read(workspace: Workspace, recorded: Call) -> None:
    await workspace.erasures.demand(recorded.id, DEMANDED)
    with pytest.raises(KeyGone):
        await workspace.transcripts.of_call(recorded.id, WHO)
    assert await acts(workspace, recorded) == [], "neither read nor damaged"


async def test_words_of_a_call_under_way_whose_erasure_was_demanded_can_not_be_read(
    workspace: Workspace, call: Call, clock: ManualClock
) -> None:
    leave = permit(call.id)
    _, recorder, key = await workspace.recordings.begin(leave, WireTap(clock), lambda: None)
    await workspace.transcripts.add(leave, key, FIRST)
    await workspace.erasures.demand(call.id, DEMANDED)
    with pytest.raises(KeyGone):
        await workspace.transcripts.of_call(call.id, WHO)
    assert await acts(workspace, call) == []
    await recorder.discard()


@pytest.mark.parametrize("reserve", [True, False])
async def test_words_whose_erasure_can_not_be_noted_yet_can_not_be_read(
    workspace: Workspace, recorded: Call, reserve: bool
) -> None:
    with unwritable(workspace.database):
        if reserve:
            await workspace.erasures.demand(recorded.id, DEMANDED)
        else:
            with without_reserve(workspace), pytest.raises(NotNoted):
                await workspace.erasures.demand(recorded.id, DEMANDED)
    with pytest.raises(KeyGone):
        await workspace.transcripts.of_call(recorded.id, WHO)
    assert await acts(workspace, recorded) == []


async def test_words_that_are_not_erased_yet_can_not_be_read_and_are_erased_later(
    workspace: Workspace, recorded: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> bool:
        raise OSError("dead")

    with monkeypatch.context() as patch:
        patch.setattr(workspace.erasures._blobs, "delete", fails)
        with pytest.raises(NotErased):
            await workspace.erasures.erase(recorded.id, DEMANDED)
    with pytest.raises(KeyGone):
        await workspace.transcripts.of_call(recorded.id, WHO)
    assert await lines(workspace) == 2
    await workspace.erasures.erase(recorded.id, Access("sweep", "again"))
    assert await lines(workspace) == 0
    assert await workspace.transcripts.of_call(recorded.id, WHO) == []
