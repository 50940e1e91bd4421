"""What a plugin says of itself, read once at start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from op26x.hookspecs._markers import hookspec

if TYPE_CHECKING:
    import msgspec
    from sqlmodel import SQLModel

    from op26x.settings import Settings
    from op26x.types import Processor


@hookspec
def op26x_settings() -> type[msgspec.Struct]:
    """Declares the plugin's settings as a frozen msgspec Struct with defaults. *Declaration*.

    Field ``api_key`` of plugin ``openai`` is then set by ``OP26X_OPENAI_API_KEY`` or ``[openai] api_key``.
    Secrets are of type ``op26x.Secret``, which prints as ``…`` and is read with ``reveal()``.

    Example::

        class MySettings(msgspec.Struct, frozen=True):
            api_key: Secret = Secret("")

        @hookimpl
        def op26x_settings():
            return MySettings
    """


@hookspec
def op26x_processors(settings: Settings) -> list[Processor]:
    """Declares every company that the plugin gives personal data to. *Declaration*.

    Shown by ``op26x plugins list``. A plugin that connects to nobody leaves this hook out. The service connects to no
    host that is neither declared here nor named by a setting.

    Args:
        settings: All settings, for a plugin whose hosts depend on its own: ``settings.of(MySettings)``.

    Example::

        @hookimpl
        def op26x_processors():
            return [Processor("MyCarrier", ("api.mycarrier.example",), "telephony", ("communications",), "https://…")]
    """


@hookspec
def op26x_tables() -> list[type[SQLModel]]:
    """Declares the plugin's own tables in the database, each column on the data map. *Declaration*.

    They are made when they are not there. A column of which nothing is said, or a table without the organization that a
    row belongs to, stops the start: the message names table, column and the line to write. Rows that refer to a call go
    with what is personal of it; those of an organization go when it is erased. Hooks that are called in a call may ask
    for ``records``, an ``op26x.calls.Records``, to write and read rows.

    Example::

        from op26x.vault import KeyKind
        from op26x.datamap import (
            WORDS, DataCategory, DataSubject, Erase, Kept, PersonalData, Purpose,
            identifier, organization, reference, sealed,
        )

        NOTE = PersonalData(
            WORDS, DataSubject.CALLER, DataCategory.COMMUNICATIONS, purposes=(Purpose.CALL,), kept=Kept.CALL,
            erase=Erase.SHRED, key=KeyKind.PLUGIN, exported="notes",
        )

        class Note(SQLModel, table=True):
            id: str = identifier()
            organization_id: str = organization()
            call_id: str = reference("call")
            text: bytes | None = sealed(NOTE)

        @hookimpl
        def op26x_tables():
            return [Note]
    """
