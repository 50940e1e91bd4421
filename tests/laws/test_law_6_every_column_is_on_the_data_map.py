"""Law 6: every column is on the data map, a plugin's too; a table of which something is not said does not start."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Field, SQLModel

from framework.datamap.house import MOOD, NOTED, Note, Notes, tables
from op26x.calls import Installation, records_of_processing
from op26x.calls.core_plugins import register_core
from op26x.calls.tables import check, core_tables, table_of
from op26x.clock import ManualClock
from op26x.datamap import (
    Holds,
    check_tables,
    declared,
    hashed,
    identifier,
    indexed,
    masked,
    operational,
    organization,
    personal,
    reference,
    sealed,
)
from op26x.errors import PluginError
from op26x.ids import Ids
from op26x.plugins import Plugins, build_registry
from op26x.settings import resolve

Open = Callable[..., Installation]


@pytest.fixture
def start(data: Path) -> Iterator[Open]:
    """Opens a data directory with a plugin's tables."""
    opened: list[Installation] = []

    def make(*models: type[SQLModel]) -> Installation:
        plugins = register_core(Plugins())
        if models:
            plugins.register(Notes(*models), "notes")
        clock = ManualClock()
        settings = resolve({}, environ={}, overrides={"data": data})
        opened.append(Installation.open(settings, clock, Ids(clock), registry=build_registry(plugins)))
        return opened[-1]

    yield make
    for installation in opened:
        installation.close()


def columns_in(file: Path) -> set[str]:
    """Every column of a database, as the database itself has it."""
    with closing(sqlite3.connect(file)) as connection:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        names = [row[0] for row in connection.execute(named)]
        return {
            f"{table}.{column[1]}"
            for table in names
            if table != "alembic_version"
            for column in connection.execute(f'PRAGMA table_info("{table}")')
        }


async def test_what_lies_on_the_disk_is_what_the_map_says(start: Open) -> None:
    installation = start(Note)
    core = installation.settings.core
    found = await records_of_processing(installation, installation.workspace())
    assert {column.id for column in found.columns} == columns_in(core.database_path) | columns_in(core.keys_path)


def test_the_cores_own_tables_are_all_on_it() -> None:
    check({})
    assert len(core_tables()) > 15
    for table in map(table_of, core_tables()):
        for column in table.columns:
            said = declared(column)
            assert said is not None
            assert said.about


def test_a_plugins_column_of_which_nothing_is_said_stops_the_start(start: Open) -> None:
    class Careless(tables(), table=True):  # type: ignore[misc]
        id: str = identifier()
        organization_id: str = organization(bound=False)
        remark: str = ""

    with pytest.raises(PluginError) as caught:
        start(Careless)
    assert "column remark of the table careless of the plugin notes" in caught.value.message
    assert 'remark: … = operational("what it is for")' in caught.value.remedy


SAID: dict[str, Callable[[], Any]] = {
    "operational": lambda: operational("a test", default=0),
    "reference": lambda: reference("call", bound=False, default=""),
    "sealed": lambda: sealed(NOTED),
    "personal": lambda: personal(MOOD, default=""),
    "hashed": lambda: hashed(NOTED, default=""),
    "indexed": lambda: indexed(NOTED),
    "masked": lambda: masked(NOTED),
}
UNSAID: dict[str, Callable[[], Any]] = {
    "plain": lambda: Field(default=""),
    "number": lambda: Field(default=0),
    "of another's info": lambda: Field(default="", sa_column_kwargs={"info": {"about": "a test"}}),
    "bytes": lambda: Field(default=None, sa_type=sa.LargeBinary),
}
TYPES = {"operational": int, "number": int, "sealed": bytes | None, "bytes": bytes | None}


def made(kinds: list[str]) -> sa.Table:
    """A table with one column of each kind, and a reference to a call."""
    annotations: dict[str, Any] = {"id": str, "organization_id": str, "call_id": str}
    fields: dict[str, Any] = {
        "id": identifier(),
        "organization_id": organization(bound=False),
        "call_id": reference("call", bound=False, default=""),
    }
    for number, kind in enumerate(kinds):
        annotations[f"c{number}"] = TYPES.get(kind, str)
        fields[f"c{number}"] = {**SAID, **UNSAID}[kind]()
    body = {"__annotations__": annotations, "__tablename__": "made", "__module__": __name__, **fields}
    model = type(SQLModel)("Made", (tables(),), body, table=True)
    return table_of(model)


@given(st.lists(st.sampled_from([*SAID, *UNSAID]), min_size=1, max_size=8))
def test_one_column_of_which_nothing_is_said_is_enough(kinds: list[str]) -> None:
    unsaid = [number for number, kind in enumerate(kinds) if kind in UNSAID]
    if not unsaid:
        check_tables([made(kinds)], of="notes")
        return
    with pytest.raises(PluginError, match=f"column c{unsaid[0]} of the table made of the plugin notes"):
        check_tables([made(kinds)], of="notes")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("id", "id: str = identifier()"),
        ("organization_id", "organization_id: str = organization()"),
        ("call_id", 'call_id: str = reference("call")'),
        ("remark", 'remark: … = operational("what it is for")'),
    ],
)
def test_the_line_to_write_is_the_one_that_such_a_column_needs(name: str, line: str) -> None:
    table = sa.Table("notes", sa.MetaData(), sa.Column(name, sa.String, primary_key=name == "id"))
    with pytest.raises(PluginError) as caught:
        check_tables([table], of="notes")
    assert line in caught.value.remedy


def test_a_plugins_rows_are_somebodys_and_what_is_personal_has_an_end() -> None:
    class Nobodys(tables(), table=True):  # type: ignore[misc]
        id: str = identifier()
        call_id: str = reference("call", bound=False)

    class Endless(tables(), table=True):  # type: ignore[misc]
        id: str = identifier()
        organization_id: str = organization(bound=False)
        text: bytes | None = sealed(NOTED)

    with pytest.raises(PluginError, match="nobodys of the plugin notes does not say whose rows it has") as caught:
        check_tables([table_of(Nobodys)], of="notes")
    assert "organization()" in caught.value.remedy
    with pytest.raises(PluginError, match="would have no end") as caught:
        check_tables([table_of(Endless)], of="notes")
    assert 'reference("call")' in caught.value.remedy


async def test_the_map_names_a_plugins_table_as_its_own(start: Open) -> None:
    installation = start(Note)
    found = await records_of_processing(installation, installation.workspace())
    own = {column.id: column for column in found.columns if column.plugin == "notes"}
    assert set(own) == {f"note.{name}" for name in ("id", "organization_id", "call_id", "mood", "stars", "text")}
    assert (own["note.text"].holds, own["note.text"].form, own["note.text"].key) == (Holds.PERSONAL, "sealed", "plugin")
