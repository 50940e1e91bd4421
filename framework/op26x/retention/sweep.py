"""The sweep: what has passed its deadline is erased, in steps that may each be repeated.

A sweep that is killed leaves nothing half: until the last step of a call is done, the call stays on the list, and what
is on the list can't be read by anybody.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from op26x import logs
from op26x.audit import Access
from op26x.audit.entries import EXPIRED
from op26x.errors import Op26xError
from op26x.retention.due import BATCH, Due, named
from op26x.retention.trusted_time import TrustedTime

log = logs.get("retention")


class Keeper(Protocol):
    """Whoever keeps something personal of calls."""

    async def expired(self, at: datetime, after: Due | None = None, limit: int = BATCH) -> Sequence[Due]:
        """Calls of which it keeps something whose time was over at that moment, by when it was over.

        Args:
            at: The moment.
            after: Those that come behind this one.
            limit: At most so many.
        """
        ...

    async def erase_all(self, call_ids: Sequence[str], access: Access) -> None:
        """Erases what it keeps of calls, with an entry in the audit log of each. It may be repeated."""
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
        ledgers: Keep what ends by itself.
        time: Tells what is over.
        unfinished: Calls that have not ended: of these nothing is swept.
        demands: Whoever keeps what was demanded to be erased.
    """

    def __init__(
        self,
        keepers: Sequence[Keeper],
        ledgers: Sequence[Ledger],
        time: TrustedTime,
        unfinished: Callable[[], Awaitable[frozenset[str]]],
        demands: Sequence[Demanded] = (),
    ) -> None:
        self._keepers = keepers
        self._ledgers = ledgers
        self._time = time
        self._unfinished = unfinished
        self._demands = demands

    async def is_due(self, at: datetime) -> bool:
        """Whether something has expired at a moment."""
        async for _ in self._batches(at):
            return True
        return False

    async def expired(self, at: datetime | None = None) -> Sequence[str]:
        """Calls that have ended, of which something is kept whose time was over at a moment, now if left out."""
        at = at or await self._time.erasable()
        return tuple(dict.fromkeys([call_id async for batch in self._batches(at) for call_id in batch]))

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
            return Swept(at, tuple(found), (), sum([await one.ended(at) for one in self._ledgers]), dry_run=True)
        erased, failed = await self.demanded()
        async for gone, left in self.erasing(at, who):
            erased += gone
            failed += left
        entries = await self.entries(at, who)
        return Swept(at, tuple(dict.fromkeys(erased)), tuple(dict.fromkeys(failed)), entries, dry_run=False)

    async def entries(self, at: datetime | None = None, who: str = "sweep") -> int:
        """Removes what ends by itself and was over at a moment, now if left out; returns how many there were."""
        at = at or await self._time.erasable()
        return sum([await one.sweep(at, Access(who, EXPIRED)) for one in self._ledgers])

    async def demanded(self) -> tuple[list[str], list[str]]:
        """Erases what was demanded, whatever the clock says; returns the calls of which it is gone, and the others."""
        erased: list[str] = []
        failed: list[str] = []
        for keeper in self._demands:
            for call_id in await keeper.demanded():
                gone = await self._tried([call_id], keeper.erase_demanded(call_id))
                (erased if gone else failed).append(call_id)
        return erased, failed

    async def erasing(self, at: datetime, who: str = "sweep") -> AsyncIterator[tuple[Sequence[str], Sequence[str]]]:
        """Erases what has expired at a moment, batch by batch; gives the calls that are gone, and those that failed.

        Whoever stops asking stops it; what is left is found again.
        """
        access = Access(who, EXPIRED)
        async for batch in self._batches(at):
            if await self._tried(batch, self._erase(batch, access)):
                yield batch, ()
                continue
            gone = {call_id: await self._tried([call_id], self._erase([call_id], access)) for call_id in batch}
            yield [one for one in batch if gone[one]], [one for one in batch if not gone[one]]

    async def _erase(self, call_ids: Sequence[str], access: Access) -> None:
        """Erases everything personal of calls, keeper by keeper; each may be repeated."""
        for keeper in self._keepers:
            await keeper.erase_all(call_ids, access)

    async def _batches(self, at: datetime) -> AsyncIterator[list[str]]:
        """What has expired at a moment, of calls that have ended."""
        unfinished = await self._unfinished()
        for keeper in self._keepers:
            last: Due | None = None
            while page := await keeper.expired(at, last):
                if batch := [due.call_id for due in page if due.call_id not in unfinished]:
                    yield batch
                last = page[-1]

    @staticmethod
    async def _tried(call_ids: Sequence[str], erasing: Awaitable[object]) -> bool:
        try:
            await erasing
        except (Op26xError, OSError) as error:
            log.error("calls could not be erased", **named(call_ids), exc_info=error)
            return False
        return True
