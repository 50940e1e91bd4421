"""All tables of an installation: the core's, and those that plugins declare."""

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import SQLModel

from op26x.datamap import Holds, check_tables, columns_of, declared

PACKAGE = __name__.partition(".")[0]


def core_tables() -> list[type[SQLModel]]:
    """Those of this package that have been imported, in the order in which they depend on each other."""
    found = [one for one in _below(SQLModel) if one.__module__.partition(".")[0] == PACKAGE]
    own = {table_of(one): one for one in found if one.metadata is SQLModel.metadata and hasattr(one, "__table__")}
    return [own[table] for table in SQLModel.metadata.sorted_tables if table in own]


def table_of(model: type[SQLModel]) -> sa.Table:
    """The table of a model."""
    found: sa.Table = model.__table__  # type: ignore[attr-defined]
    return found


def check(plugins: Mapping[str, Sequence[type[SQLModel]]]) -> None:
    """Sees that all tables are on the data map; errors as of ``check_tables``."""
    check_tables(map(table_of, core_tables()))
    for name, models in plugins.items():
        check_tables(map(table_of, models), of=name)


def of_an_organization(models: Sequence[type[SQLModel]]) -> list[type[SQLModel]]:
    """Those whose rows go when their organization is erased, those first that refer to others."""
    return [model for model in reversed(models) if any(_goes(column) for column in columns_of(model))]


def _goes(column: sa.Column[object]) -> bool:
    said = declared(column)
    return said is not None and said.holds is Holds.ORGANIZATION and not said.stays


def _below(model: type[SQLModel]) -> Iterator[type[SQLModel]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)
