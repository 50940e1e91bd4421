"""A plugin's table, on metadata of its own, so that the core's stay what they are."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from op26x import hookimpl
from op26x.datamap import (
    WORDS,
    DataCategory,
    DataSubject,
    Erase,
    Kept,
    PersonalData,
    Purpose,
    identifier,
    operational,
    organization,
    personal,
    reference,
    sealed,
)
from op26x.vault import KeyKind

NOTED = PersonalData(
    WORDS,
    DataSubject.CALLER,
    DataCategory.COMMUNICATIONS,
    purposes=(Purpose.CALL,),
    kept=Kept.CALL,
    erase=Erase.SHRED,
    key=KeyKind.PLUGIN,
    exported="notes",
)
MOOD = replace(NOTED, erase=Erase.DELETE, key=None, ground="It is a word of a list.")


def tables() -> type[SQLModel]:
    """A base for tables that share nothing with others."""

    class Tables(SQLModel, registry=registry()):
        """Of a plugin."""

    return Tables


class Note(tables(), table=True):  # type: ignore[misc]
    """What somebody noted of a call."""

    id: str = identifier()
    organization_id: str = organization(bound=False, index=True)
    call_id: str = reference("call", bound=False, index=True)
    mood: str = personal(MOOD, default="")
    stars: int = operational("how good it was", default=0)
    text: bytes | None = sealed(NOTED)


class Notes:
    """A plugin with that table, or with others."""

    def __init__(self, *models: Any) -> None:
        self.models = list(models) or [Note]

    @hookimpl
    def op26x_tables(self) -> list[Any]:
        return self.models
