"""The sweep: what has passed its deadline is erased, in steps that may each be repeated.

A sweep that is killed leaves nothing half: until the last step of a call is done, the call stays on the list, and what
is on the list can't be read by anybody.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from op26x import logs
from op26x.audit import Access
from op26x.audit.entries import EXPIRED
from op26x.errors import Op26xError
from op26x.retention.trusted_time import TrustedTime

log = logs.get("retention")


class Keeper(Protocol):
    """Whoever keeps something personal of calls."""

    async def expired(self, at: datetime) -> Sequence[str]:
        """Calls of which it keeps something whose time was over at that moment."""
        ...

    async def erase(self, call_id: str, access: Access) -> object:
        """Erases what it keeps of a call, with an entry in the audit log. It may be repeated."""
        ...


class Demanded(Protocol):
    """Whoever keeps something that a caller or an operator demanded to be erased: that waits for no deadline."""

    async def demanded(self) -> Sequence[str]:
        """Calls of which something is still to be erased."""
        ...

    async def erase_demanded(self, call_id: str) -> object:
        """Erases that, and nothing else, with an entry in the audit log. It may be repeated."""
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
        erased: Calls of which everything personal is gone, or what was demanded.
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
    """Erases what has expired, and what was demanded.

    Args:
        keepers: Asked and told in this order: first who holds keys and bytes, last whose row the call is.
        ledger: Keeps what ends by itself.
        time: Tells what is over.
        unfinished: Calls that have not ended: of these nothing is swept.
        demands: Whoever keeps what was demanded to be erased.
    """

    def __init__(
        self,
        keepers: Sequence[Keeper],
        ledger: Ledger,
        time: TrustedTime,
        unfinished: Callable[[], Awaitable[frozenset[str]]],
        demands: Sequence[Demanded] = (),
    ) -> None:
        self._keepers = keepers
        self._ledger = ledger
        self._time = time
        self._unfinished = unfinished
        self._demands = demands

    async def expired(self, at: datetime | None = None) -> Sequence[str]:
        """Calls that have ended, of which something is kept whose time was over at a moment, now if left out."""
        at = at or await self._time.erasable()
        found = {call_id: None for keeper in self._keepers for call_id in await keeper.expired(at)}
        unfinished = await self._unfinished()
        return tuple(call_id for call_id in found if call_id not in unfinished)

    async def run(self, *, at: datetime | None = None, dry_run: bool = False, who: str = "sweep") -> Swept:
        """One sweep.

        Args:
            at: As if it were that moment; the time that is trusted if left out.
            dry_run: Only tells what it would erase.
            who: For the audit log.
        """
        at = at or await self._time.erasable(note=not dry_run)
        if dry_run:
            wanted = [call_id for keeper in self._demands for call_id in await keeper.demanded()]
            found = dict.fromkeys([*wanted, *await self.expired(at)])
            return Swept(at, tuple(found), (), await self._ledger.ended(at), dry_run=True)
        erased, failed = await self.demanded()
        for call_id in await self.expired(at):
            (erased if await self.one(call_id, who) else failed).append(call_id)
        entries = await self.entries(at, who)
        return Swept(at, tuple(dict.fromkeys(erased)), tuple(dict.fromkeys(failed)), entries, dry_run=False)

    async def entries(self, at: datetime | None = None, who: str = "sweep") -> int:
        """Removes what ends by itself and was over at a moment, now if left out; returns how many there were."""
        return await self._ledger.sweep(at or await self._time.erasable(), Access(who, EXPIRED))

    async def demanded(self) -> tuple[list[str], list[str]]:
        """Erases what was demanded, whatever the clock says; returns the calls of which it is gone, and the others."""
        erased: list[str] = []
        failed: list[str] = []
        for keeper in self._demands:
            for call_id in await keeper.demanded():
                gone = await self._tried(call_id, keeper.erase_demanded(call_id))
                (erased if gone else failed).append(call_id)
        return erased, failed

    async def one(self, call_id: str, who: str = "sweep") -> bool:
        """Erases one call that has expired; ``False`` if the next sweep must try again."""
        return await self._tried(call_id, self.erase(call_id, Access(who, EXPIRED)))

    async def erase(self, call_id: str, access: Access) -> None:
        """Erases everything personal of one call, keeper by keeper; each may be repeated."""
        for keeper in self._keepers:
            await keeper.erase(call_id, access)

    @staticmethod
    async def _tried(call_id: str, erasing: Awaitable[object]) -> bool:
        try:
            await erasing
        except (Op26xError, OSError) as error:
            log.error("a call could not be erased", call=call_id, exc_info=error)
            return False
        return True
