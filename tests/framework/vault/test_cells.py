"""Encrypted columns: a cell opens where it was written and nowhere else; a column takes nothing in clear."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, create_engine, select

from op26x.errors import Tampered, UsageError
from op26x.types import Personal
from op26x.vault import Ciphertext, DataKey, EncryptedColumn, open_cell, seal_cell

ONE, OTHER = DataKey(bytes(range(32))), DataKey(bytes(range(1, 33)))
WORDS = st.text(st.characters(codec="utf-8"), max_size=60)
CLEAR = "+15550100123"


class Tables(SQLModel, registry=registry()):
    """Tables of this test."""


class Person(Tables, table=True):
    """Has two columns that are encrypted."""

    __tablename__ = "person"
    id: str = Field(primary_key=True)
    name: bytes | None = Field(default=None, sa_type=EncryptedColumn)
    number: bytes | None = Field(default=None, sa_type=EncryptedColumn)


class Animal(Tables, table=True):
    """Has a column of the same name."""

    __tablename__ = "animal"
    id: str = Field(primary_key=True)
    name: bytes | None = Field(default=None, sa_type=EncryptedColumn)


@pytest.fixture
def session() -> Iterator[Session]:
    """An empty database."""
    engine = create_engine("sqlite://", hide_parameters=True)
    Tables.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def person(row: str, name: str, key: DataKey = ONE) -> Person:
    made = Person(id=row)
    made.name = seal_cell(key, made, "name", Personal(name))
    return made


@given(WORDS, st.text(min_size=1, max_size=26))
def test_a_cell_comes_back(name: str, row: str) -> None:
    assert open_cell(ONE, person(row, name), "name").reveal() == name


def test_a_cell_comes_back_from_the_database_which_does_not_show_it(session: Session) -> None:
    session.add(person("1", CLEAR))
    session.commit()
    session.expire_all()

    stored = session.connection().exec_driver_sql("SELECT name FROM person").scalar_one()

    assert CLEAR.encode() not in stored
    assert open_cell(ONE, session.exec(select(Person)).one(), "name").reveal() == CLEAR


def test_an_empty_cell_is_empty() -> None:
    assert open_cell(ONE, Person(id="1"), "name").reveal() == ""


@given(WORDS)
def test_another_key_is_refused(name: str) -> None:
    with pytest.raises(Tampered):
        open_cell(OTHER, person("1", name), "name")


@given(WORDS, WORDS)
def test_swapped_rows_are_refused(name: str, other: str) -> None:
    one, two = person("1", name), person("2", other)
    one.name, two.name = two.name, one.name
    for row in (one, two):
        with pytest.raises(Tampered):
            open_cell(ONE, row, "name")


@given(WORDS, WORDS)
def test_swapped_columns_are_refused(name: str, number: str) -> None:
    row = person("1", name)
    row.number = seal_cell(ONE, row, "number", Personal(number))
    row.name, row.number = row.number, row.name
    for column in ("name", "number"):
        with pytest.raises(Tampered):
            open_cell(ONE, row, column)


@given(WORDS)
def test_a_cell_of_another_table_is_refused(name: str) -> None:
    row = Animal(id="1", name=person("1", name).name)
    with pytest.raises(Tampered):
        open_cell(ONE, row, "name")


BESIDE = st.lists(st.text("ab1", max_size=3), max_size=4).map(tuple)


@given(WORDS, BESIDE, BESIDE)
def test_what_stands_beside_it_is_bound_and_does_not_run_together(
    name: str, beside: tuple[str, ...], other: tuple[str, ...]
) -> None:
    row = Person(id="1")
    row.name = seal_cell(ONE, row, "name", Personal(name), beside=beside)
    assert open_cell(ONE, row, "name", beside=beside).reveal() == name
    if other != beside:
        with pytest.raises(Tampered):
            open_cell(ONE, row, "name", beside=other)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3).map(tuple))
def test_what_was_sealed_with_something_beside_it_does_not_open_without(name: str, beside: tuple[str, ...]) -> None:
    row = Person(id="1")
    row.name = seal_cell(ONE, row, "name", Personal(name), beside=beside)
    with pytest.raises(Tampered):
        open_cell(ONE, row, "name")


@given(WORDS, st.data())
def test_any_changed_byte_is_refused(name: str, data: st.DataObject) -> None:
    row = person("1", name)
    assert row.name
    changed = bytearray(row.name)
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    row.name = Ciphertext(changed)
    with pytest.raises(Tampered):
        open_cell(ONE, row, "name")


@given(WORDS, st.data())
def test_any_cut_is_refused(name: str, data: st.DataObject) -> None:
    row = person("1", name)
    assert row.name
    row.name = Ciphertext(row.name[: data.draw(st.integers(0, len(row.name) - 1))])
    with pytest.raises(Tampered):
        open_cell(ONE, row, "name")


@pytest.mark.parametrize("clear", [CLEAR, CLEAR.encode(), bytearray(CLEAR.encode()), memoryview(CLEAR.encode())])
def test_a_column_refuses_what_is_in_clear_and_does_not_repeat_it(session: Session, clear: object) -> None:
    row = Person(id="1")
    row.name = clear  # type: ignore[assignment]
    session.add(row)
    with pytest.raises(sa.exc.StatementError) as caught:
        session.commit()
    assert isinstance(caught.value.orig, UsageError)
    assert caught.value.orig.remedy
    assert CLEAR not in str(caught.value)


def test_an_update_and_a_search_in_clear_are_refused_too(session: Session) -> None:
    session.add(person("1", CLEAR))
    session.commit()
    for statement in (
        sa.update(Person).values(name=CLEAR.encode()),
        sa.select(Person).where(sa.column("name", Person.__table__.c.name.type) == CLEAR.encode()),  # type: ignore[attr-defined]
    ):
        with pytest.raises(sa.exc.StatementError) as caught:
            session.connection().execute(statement)
        assert isinstance(caught.value.orig, UsageError)
