"""Rows of plugins' own tables: of one organization, sealed with a key of their call, and gone with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from op26x.calls.model import Call
from op26x.calls.tables import CALL, references
from op26x.errors import NotFound, UsageError
from op26x.ids import Ids
from op26x.storage import Database
from op26x.types import Personal
from op26x.vault import KeyKind, Keyring, open_cell, seal_cell

Row = TypeVar("Row", bound=SQLModel)


class Records:
    """The rows that plugins have of one organization, in the tables that ``op26x_tables`` declares.

    Args:
        database: Where they are kept.
        organization_id: Whose they are.
        tables: All plugins' tables, those first that others refer to.
        keys: Has the keys that their columns are sealed with.
        ids: Makes identifiers.
    """

    def __init__(
        self, database: Database, organization_id: str, tables: Sequence[type[SQLModel]], keys: Keyring, ids: Ids
    ) -> None:
        self._database = database
        self.organization_id = organization_id
        self._tables = tuple(tables)
        self._keys = keys
        self._ids = ids

    def new_id(self) -> str:
        """A ULID for a new row."""
        return self._ids.new()

    async def add(self, row: SQLModel) -> None:
        """Writes a new row, or one that was found and changed.

        Raises:
            UsageError: It is of no plugin's table, or another organization's.
            NotFound: It refers to a call that this organization does not have, or that was erased.
        """
        self._must_be_own(row)
        call_id = _call_of(row)

        def write(session: Session) -> None:
            if call_id:
                self._call(session, call_id)
            stored = session.get(type(row), row.id)  # type: ignore[attr-defined]
            if stored is not None and stored.organization_id != self.organization_id:  # type: ignore[attr-defined]
                raise UsageError("Another organization has this identifier.", "Take one of records.new_id().")
            session.merge(row)

        await self._database.of_everybody().run(write, alone=True)  # an identifier may be another's

    async def find(self, table: type[Row], **equal: Any) -> Sequence[Row]:
        """Rows of this organization whose columns have these values, by their identifiers."""
        self._must_be_a_plugins(table)
        columns = sa.inspect(table).columns
        query = select(table).where(columns.organization_id == self.organization_id)
        for name, value in equal.items():
            query = query.where(columns[name] == value)
        query = query.order_by(*sa.inspect(table).primary_key)
        return await self._database.run(lambda session: session.exec(query).all())

    async def remove(self, row: SQLModel) -> None:
        """Removes a row.

        Raises:
            UsageError: It is of no plugin's table, or another organization's.
        """
        self._must_be_own(row)

        def write(session: Session) -> None:
            stored = session.get(type(row), row.id)  # type: ignore[attr-defined]
            if stored is not None and stored.organization_id == self.organization_id:  # type: ignore[attr-defined]
                session.delete(stored)

        await self._database.run(write, alone=True)

    async def seal(self, row: Any, column: str, value: Personal) -> None:
        """Encrypts a value into a column of a row that refers to a call, with a key that goes with the call.

        Raises:
            UsageError: The row refers to no call, or is another organization's.
            NotFound: This organization does not have that call, or it was erased.
            KeyGone: The time to keep it is over.
            VaultError: The key database can't be written.
        """
        self._must_be_own(row)
        call_id = _call_of(row)
        if not call_id:
            raise UsageError(f"{type(row).__name__} refers to no call.", 'Add: call_id: str = reference("call")')
        until = await self._database.run(lambda session: self._call(session, call_id).expires_at)
        key = await self._keys.create(KeyKind.PLUGIN, call_id, until)
        setattr(row, column, seal_cell(key, row, column, value))

    async def open(self, row: Any, column: str) -> Personal:
        """A sealed value in clear; empty if there is none.

        Raises:
            KeyGone: It was erased, or the time to keep it is over.
            Tampered: It was changed, or moved from another row or column.
        """
        self._must_be_own(row)
        if getattr(row, column) is None:
            return Personal("")
        return open_cell(await self._keys.get(KeyKind.PLUGIN, _call_of(row)), row, column)

    def erase(self, session: Session, call_ids: Sequence[str]) -> None:
        """Removes the rows of calls, in the transaction that clears them."""
        for table in reversed(self._tables):
            name = references(table).get(CALL)
            if name is not None:
                columns = sa.inspect(table).columns
                of_it = (columns.organization_id == self.organization_id, columns[name].in_(call_ids))
                session.execute(sa.delete(table).where(*of_it))

    async def destroy_keys(self, call_ids: Sequence[str]) -> None:
        """Destroys the keys of calls' rows.

        Raises:
            VaultError: The key database can't be written.
        """
        if self._tables:
            await self._keys.destroy_all(KeyKind.PLUGIN, call_ids)

    async def bring_forward(self, ends: Mapping[str, datetime]) -> None:
        """Moves the ends of calls' keys forward."""
        if self._tables:
            await self._keys.bring_forward(KeyKind.PLUGIN, ends)

    def _call(self, session: Session, call_id: str) -> Call:
        call = session.get(Call, call_id)
        if call is None or call.organization_id != self.organization_id or call.erased_at is not None:
            raise NotFound(f"There is no call {call_id}.", "See op26x calls list.")
        return call

    def _must_be_own(self, row: Any) -> None:
        self._must_be_a_plugins(type(row))
        if row.organization_id != self.organization_id:
            raise UsageError(
                f"This {type(row).__name__} is another organization's.",
                "Set organization_id to records.organization_id.",
            )

    def _must_be_a_plugins(self, table: type[SQLModel]) -> None:
        if table not in self._tables:
            raise UsageError(f"{table.__name__} is no plugin's table.", "Return it from op26x_tables.")


def _call_of(row: SQLModel) -> str:
    """The call that a row refers to; empty if it refers to none."""
    name = references(type(row)).get(CALL)
    return "" if name is None else getattr(row, name) or ""
