"""What is said of columns is checked: what does not fit together does not start."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from framework.datamap.house import MOOD, NOTED, tables
from op26x.calls.tables import core_tables, of_an_organization, table_of
from op26x.datamap import Erase, check_tables, declared, hashed, identifier, operational, personal, sealed
from op26x.datamap.ground import KEY_DATABASE
from op26x.errors import PluginError, UsageError
from op26x.vault import EncryptedColumn, KeyKind
from op26x.vault.key_tables import KeyEntry, KeySlot


def with_column(field: Any, annotation: Any = str) -> sa.Table:
    """A core's table with one column more."""
    body = {
        "__annotations__": {"id": str, "value": annotation},
        "__tablename__": "one",
        "__module__": __name__,
        "id": identifier(),
        "value": field,
    }
    return table_of(type(tables())("One", (tables(),), body, table=True))


@pytest.mark.parametrize(
    ("field", "what"),
    [
        (hashed(replace(NOTED, purposes=()), default=""), "for no purpose"),
        (sealed(replace(NOTED, key=None)), "sealed with no key"),
        (hashed(replace(NOTED, key=None), default=""), "shredded and has no key"),
        (hashed(replace(NOTED, erase=Erase.KEEP), default=""), "without a ground"),
        (sealed(NOTED, sa_type=sa.LargeBinary), "does not take what its declaration says"),
        (personal(MOOD, default=None, sa_type=EncryptedColumn), "does not take what its declaration says"),
    ],
)
def test_what_does_not_fit_together_is_named_with_its_remedy(field: Any, what: str) -> None:
    with pytest.raises(PluginError, match=what) as caught:
        check_tables([with_column(field, bytes | None)])
    assert "column value of the table one" in caught.value.message
    assert caught.value.remedy


def test_a_key_that_a_plugin_can_not_have_is_refused() -> None:
    from framework.datamap.house import organization, reference

    class Own(tables(), table=True):  # type: ignore[misc]
        id: str = identifier()
        organization_id: str = organization(bound=False)
        call_id: str = reference("call", bound=False)
        text: bytes | None = sealed(replace(NOTED, key=KeyKind.SUBJECT))

    with pytest.raises(PluginError, match="a key that it can't have") as caught:
        check_tables([table_of(Own)], of="notes")
    assert "KeyKind.PLUGIN" in caught.value.remedy


def test_nothing_personal_stands_in_clear_without_a_ground() -> None:
    with pytest.raises(UsageError, match="would stand in clear"):
        personal(replace(MOOD, ground=""))


def test_sealed_values_may_be_about_nobody() -> None:
    check_tables([with_column(operational("a seal", default=None, sa_type=EncryptedColumn), bytes | None)])


def test_what_is_said_of_the_key_database_is_what_it_has() -> None:
    there = {model.__tablename__: set(model.__table__.columns.keys()) for model in (KeySlot, KeyEntry)}  # type: ignore[attr-defined]
    assert {table: set(columns) for table, columns in KEY_DATABASE.items()} == there


def test_rows_of_an_organization_go_in_an_order_in_which_nothing_is_left_hanging() -> None:
    going = [table_of(model) for model in of_an_organization(core_tables())]
    names = [table.name for table in going]
    assert {"call", "turn", "recording", "usage_event", "announcement"} < set(names)
    assert not {"organization", "audit_entry", "user", "sign_in", "clock_watch"} & set(names)
    for number, table in enumerate(going):
        for key in table.foreign_keys:
            assert key.column.table not in going[:number], (table.name, key.column.table.name)


def test_every_personal_column_of_the_core_says_how_it_ends() -> None:
    said = [declared(column) for table in map(table_of, core_tables()) for column in table.columns]
    personal_ones = [one.personal for one in said if one is not None and one.personal is not None]
    assert len(personal_ones) > 25
    for one in personal_ones:
        assert one.purposes
        assert one.erase is not Erase.KEEP or one.ground
