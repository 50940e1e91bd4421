"""The records of processing (GDPR, article 30), made from the declarations of an installation's tables."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from op26x.datamap.declarations import Declared, Holds, declared
from op26x.datamap.ground import KEY_DATABASE
from op26x.datamap.vocabulary import Form, Kept, Purpose
from op26x.types import Processor

SAFEGUARDS = (
    "Each personal column is encrypted, hashed or masked, or a ground says why it stands in clear.",
    "Keys are wrapped by keys, in a database outside the data directory; the root key is outside of both.",
    "What is over or was to be erased can't be read from that moment: its key goes first, then its bytes.",
    "Each route, page and command names the action that it needs; every query is for one organization.",
    "Who read, changed or erased something personal is in the audit log.",
)
CORE = "op26x"


class Column(msgspec.Struct, frozen=True):
    """A column of a table.

    Attributes:
        id: ``table.column``.
        plugin: Whose table it is; ``op26x`` for the core's.
        holds: ``identifier``, ``organization``, ``reference``, ``operational`` or ``personal``.
        about: What it is, or what it is for.
        form: How it is held: ``clear``, ``sealed``, ``index``, ``masked``, ``hashed`` or ``filed``.
        whose: ``caller`` or ``user``; empty if it is about nobody, and so are those below.
        category: ``account``, ``communications`` or ``usage``.
        purposes: What it is for.
        kept: Which period ends it.
        erase: What becomes of it then: ``delete``, ``shred``, ``clear`` or ``keep``.
        key: The kind of key that it is encrypted with.
        exported: What it is called in the copy that a person gets of their data.
        ground: Why it is kept, or stands in clear.
        dpv: The kind of data as a term of the Data Privacy Vocabulary.
        fides: The same as a key of fideslang's taxonomy.
    """

    id: str
    plugin: str
    holds: str
    about: str
    form: str = Form.CLEAR.value
    whose: str = ""
    category: str = ""
    purposes: tuple[str, ...] = ()
    kept: str = ""
    erase: str = ""
    key: str = ""
    exported: str = ""
    ground: str = ""
    dpv: str = ""
    fides: str = ""


class Activity(msgspec.Struct, frozen=True):
    """What personal data is processed for.

    Attributes:
        purpose: As in ``Purpose``.
        about: In words.
        subjects: Whose data.
        categories: Which categories of the privacy policy.
        data: Which kinds of data.
        periods: Which periods end it.
        dpv: The purpose as a term of the Data Privacy Vocabulary.
        fides: The same as a data use of fideslang.
    """

    purpose: str
    about: str
    subjects: tuple[str, ...]
    categories: tuple[str, ...]
    data: tuple[str, ...]
    periods: tuple[str, ...]
    dpv: str
    fides: str


class Recipient(msgspec.Struct, frozen=True):
    """A company that a plugin gives personal data to, as the plugin declares it.

    Attributes:
        in_use: Whether an agent or a setting uses that plugin; else it is only installed.
    """

    name: str
    plugin: str
    purpose: str
    categories: tuple[str, ...]
    hosts: tuple[str, ...]
    terms: str
    trains_on_data: bool
    in_use: bool


class DataMap(msgspec.Struct, frozen=True):
    """What an installation holds of people, for one of its organizations.

    Attributes:
        organization: Whose records of processing these are.
        version: Of op26x.
        made_at: When, UTC.
        activities: What for.
        recipients: Who is given what.
        periods: How long each period is, in words.
        safeguards: How it is protected.
        columns: Every column of every table, the key database's included.
    """

    organization: str
    version: str
    made_at: datetime
    activities: tuple[Activity, ...]
    recipients: tuple[Recipient, ...]
    periods: dict[str, str]
    safeguards: tuple[str, ...]
    columns: tuple[Column, ...]


def data_map(
    tables: "Mapping[str, Iterable[sa.Table]]",
    processors: Mapping[str, Iterable[Processor]],
    in_use: Collection[str],
    periods: Mapping[Kept, str],
    *,
    organization: str,
    version: str,
    at: datetime,
) -> DataMap:
    """Makes the data map.

    Args:
        tables: By plugin; the core's are ``op26x``'s. Each of their columns is declared.
        processors: Who each plugin gives data to.
        in_use: Names of the plugins that an agent or a setting uses.
        periods: How long each period is, in words.
        organization: The name of whose records these are.
        version: Of op26x.
        at: When.
    """
    columns = tuple(column for plugin, own in tables.items() for table in own for column in _columns(table, plugin))
    recipients = tuple(
        _recipient(one, plugin, in_use=plugin in in_use) for plugin, given in processors.items() for one in given
    )
    return DataMap(
        organization=organization,
        version=version,
        made_at=at,
        activities=tuple(_activities(columns)),
        recipients=recipients,
        periods={kept.value: periods[kept] for kept in Kept},
        safeguards=SAFEGUARDS,
        columns=(*columns, *_of_keys()),
    )


def _columns(table: sa.Table, plugin: str) -> "Iterable[Column]":
    for column in table.columns:
        said = declared(column)
        if said is not None:
            yield _column(f"{table.name}.{column.name}", plugin, said)


def _of_keys() -> Iterable[Column]:
    for table, columns in KEY_DATABASE.items():
        for name, about in columns.items():
            yield Column(f"{table}.{name}", CORE, Holds.OPERATIONAL.value, about)


def _column(name: str, plugin: str, said: Declared) -> Column:
    what = said.personal
    if what is None:
        return Column(name, plugin, said.holds.value, said.about)
    by_key = said.form in (Form.SEALED, Form.FILED)
    return Column(
        id=name,
        plugin=plugin,
        holds=said.holds.value,
        about=said.about,
        form=said.form.value,
        whose=what.whose.value,
        category=what.category.value,
        purposes=tuple(purpose.value for purpose in what.purposes),
        kept=what.kept.value,
        erase=what.erase.value,
        key=what.key.value if what.key and by_key else "",
        exported=what.exported,
        ground=what.ground,
        dpv=what.kind.dpv,
        fides=what.kind.fides,
    )


def _recipient(one: Processor, plugin: str, *, in_use: bool) -> Recipient:
    return Recipient(one.name, plugin, one.purpose, one.categories, one.hosts, one.terms, one.trains_on_data, in_use)


def _activities(columns: Iterable[Column]) -> Iterable[Activity]:
    for purpose in Purpose:
        own = [column for column in columns if purpose.value in column.purposes]
        if not own:
            continue
        yield Activity(
            purpose=purpose.value,
            about=purpose.about,
            subjects=_each(column.whose for column in own),
            categories=_each(column.category for column in own),
            data=_each(column.about for column in own),
            periods=_each(column.kept for column in own),
            dpv=purpose.dpv,
            fides=purpose.fides,
        )


def _each(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))
