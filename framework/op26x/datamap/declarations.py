"""What a column holds, said once where the column is declared: ``personal``, ``operational``, ``identifier`` and so on.

Each returns a SQLModel field. What is said is kept in the column (``Column.info``), and is read by the check at the
start, by the data map, and by whoever seals, finds, clears or erases.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from op26x.datamap.vocabulary import DataCategory, DataSubject, Erase, Form, Kept, Kind, Purpose
from op26x.errors import UsageError
from op26x.vault import EncryptedColumn, KeyKind

INFO = "op26x.datamap"
LONGEST_ID, LONGEST_INDEX = 26, 64


class Holds(StrEnum):
    """What a column holds.

    Attributes:
        IDENTIFIER: A name that was made up for the row.
        ORGANIZATION: Whose row it is.
        REFERENCE: The identifier of another row.
        OPERATIONAL: Something that is about nobody.
        PERSONAL: Something about a person.
    """

    IDENTIFIER = "identifier"
    ORGANIZATION = "organization"
    REFERENCE = "reference"
    OPERATIONAL = "operational"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Something personal, in whatever columns it is held.

    Attributes:
        kind: What it is.
        whose: Whose it is.
        category: As the privacy policy has it.
        purposes: What it is for.
        kept: Which period ends it.
        erase: What becomes of it then.
        key: The key that it is encrypted with; nothing for what is not encrypted.
        exported: What it is called in the copy that a person gets of their data; empty if it is not in there.
        ground: Why it is kept, if it is not erased, or why it stands in clear, if it does.
    """

    kind: Kind
    whose: DataSubject
    category: DataCategory
    purposes: tuple[Purpose, ...]
    kept: Kept
    erase: Erase
    key: KeyKind | None = None
    exported: str = ""
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What is said of a column.

    Attributes:
        holds: What it holds.
        about: What for, in words; of a reference, the table that is referred to.
        personal: What it is, if it is personal.
        form: How it is held.
        stays: Why a row stays when its organization is erased; empty if it goes.
    """

    holds: Holds
    about: str
    personal: PersonalData | None = None
    form: Form = Form.CLEAR
    stays: str = ""


def identifier(about: str = "the row", **column: Any) -> Any:
    """The primary key: a ULID, or another name that was made up."""
    return _field(Declared(Holds.IDENTIFIER, about), **{"primary_key": True, "max_length": LONGEST_ID, **column})


def organization(*, bound: bool = True, stays: str = "", **column: Any) -> Any:
    """The organization that a row belongs to. Rows go when it is closed and its deadline is over.

    Args:
        bound: Whether the database sees to it that there is such an organization.
        stays: Why rows stay when it is erased; by default they go.
        column: As of ``sqlmodel.Field``.
    """
    return _to("organization", Declared(Holds.ORGANIZATION, "whose row it is", stays=stays), bound=bound, **column)


def reference(table: str, *, bound: bool = True, **column: Any) -> Any:
    """The identifier of a row of another table: ``reference("call")``; ``bound`` as of ``organization``."""
    return _to(table, Declared(Holds.REFERENCE, table), bound=bound, **column)


def operational(about: str, **column: Any) -> Any:
    """Something that is about nobody; ``about`` says what it is for."""
    return _field(Declared(Holds.OPERATIONAL, about), **column)


def personal(what: PersonalData, **column: Any) -> Any:
    """Something personal that stands in clear: it names nobody by itself, and ``what.ground`` says why.

    Raises:
        UsageError: There is no ground.
    """
    if not what.ground:
        raise UsageError(
            f"A {what.kind.about} would stand in clear.", "Hold it sealed, or say in ground why it names nobody."
        )
    return _field(Declared(Holds.PERSONAL, what.kind.about, what), **column)


def hashed(what: PersonalData, **column: Any) -> Any:
    """Something personal that is known again and never shown: a password, the token of a session."""
    return _field(Declared(Holds.PERSONAL, what.kind.about, what, Form.HASHED), **column)


def sealed(what: PersonalData, **column: Any) -> Any:
    """Something personal that is encrypted with a key of ``what.key``; such a column takes nothing in clear."""
    column = {"default": None, "sa_type": EncryptedColumn, **column}
    return _field(Declared(Holds.PERSONAL, what.kind.about, what, Form.SEALED), **column)


def filed(what: PersonalData, **column: Any) -> Any:
    """The name of a sealed file that holds something personal."""
    return _field(Declared(Holds.PERSONAL, what.kind.about, what, Form.FILED), **column)


def indexed(what: PersonalData, **column: Any) -> Any:
    """The blind index by which something personal is found."""
    column = {"default": "", "index": True, "max_length": LONGEST_INDEX, **column}
    return _field(Declared(Holds.PERSONAL, what.kind.about, what, Form.INDEX), **column)


def masked(what: PersonalData, **column: Any) -> Any:
    """What people are shown instead: the last two digits."""
    column = {"default": "", "max_length": 2, **column}
    return _field(Declared(Holds.PERSONAL, what.kind.about, what, Form.MASKED), **column)


def declared(column: "sa.Column[Any]") -> Declared | None:
    """What is said of a column; nothing if it is not on the data map."""
    found: Declared | None = column.info.get(INFO)
    return found


def _to(table: str, said: Declared, *, bound: bool, **column: Any) -> Any:
    key = {"foreign_key": f"{table}.id", "index": True} if bound else {}
    return _field(said, **{**key, "max_length": LONGEST_ID, **column})


def _field(said: Declared, **column: Any) -> Any:
    return Field(sa_column_kwargs={"info": {INFO: said}}, **column)
