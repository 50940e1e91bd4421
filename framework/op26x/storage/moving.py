"""Copies every row of one database into another, and compares the two afterwards; it may be repeated."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from op26x.errors import WorkError
from op26x.storage.database import Database

PAGE = 2000
AUDIT = "audit_entry"
NEVER_DELETED = (AUDIT, "call")
"""Their rows outlive what they are about: what is there and not in the source was done in the target."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A table that is the same in both databases.

    Attributes:
        table: Its name.
        rows: How many it has.
        sha256: Of the hashes of all of them, sorted.
    """

    table: str
    rows: int
    sha256: str


def move(source: Database, target: Database, tables: Sequence[sa.Table]) -> list[Moved]:
    """Copies tables into PostgreSQL.

    Args:
        source: Is read and not changed; nobody else may write to it meanwhile.
        target: Gets the rows, in one transaction for each table: missing ones are written, others changed or deleted.
        tables: Those first that others refer to.

    Raises:
        WorkError: The target has been in use, or a table is not the same afterwards.
    """
    for table in tables:
        if table.name in NEVER_DELETED:
            _refuse_one_in_use(source, target, table)
    for table in reversed(tables):
        if table.name != AUDIT:
            target.at_once(partial(_clear, source, table))
    for table in tables:
        target.at_once(partial(_fill, source, table))
    target.analyze()
    return [_compared(source, target, table) for table in tables]


def _refuse_one_in_use(source: Database, target: Database, table: sa.Table) -> None:
    for page in _pages(target, table, [table.c.id]):
        ids = {entry_id for (entry_id,) in page}
        known = set(source.at_once(partial(_values, sa.select(table.c.id).where(table.c.id.in_(ids)))))
        if ids - known and (table.name == AUDIT or not _are_of_erased(source, target, table, ids - known)):
            raise WorkError(
                f"The target has been in use: its table {table.name} has rows that are not in the source.",
                "Name an empty database; what is in this one would be lost.",
            )


def _are_of_erased(source: Database, target: Database, table: sa.Table, ids: set[str]) -> bool:
    """Whether rows are of organizations that were erased in the source since: with those, everything goes."""
    whose = set(target.at_once(partial(_values, sa.select(table.c.organization_id).where(table.c.id.in_(ids)))))
    organization = table.metadata.tables["organization"]
    erased = sa.select(organization.c.id).where(organization.c.erased_at.is_not(None))
    return whose <= set(source.at_once(partial(_values, erased)))


def _values(query: sa.Select[Any], session: Session) -> Sequence[Any]:
    return session.scalars(query).all()


def _fill(source: Database, table: sa.Table, session: Session) -> None:
    own, others = list(table.primary_key.columns), [one for one in table.columns if not one.primary_key]
    said = insert(table)
    if others:
        given = [said.excluded[one.name] for one in others]
        said = said.on_conflict_do_update(
            index_elements=own,
            set_={one.name: value for one, value in zip(others, given, strict=True)},
            where=sa.tuple_(*others).op("IS DISTINCT FROM")(sa.tuple_(*given)),
        )
    else:
        said = said.on_conflict_do_nothing()
    names = [column.name for column in table.columns]
    for page in _pages(source, table, list(table.columns)):
        session.connection().execute(said, [dict(zip(names, row, strict=True)) for row in page])
    if (numbered := table.autoincrement_column) is not None:
        sequence = sa.func.pg_get_serial_sequence(table.name, numbered.name)
        highest = sa.select(sa.func.coalesce(sa.func.max(numbered), 0) + 1).scalar_subquery()
        session.execute(sa.select(sa.func.setval(sequence, highest, False)))


def _clear(source: Database, table: sa.Table, session: Session) -> None:
    """Deletes what has gone from the source since the last time."""
    own = list(table.primary_key.columns)
    there = {row for page in _pages(source, table, own) for row in page}
    for row in session.execute(sa.select(*own)).all():
        if tuple(row) not in there:
            same = (column == value for column, value in zip(own, row, strict=True))
            session.execute(sa.delete(table).where(*same))


def _pages(
    database: Database, table: sa.Table, columns: Sequence[sa.Column[Any]]
) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Rows in the order of their primary keys, a page at a time."""
    own = list(table.primary_key.columns)
    after: tuple[Any, ...] = ()
    while True:
        query = sa.select(*columns, *own).order_by(*own).limit(PAGE)
        if after:
            query = query.where(sa.tuple_(*own) > sa.tuple_(*after))
        page = database.at_once(partial(_rows, query))
        if not page:
            return
        after = page[-1][len(columns) :]
        yield [row[: len(columns)] for row in page]


def _rows(query: sa.Select[Any], session: Session) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(query).all()]


def _compared(source: Database, target: Database, table: sa.Table) -> Moved:
    before, after = (one.at_once(partial(_digest, table)) for one in (source, target))
    if before != after:
        raise WorkError(
            f"The table {table.name} is not the same in both: {before.rows} rows here, {after.rows} there.",
            "See that no service runs on either, and repeat the command.",
        )
    return after


def _digest(table: sa.Table, session: Session) -> Moved:
    """Two databases sort the same keys in different orders, so what is sorted is the hashes."""
    rows = session.execute(sa.select(*table.columns)).yield_per(PAGE)
    hashes = sorted(hashlib.sha256(msgspec.json.encode([_plain(value) for value in row])).digest() for row in rows)
    return Moved(table.name, len(hashes), hashlib.sha256(b"".join(hashes)).hexdigest())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return bytes(value) if isinstance(value, bytes) else value
