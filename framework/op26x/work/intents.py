"""Intents: what somebody demanded while its own place could not be written, kept until it can.

A deletion is noted on its row, a withdrawal in the ledger. When the disk is full, or the database is locked or gone,
the reserve takes the intent instead; when even that fails, memory does. From the moment of the demand it holds: whoever
reads asks ``pending`` first. The service carries intents out at start and every minute.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec

from op26x import logs
from op26x.errors import NotNoted
from op26x.storage.reserve import Reserve

log = logs.get("work")

LONGEST_VALUE = 80


class IntentKind(StrEnum):
    """What was demanded, or has happened."""

    ERASE = "erase"
    CONSENT = "consent"
    SUPPRESS = "suppress"
    END = "end"


class Intent(msgspec.Struct, frozen=True, array_like=True):
    """One demand; identifiers and words of fixed lists only.

    Attributes:
        kind: What is to be done.
        record_id: To what: the call, or a person's blind index.
        details: What else must be known to do it, as pairs of name and value.
        organization_id: Whose it is; empty in a note from before there were several.
    """

    kind: IntentKind
    record_id: str
    details: tuple[tuple[str, str], ...] = ()
    organization_id: str = ""

    @classmethod
    def of(cls, kind: IntentKind, record_id: str, **details: str) -> "Intent":
        """An intent; values are cut to 80 characters, so that it fits into the reserve."""
        return cls(kind, record_id, tuple((name, value[:LONGEST_VALUE]) for name, value in details.items()))


CarryOut = Callable[[Intent], Awaitable[object]]


class Intents:
    """What is still to be done for one organization.

    Args:
        reserve: Keeps it over a restart; all organizations share it.
        organization_id: Whose demands.
        first: Whether demands of nobody in particular are this one's: it was the only one when they were noted.
    """

    def __init__(self, reserve: Reserve, organization_id: str = "", *, first: bool = False) -> None:
        self._reserve = reserve
        self._organization_id = organization_id
        self._own = {organization_id, ""} if first else {organization_id}
        self._remembered: dict[Intent, None] = {}
        self._carry_out: dict[IntentKind, CarryOut] = {}

    def when(self, kind: IntentKind, carry_out: CarryOut) -> None:
        """Says who carries out intents of a kind; it may be repeated, and raises while it can't be done."""
        self._carry_out[kind] = carry_out

    def check(self) -> None:
        """Sees that a demand would survive this process; errors as of ``Reserve.check``."""
        self._reserve.check()

    async def note(self, intent: Intent) -> None:
        """Notes a demand that could not be written where it belongs; it holds from now on.

        Raises:
            NotNoted: The reserve can't be written either; the demand holds until this process ends.
        """
        intent = msgspec.structs.replace(intent, organization_id=self._organization_id)
        self._remembered[intent] = None
        try:
            await asyncio.to_thread(self._reserve.put, msgspec.json.encode(intent))
        except OSError as error:
            log.error("a demand is remembered in memory alone", kind=intent.kind.value, exc_info=error)
            raise NotNoted(
                f"The demand ({intent.kind}) could not be written down: neither the database nor the reserve can be "
                "written.",
                "Free some space, or make the data directory writable, before this service stops.",
            ) from error
        log.error("a demand waits in the reserve", kind=intent.kind.value, record=intent.record_id)

    def pending(self, kind: IntentKind, record_id: str) -> bool:
        """Whether such a demand waits to be carried out, of this process or another one."""
        return any(intent.kind is kind and intent.record_id == record_id for intent in self.waiting())

    def waiting(self) -> list[Intent]:
        """All that wait."""
        return list(dict.fromkeys([*self._remembered, *self._reserved()]))

    def known(self) -> list[Intent]:
        """The same as ``waiting``, for whoever must know it for certain.

        Raises:
            OSError: The reserve can't be read.
        """
        return list(dict.fromkeys([*self._remembered, *self._read_reserve()]))

    async def carry_out(self) -> list[Intent]:
        """Does what can be done now; returns what must wait on."""
        for intent in self.waiting():
            try:
                await self._carry_out[intent.kind](intent)
                if (note := self._reserved().get(intent)) is not None:
                    await asyncio.to_thread(self._reserve.clear, note)
            except Exception as error:
                log.error("a demand still waits", kind=intent.kind.value, record=intent.record_id, exc_info=error)
                continue
            self._remembered.pop(intent, None)
        return self.waiting()

    def _reserved(self) -> dict[Intent, bytes]:
        """The organization's intents in the reserve, each with the note that it was read from."""
        try:
            return self._read_reserve()
        except OSError as error:
            log.error("the reserve can't be read", exc_info=error)
            return {}

    def _read_reserve(self) -> dict[Intent, bytes]:
        notes = self._reserve.notes()
        read = {intent: note for note in notes if (intent := _read(note)) is not None}
        return {intent: note for intent, note in read.items() if intent.organization_id in self._own}


def _read(note: bytes) -> Intent | None:
    try:
        return msgspec.json.decode(note, type=Intent)
    except msgspec.DecodeError as error:
        log.error("a note in the reserve can't be read", exc_info=error)
        return None
