"""Health: whether the promises can be kept right now, looked at every few seconds while a service runs.

A database that is gone, a root key that was exchanged, a deletion that does not come to its end: none of them stops a
call, so nobody would notice. Each is a ``Problem`` here, is logged once when it comes and once when it is over, and is
shown by the service's ``/health``.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec

from op26x import logs
from op26x.calls.installation import Installation
from op26x.errors import Op26xError, StorageLost, WorkError
from op26x.recording import Found

log = logs.get("health")

EVERY_S = 5.0
AGAIN_S = 0.5
"""A file may be looked at while it is being written: what is wrong must be wrong twice."""
SLOW_S = 120.0
"""A deletion that takes longer has failed at least twice."""


LEAST_BYTES = 32 * 2**20
"""Below that, the next calls may find no room to be noted."""
SEE = "See op26x recordings reconcile."
LOST = {
    Found.ROW_WITHOUT_FILE: "The audio of {} recordings is missing. Restore the blobs from a backup. " + SEE,
    Found.ROW_WITHOUT_KEY: "The keys of {} recordings are missing. Restore the key database from a backup. " + SEE,
    Found.FILE_WITHOUT_ROW: "{} recordings are not in the database. If it is not the right one, restore it. " + SEE,
    Found.KEY_WITHOUT_ROW: "{} keys belong to nothing in the database. If it is not the right one, restore it. " + SEE,
}


PROBLEMS = ("database", "key-database", "root-key", "reserve", "disk", "deletions", "demands", "clock", "work")


class Problem(msgspec.Struct, frozen=True):
    """Something that keeps a promise from being kept.

    Attributes:
        name: ``database``, ``key-database``, ``root-key``, ``reserve``, ``disk``, ``deletions``, ``demands``,
            ``clock``, ``work``, ``audit-log``, ``witness``, ``processors``, ``certificate``, or
            ``health`` if that can't be found out.
        message: What it is; no personal data.
        remedy: What to do about it.
    """

    name: str
    message: str
    remedy: str


class Health:
    """Watches an installation.

    Args:
        installation: What is watched.
        others: More that tell of problems.
    """

    def __init__(self, installation: Installation, others: Sequence[Callable[[], Sequence[Problem]]] = ()) -> None:
        self._installation = installation
        self._others = others
        self._waiting: dict[str, float] = {}
        self._slow: list[str] = []
        self.problems: tuple[Problem, ...] = ()

    @property
    def takes_calls(self) -> bool:
        """Whether a call that comes can be noted."""
        return not any(problem.name in ("database", "key-database", "disk") for problem in self.problems)

    async def watch(self) -> None:
        """Looks again and again, until it is cancelled. When looking itself fails, that is a problem like another."""
        while True:
            try:
                await self.look()
            except Exception as error:
                log.error("health can't be looked at", exc_info=error)
                self.problems = (Problem("health", "What is wrong can't be found out.", "See the log."),)
            await asyncio.sleep(EVERY_S)

    async def look(self) -> tuple[Problem, ...]:
        """Looks once, and logs what is new and what is over."""
        found = await self._find()
        if {problem.name for problem in found} - {problem.name for problem in self.problems}:
            await asyncio.sleep(AGAIN_S)
            found = await self._find()
        before, now = ({problem.name: problem for problem in problems} for problems in (self.problems, found))
        for name in now.keys() - before.keys():
            log.error("problem", name=name, message=now[name].message, remedy=now[name].remedy)
        for name in before.keys() - now.keys():
            log.warning("problem is over", name=name)
        self.problems = found
        return found

    async def _find(self) -> tuple[Problem, ...]:
        there = self._installation
        checks = (
            ("database", there.database.check),
            ("key-database", there.key_database.check),
            ("root-key", there.check_root),
            ("reserve", there.reserve.check),
            ("disk", partial(_check_room, there.settings.core.data)),
        )
        found = [problem for name, check in checks if (problem := await asyncio.to_thread(_failed, name, check))]
        if waiting := there.demands_waiting():
            found.append(
                Problem(
                    "demands",
                    f"{waiting} demands of callers or operators hold, but could not be written to the database.",
                    "Free some space, or make the data directory writable. They are tried again every minute.",
                )
            )
        if not any(problem.name == "database" for problem in found):
            found += await self._slow_deletions()
        return (*found, *(problem for other in self._others for problem in other()))

    async def _slow_deletions(self) -> list[Problem]:
        now = self._installation.clock.monotonic()
        try:
            demanded = await self._installation.across.erasing()
        except Exception as error:
            log.error("deletions can't be looked up", exc_info=error)
            return [Problem("database", "The database can't be read.", "See the log, and the disk it is on.")]
        self._waiting = {call_id: self._waiting.get(call_id, now) for call_id in demanded}
        slow = sorted(call_id for call_id, since in self._waiting.items() if now - since > SLOW_S)
        if not slow:
            return []
        if slow != self._slow:
            log.error("recordings could not be erased yet", calls=slow)
        self._slow = slow
        return [
            Problem(
                "deletions",
                f"{len(slow)} recordings can't be read any more, but could not be erased.",
                "The log names them and says what failed. It is tried again every minute.",
            )
        ]


async def what_is_lost(installation: Installation) -> list[str]:
    """Reads every page of both databases, and compares rows with files and keys, before a service begins.

    Of organizations that were never recorded there is nothing to compare.

    Returns:
        What is lost, in sentences that say what to restore.

    Raises:
        StorageLost: A database is damaged.
    """
    for check in (installation.database.check, installation.key_database.check):
        try:
            await asyncio.to_thread(check, whole=True)
        except StorageLost:  # once more: a command may have been writing
            await asyncio.sleep(AGAIN_S)
            await asyncio.to_thread(check, whole=True)
    counts = Counter[Found]()
    for organization_id in dict.fromkeys((installation.first, *await installation.across.recorded())):
        workspace = await installation.opened(organization_id)
        found = await workspace.reconciliation.find(timedelta(days=await workspace.periods.days()))
        counts.update(difference.what for difference in found)
    return [LOST[what].format(counts[what]) for what in LOST if counts[what]]


def _failed(name: str, check: Callable[[], None]) -> Problem | None:
    try:
        check()
    except Op26xError as error:
        return Problem(name, error.message, error.remedy)
    except OSError as error:
        return Problem(name, f"It can't be looked at: {error.strerror}.", "Check the data directory and its disk.")
    return None


def _check_room(data: Path) -> None:
    free = shutil.disk_usage(data).free
    if free < LEAST_BYTES:
        raise WorkError(
            f"The disk of {data} has {free / 2**20:.0f} MiB free. When it is full, calls are refused.",
            "Free some space.",
        )
