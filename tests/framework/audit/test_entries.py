"""The audit log: appended, scoped to its organization, and never changed."""

import json

import pytest
import sqlalchemy as sa

from op26x.accounts import Organization
from op26x.audit import Access, AuditEntry, AuditLog
from op26x.calls import Workspace
from op26x.clock import ManualClock
from op26x.errors import UsageError
from op26x.ids import Ids

ACCESS = Access("command-line", "complaint 7")


async def test_entries_come_back_in_order(workspace: Workspace, clock: ManualClock) -> None:
    for what in ("recording.read", "recording.exported"):
        await workspace.audit.add(what, "01RECORD", ACCESS)
        clock.advance(1)
    await workspace.audit.add("recording.read", "01OTHER", ACCESS)
    entries = await workspace.audit.of("01RECORD")
    assert [entry.what for entry in entries] == ["recording.read", "recording.exported"]
    assert {(entry.who, entry.why) for entry in entries} == {("command-line", "complaint 7")}
    assert (entries[1].at - entries[0].at).total_seconds() == 1


async def test_an_entry_says_what_the_act_served(workspace: Workspace) -> None:
    entry = workspace.audit.entry("user.signed-in", "01USER", ACCESS)
    assert (entry.purpose, json.loads(entry.leaf)["purpose"]) == ("sign-in", "sign-in")
    entry.purpose = None
    assert "purpose" not in json.loads(entry.leaf), "entries from before there were purposes stay as they were hashed"


async def test_an_act_that_the_log_does_not_know_is_not_noted(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="is no act that the audit log knows"):
        await workspace.audit.add("recording.looked-at", "01RECORD", ACCESS)
    assert await workspace.audit.of("01RECORD") == []


async def test_another_organizations_entries_are_not_there(workspace: Workspace, ids: Ids, clock: ManualClock) -> None:
    database = workspace.database.of_everybody()
    with database.session() as session:
        session.add(Organization(id="01OTHER", name="other", created_at=clock.now()))
    await AuditLog(database, "01OTHER", ids, clock).add("recording.read", "01RECORD", ACCESS)
    assert await workspace.audit.of("01RECORD") == []


async def test_the_database_itself_refuses_a_change(workspace: Workspace) -> None:
    await workspace.audit.add("recording.read", "01RECORD", ACCESS)
    (entry,) = await workspace.audit.of("01RECORD")
    with workspace.database.session() as session:
        kept = session.get_one(AuditEntry, entry.id)
        kept.who = "nobody"
        session.add(kept)
        with pytest.raises(sa.exc.IntegrityError, match="append-only"):
            session.flush()
        session.rollback()
    assert (await workspace.audit.of("01RECORD"))[0].who == "command-line"


async def test_an_entry_of_a_session_that_fails_is_not_written(workspace: Workspace) -> None:
    def act(session: object) -> None:
        session.add(workspace.audit.entry("call.erased", "01RECORD", ACCESS))  # type: ignore[attr-defined]
        raise OSError("the act failed")

    with pytest.raises(OSError, match="the act failed"):
        await workspace.database.run(act)
    assert await workspace.audit.of("01RECORD") == []


async def test_the_policy_of_a_call_is_in_the_leaf_of_what_is_about_one(workspace: Workspace) -> None:
    with_it, without = (workspace.audit.entry("recording.read", "01RECORD", ACCESS, one) for one in ("ab12", ""))
    assert list(json.loads(with_it.leaf)) == [*json.loads(without.leaf), "policy"]
    assert json.loads(with_it.leaf)["policy"] == "ab12"
    assert without.policy is None
