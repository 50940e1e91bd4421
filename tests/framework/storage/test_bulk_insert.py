"""Many rows go in at once, all or none, and come out as the ORM would have written them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlmodel import Session, col, select

from op26x.audit.model import AuditEntry
from op26x.calls import Workspace
from op26x.consent import Consent
from op26x.errors import UsageError
from op26x.storage import insert_all

NOW = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)


def entry(workspace: Workspace, number: int, why: str = "a letter") -> AuditEntry:
    """One row, with what JSON might spoil."""
    return AuditEntry(
        id=f"01ENTRY{number}",
        organization_id=workspace.organization_id,
        at=NOW + timedelta(microseconds=number),
        who='user:"1"',
        what="recording.read",
        record_id="héé 😀 \\ '; --",
        why=why,
        policy=None if number % 2 else "hash",
    )


async def read(workspace: Workspace) -> list[AuditEntry]:
    """What is there of them."""
    query = select(AuditEntry).where(col(AuditEntry.id).startswith("01ENTRY")).order_by(AuditEntry.id)
    return await workspace.database.run(lambda session: list(session.exec(query).all()))


async def test_they_come_out_as_they_went_in(workspace: Workspace) -> None:
    entries = [entry(workspace, number) for number in range(9)]
    rows = [one.model_dump() for one in entries]
    await workspace.database.run(lambda session: insert_all(session, AuditEntry, rows))
    assert [one.model_dump() for one in await read(workspace)] == rows
    assert [one.leaf for one in await read(workspace)] == [one.leaf for one in entries]


async def test_what_is_left_out_has_the_columns_default(workspace: Workspace) -> None:
    rows = [entry(workspace, number).model_dump(exclude={"came_from", "position", "policy"}) for number in range(3)]
    await workspace.database.run(lambda session: insert_all(session, AuditEntry, rows))
    assert {(one.came_from, one.position, one.policy) for one in await read(workspace)} == {("", None, None)}


async def test_a_time_of_another_zone_is_the_same_moment(workspace: Workspace) -> None:
    there = NOW.astimezone(timezone(timedelta(hours=-5)))
    row = entry(workspace, 1).model_dump() | {"at": there}
    await workspace.database.run(lambda session: insert_all(session, AuditEntry, [row]))
    (found,) = await read(workspace)
    assert (found.at, found.at.utcoffset()) == (NOW, timedelta(0))


async def test_none_is_nothing(workspace: Workspace) -> None:
    await workspace.database.run(lambda session: insert_all(session, AuditEntry, []))
    assert await read(workspace) == []


async def test_if_one_can_not_be_written_none_is(workspace: Workspace) -> None:
    rows = [entry(workspace, number).model_dump() for number in (1, 2, 1)]

    def write(session: Session) -> None:
        insert_all(session, AuditEntry, rows)

    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        await workspace.database.run(write)
    assert await read(workspace) == []


async def test_postgresql_takes_no_nul_and_no_row_of_another_organization(workspace: Workspace) -> None:
    if workspace.database._engine.dialect.name != "postgresql":
        pytest.skip("SQLite takes both: there, each query is scoped")
    nul = [entry(workspace, 1, why="a\0b").model_dump()]
    with pytest.raises(UsageError):
        await workspace.database.run(lambda session: insert_all(session, AuditEntry, nul))
    foreign = [entry(workspace, 1).model_dump() | {"organization_id": "ANOTHER"}]
    with pytest.raises(Exception, match=r"row-level security|foreign key"):
        await workspace.database.run(lambda session: insert_all(session, AuditEntry, foreign))


async def test_more_than_one_statement_could_take_as_values(workspace: Workspace) -> None:
    entries = [
        Consent(
            id=f"{number:026}",
            organization_id=workspace.organization_id,
            subject_index=f"{number:064}",
            call_id="",
            purpose="call",
            state="granted",
            evidence="form",
            value="",
            announcement="",
            at=NOW,
            expires_at=NOW,
        ).model_dump()
        for number in range(10_000)
    ]
    await workspace.database.run(lambda session: insert_all(session, Consent, entries))
    assert len(await workspace.consents.list(limit=20_000)) == 10_000
