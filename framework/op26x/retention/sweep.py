"""The sweep: what has passed its deadline is erased, in steps that may each be repeated.

A sweep that is killed leaves nothing half: until the last step of a call is done, the call stays on the list, and what
is on the list can't be read by anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from op26x import logs
from op26x.audit import Access
from op26x.clock import Clock
from op26x.errors import Op26xError

log = logs.get("retention")

EXPIRED = "expired"


class Keeper(Protocol):
    """Whoever keeps something personal of calls."""

    async def expired(self, at: datetime) -> Sequence[str]:
        """Calls of which it keeps something whose time was over at that moment."""
        ...

    async def erase(self, call_id: str, access: Access) -> object:
        """Erases what it keeps of a call, with an entry in the audit log. It may be repeated."""
        ...


class Ledger(Protocol):
    """Whoever keeps entries that end by themselves, whatever becomes of the call."""

    async def ended(self, at: datetime) -> int:
        """How many are over at a moment."""
        ...

    async def sweep(self, at: datetime, access: Access) -> int:
        """Removes them, with an entry in the audit log; returns how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did, or would do.

    Attributes:
        at: The moment it went by.
        erased: Calls of which everything personal is gone.
        failed: Calls that the next sweep must try again.
        entries: How many entries that end by themselves are gone.
        dry_run: Nothing was touched.
    """

    at: datetime
    erased: tuple[str, ...]
    failed: tuple[str, ...]
    entries: int
    dry_run: bool


class Sweep:
    """Erases what has expired.

    Args:
        keepers: Asked and told in this order: first who holds keys and bytes, last whose row the call is.
        ledger: Keeps what ends by itself.
        clock: Tells what is over.
    """

    def __init__(self, keepers: Sequence[Keeper], ledger: Ledger, clock: Clock) -> None:
        self._keepers = keepers
        self._ledger = ledger
        self._clock = clock

    async def expired(self, at: datetime | None = None) -> Sequence[str]:
        """Calls of which something is kept whose time was over at a moment, now if left out."""
        at = at or self._clock.now()
        return tuple({call_id: None for keeper in self._keepers for call_id in await keeper.expired(at)})

    async def run(self, *, at: datetime | None = None, dry_run: bool = False, who: str = "sweep") -> Swept:
        """One sweep.

        Args:
            at: As if it were that moment; now if left out.
            dry_run: Only tells what it would erase.
            who: For the audit log.
        """
        at = at or self._clock.now()
        found = await self.expired(at)
        if dry_run:
            return Swept(at, tuple(found), (), await self._ledger.ended(at), dry_run=True)
        erased: list[str] = []
        failed: list[str] = []
        for call_id in found:
            (erased if await self.one(call_id, who) else failed).append(call_id)
        return Swept(at, tuple(erased), tuple(failed), await self.entries(at, who), dry_run=False)

    async def entries(self, at: datetime | None = None, who: str = "sweep") -> int:
        """Removes what ends by itself and was over at a moment, now if left out; returns how many there were."""
        return await self._ledger.sweep(at or self._clock.now(), Access(who, EXPIRED))

    async def one(self, call_id: str, who: str = "sweep") -> bool:
        """Erases one call that has expired; ``False`` if the next sweep must try again."""
        try:
            await self.erase(call_id, Access(who, EXPIRED))
        except (Op26xError, OSError) as error:
            log.error("a call could not be erased", call=call_id, exc_info=error)
            return False
        return True

    async def erase(self, call_id: str, access: Access) -> None:
        """Erases everything personal of one call, keeper by keeper; each may be repeated."""
        for keeper in self._keepers:
            await keeper.erase(call_id, access)
