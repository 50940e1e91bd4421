"""The columns that hold one personal thing of a row: sealed, found, masked and cleared as its declaration says."""

from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from op26x.datamap.declarations import PersonalData, declared
from op26x.datamap.vocabulary import Erase, Form
from op26x.types import Personal, PhoneNumber
from op26x.vault import BlindIndex, DataKey, open_cell, seal_cell


class PersonalColumns:
    """Where a table holds something personal.

    Args:
        table: The table.
        what: The very object that its columns are declared with.
    """

    def __init__(self, table: type[SQLModel], what: PersonalData) -> None:
        self._table = table
        self._what = what

    def note(self, row: SQLModel, value: Personal, index: BlindIndex) -> str:
        """Makes a row findable by a value, and says what people are shown of it; returns its blind index."""
        found = index.of(value)
        if Form.INDEX in self._names:
            setattr(row, self._names[Form.INDEX], found)
        if Form.MASKED in self._names:
            setattr(row, self._names[Form.MASKED], value.last_two if isinstance(value, PhoneNumber) else "")
        return found

    def seal(self, row: Any, value: Personal, key: DataKey) -> None:
        """Encrypts a value into its row, whose identifier must be set."""
        setattr(row, self._sealed, seal_cell(key, row, self._sealed, value))

    def is_sealed(self, row: SQLModel) -> bool:
        """Whether a row holds a value."""
        return getattr(row, self._sealed) is not None

    def open(self, row: Any, key: DataKey) -> Personal:
        """The value of a row in clear; empty if there is none.

        Raises:
            Tampered: It was changed, moved from another row or column, or sealed with another key.
        """
        return open_cell(key, row, self._sealed)

    @property
    def _sealed(self) -> str:
        return self._names[Form.SEALED]

    @cached_property
    def _names(self) -> dict[Form, str]:
        said = {column.name: declared(column) for column in columns_of(self._table)}
        return {one.form: name for name, one in said.items() if one is not None and one.personal is self._what}


def clear(row: SQLModel) -> None:
    """Empties what a row holds of a person, but what is kept for a ground that is named."""
    for column in columns_of(type(row)):
        said = declared(column)
        if said is not None and said.personal is not None and said.personal.erase is not Erase.KEEP:
            setattr(row, column.name, None if column.nullable else "")


def columns_of(table: type[SQLModel]) -> "list[sa.Column[Any]]":
    """The columns of a table, in their order."""
    mapped: sa.Table = sa.inspect(table).local_table
    return list(mapped.columns)
