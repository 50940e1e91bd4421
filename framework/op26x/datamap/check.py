"""The check at the start: a table whose columns are not all on the data map does not start (law 6)."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from op26x.datamap.declarations import Declared, Holds, declared
from op26x.datamap.vocabulary import Erase, Form
from op26x.errors import PluginError
from op26x.vault import EncryptedColumn, KeyKind

LINE = (
    '{column}: … = operational("what it is for"), if it is about nobody, or '
    "= sealed(PersonalData(…)), if it is about a person; see the page Data map"
)
ORGANIZATION_ID = "organization_id"


def check_tables(tables: "Iterable[sa.Table]", *, of: str = "") -> None:
    """Sees that each column says what it holds, and that what it says fits.

    Args:
        tables: All of them.
        of: The plugin whose they are; the core's if left out.

    Raises:
        PluginError: One does not; the message names table and column, the remedy is the line to write.
    """
    for table in tables:
        for column in table.columns:
            said = declared(column)
            where = f"The column {column.name} of the table {table.name}" + (f" of the plugin {of}" if of else "")
            if said is None:
                raise PluginError(f"{where} is not on the data map.", _line(column))
            if wrong := _fault_of(column, said):
                raise PluginError(f"{where} {wrong[0]}.", wrong[1])
        if of:
            _check_a_plugins(table, of)


def _line(column: "sa.Column[Any]") -> str:
    """What to write, as far as the name of a column tells."""
    if column.name == ORGANIZATION_ID:
        return f"Write {ORGANIZATION_ID}: str = organization()"
    if column.primary_key:
        return f"Write {column.name}: str = identifier()"
    if column.name.endswith("_id"):
        return f'Write {column.name}: str = reference("{column.name.removesuffix("_id")}")'
    return LINE.format(column=column.name)


def _check_a_plugins(table: sa.Table, of: str) -> None:
    """Sees that rows of a plugin are somebody's, and that what is personal of them has an end."""
    said = [one for one in map(declared, table.columns) if one is not None]
    what = f"The table {table.name} of the plugin {of}"
    if not any(one.holds is Holds.ORGANIZATION for one in said):
        raise PluginError(f"{what} does not say whose rows it has.", "Add: organization_id: str = organization()")
    personal = [one for one in said if one.personal is not None]
    if personal and not any(one.holds is Holds.REFERENCE and one.about == "call" for one in said):
        raise PluginError(
            f"{what} holds something ({personal[0].about}) that would have no end.",
            'Add: call_id: str = reference("call")',
        )
    for one in personal:
        if one.form is Form.SEALED and one.personal is not None and one.personal.key is not KeyKind.PLUGIN:
            raise PluginError(
                f"{what} seals something ({one.about}) with a key that it can't have.",
                "Name its own in PersonalData(key=KeyKind.PLUGIN), and seal with records.seal.",
            )


def _fault_of(column: "sa.Column[Any]", said: Declared) -> tuple[str, str] | None:
    encrypts = isinstance(column.type, EncryptedColumn)
    what = said.personal
    if what is None:
        return None
    if encrypts != (said.form is Form.SEALED):
        return ("does not take what its declaration says", "Leave sa_type to sealed(…), and use it for no other.")
    if not what.purposes:
        return ("is personal and for no purpose", "Name at least one in PersonalData(purposes=…).")
    if said.form is Form.SEALED and what.key is None:
        return ("is sealed with no key", "Name its kind in PersonalData(key=…): KeyKind.PLUGIN for a plugin's.")
    if what.erase is Erase.SHRED and what.key is None:
        return ("is to be shredded and has no key", "Name its kind in PersonalData(key=…), or clear it.")
    if what.erase is Erase.KEEP and not what.ground:
        return ("is kept for ever without a ground", "Say why in PersonalData(ground=…).")
    return None
