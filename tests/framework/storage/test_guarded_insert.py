"""A row is inserted only while its condition holds, by one statement, and keeps the rules of its columns."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from op26x.accounts import Organization
from op26x.calls.model import Call, Turn
from op26x.errors import UsageError
from op26x.recording.model import TranscriptLine
from op26x.storage import Database, GuardedInsert

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OF_A_CALL = GuardedInsert(Turn, sa.exists().where(col(Call.id) == sa.bindparam("call_id")))


def _turn(call_id: str) -> Turn:
    return Turn(
        id="T", organization_id="O", call_id=call_id, number=1, speaker="agent", started_ms=0, ended_ms=7, latency_ms=3
    )


async def test_a_row_goes_in_whole_or_not_at_all(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "rows.db")
    try:
        await database.run(lambda session: session.add(Organization(id="O", name="o", created_at=NOW)))

        def write(session: Session) -> tuple[bool, list[Turn]]:
            inserted = OF_A_CALL.run(session, _turn("C"))
            return inserted, list(session.exec(select(Turn)).all())

        assert await database.run(write) == (False, [])
        call = Call(id="C", organization_id="O", agent="a", provider="p", created_at=NOW, expires_at=NOW, kept_days=0)
        await database.run(lambda session: session.add(call))
        assert await database.run(write) == (True, [_turn("C")])
    finally:
        database.close()


async def test_an_encrypted_column_takes_nothing_in_clear(tmp_path: Path) -> None:
    lines = GuardedInsert(TranscriptLine, sa.true())
    line = TranscriptLine(
        id="L", organization_id="O", call_id="C", number=1, speaker="agent", started_ms=0, ended_ms=1, content=b"clear"
    )
    database = Database.open(tmp_path / "rows.db")
    try:
        with pytest.raises((UsageError, sa.exc.StatementError), match="in clear"):
            await database.run(lambda session: lines.run(session, line))
    finally:
        database.close()
