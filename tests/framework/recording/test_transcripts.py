"""Transcripts: written under a permit, encrypted, and read on the record."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from framework.recording.given import permit
from op26x.audit import Access, AuditLog
from op26x.calls import Arrival, Call, CallState, Workspace
from op26x.clock import ManualClock
from op26x.errors import GateClosed, KeyGone, Tampered
from op26x.recording import SpokenTurn, Transcripts
from op26x.types import Personal, Word
from op26x.vault import DataKey, FileKeyStore, KeyKind, Keyring

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
    audit = AuditLog(w.database, another_organization, w.ids, w.clock)
    yield Transcripts(w.database, another_organization, keys, audit, w.ids)
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
    await workspace.database.run(lambda session: foreign.erase(session, call.id))
    assert await lines(workspace) == 2, "another organization erases nothing"
    await workspace.database.run(lambda session: workspace.transcripts.erase(session, call.id))
    assert await workspace.transcripts.of_call(call.id, WHO) == []
    assert await workspace.transcripts.of_call(other.id, WHO) == [SECOND]


async def test_another_organizations_transcript_is_not_there(
    workspace: Workspace, call: Call, key: DataKey, foreign: Transcripts
) -> None:
    await workspace.transcripts.add(permit(call.id), key, FIRST)
    assert await foreign.of_call(call.id, WHO) == []
