"""All tables of an installation: the core's, and those that plugins declare."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import SQLModel

from op26x.datamap import Holds, check_tables, columns_of, declared
from op26x.errors import PluginError

CALL = "call"
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


def in_order(models: Iterable[type[SQLModel]]) -> list[type[SQLModel]]:
    """Those first that others refer to."""
    own = {table_of(model): model for model in models}
    return [own[table] for table in sa.schema.sort_tables(own) if table in own]


def check(plugins: Mapping[str, Sequence[type[SQLModel]]]) -> None:
    """Sees that all tables are on the data map; errors as of ``check_tables``."""
    check_tables(map(table_of, core_tables()))
    for name, models in plugins.items():
        check_tables(map(table_of, models), of=name)
    everything = {table_of(model).name: model for models in plugins.values() for model in models}
    for name, models in plugins.items():
        for model in models:
            _check_end(name, model, everything)


def _check_end(plugin: str, model: type[SQLModel], everything: Mapping[str, type[SQLModel]]) -> None:
    """Sees that a row does not outlive the one that it refers to: that one goes with its call, so this one must too."""
    refers = references(model)
    for name, column in refers.items():
        if CALL not in refers and name in everything and CALL in references(everything[name]):
            raise PluginError(
                f"The column {column} of the table {table_of(model).name} of the plugin {plugin} refers to {name}, "
                "whose rows go with their call.",
                f'Add: {CALL}_id: str = reference("{CALL}")',
            )


def references(model: type[SQLModel]) -> dict[str, str]:
    """The column that refers to each table, by the table's name."""
    said = [(column.name, declared(column)) for column in columns_of(model)]
    return {one.about: name for name, one in said if one is not None and one.holds is Holds.REFERENCE}


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
