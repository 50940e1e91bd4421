"""Jobs on DBOS (https://docs.dbos.dev/python), which keeps their progress in a database of its own.

Inputs and results of DBOS are stored in clear: nothing but identifiers passes through here. DBOS has one instance per
process, and so has this module. Its asynchronous methods replace the default executor of the loop that calls them: ours
calls the others, on threads.

When a job runs is not left to DBOS, whose schedules go by the wall clock: set ahead, they catch up minute by minute,
and set back, they sleep until it is that late again. Here a job runs at once, and then at intervals of a clock that
nobody can set.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowHandle

from op26x import logs
from op26x.clock import Clock
from op26x.errors import WorkError
from op26x.ids import Ids
from op26x.own_thread import OwnThread
from op26x.storage.places import Place, PostgresSchema

log = logs.get("work")

LAST_S = 20.0
"""How long the record that is under way may take when it is closed."""
LONGEST_S = 600.0
"""A run that takes longer is told of."""
NEARLY_S = 0.001
"""What is left of a wait and is less is none: a clock that stands while nothing happens would never pass it."""
LOOK_S = 15.0
"""How late a job may be after the machine slept: the loop's clock does not count that."""
SCHEDULES_S = 3600.0
"""How often DBOS looks for schedules of its own, of which there are none."""
CLOSE_S = 0.1
"""How long closing may take: a thread of DBOS's that waits for messages, which nobody sends here, sleeps so long."""
KEEP = timedelta(days=1)
ENDED = ["SUCCESS", "ERROR", "CANCELLED"]
MOST = 5000
TIDY, HOUR_S = "tidy", 3600.0
VERSION = "1"
"""Fixed, so that a newer release goes on with what an older one left; each step may be repeated."""


@dataclass(frozen=True)
class Job:
    """Something to be done to each of a list of records.

    Attributes:
        name: Names it in the database.
        every_s: Seconds from the beginning of one run to that of the next, which does not begin before the first is
            over; ``None`` if it only runs when it is told to.
        find: Identifiers of the records it is to be done to now.
        do: Does it to one. It may be repeated, and does not raise for what the next run can mend.
    """

    name: str
    every_s: float | None
    find: Callable[[], Awaitable[Sequence[str]]]
    do: Callable[[str], Awaitable[None]]


_jobs: dict[str, Job] = {}
_alone: dict[str, asyncio.Lock] = {}
_closing = threading.Event()


async def _find(name: str) -> list[str]:
    return list(await _jobs[name].find())


async def _do(name: str, record_id: str) -> None:
    await _jobs[name].do(record_id)


@DBOS.workflow(name="op26x-job")
async def _run(_scheduled: datetime, name: str) -> None:
    """Each record is a step: what was done is not done again after a crash. No two runs of a job overlap."""
    async with _alone[name]:
        for record_id in await DBOS.run_step_async({"name": "find"}, _find, name):
            if _closing.is_set():
                return
            await DBOS.run_step_async({"name": "do"}, _do, name, record_id)


@DBOS.workflow(name="op26x-tidy")
def _tidy(scheduled: datetime, _context: str) -> None:
    """Forgets runs that ended a day ago; DBOS itself keeps them for ever."""
    before = (scheduled - KEEP).isoformat()
    over = DBOS.list_workflows(status=ENDED, end_time=before, limit=MOST, load_input=False, load_output=False)
    DBOS.delete_workflows([run.workflow_id for run in over])


class DurableWork:
    """Runs jobs for as long as it is open.

    Args:
        place: The database of their progress: a file, or a schema.
        clock: Its uptime tells when the next run is due.
        ids: Names runs.
        leads: Whether this process runs the jobs, of all that work on the same records; it alone does if left out.
    """

    def __init__(
        self, place: Place, clock: Clock, ids: Ids, leads: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        self._place = place
        self._clock = clock
        self._ids = ids
        self._leads = leads
        self._has_led = False
        # A file has one process, which goes on with what it left; on a server, each start is one of its own.
        self._executor = f"op26x-{ids.new()}" if isinstance(place, PostgresSchema) else "op26x"
        self._ticking: list[asyncio.Task[None]] = []
        self._over = asyncio.Event()
        self._failed: dict[str, str] = {}
        self._begun: dict[str, float] = {}

    async def open(self, jobs: Sequence[Job]) -> None:
        """Goes on with the runs that a killed process left in a file, and runs each job now and at its interval.

        Raises:
            WorkError: Another one is open in this process.
        """
        if _jobs:
            raise WorkError("Durable work is open in this process already.", "Close the other one first.")
        _jobs.update({job.name: job for job in jobs})
        _alone.update({job.name: asyncio.Lock() for job in jobs})
        await asyncio.to_thread(self._launch)
        self._tick(TIDY, HOUR_S, lambda run_id: self._started(run_id, _tidy, ""))
        for job in jobs:
            if job.every_s is not None:
                self._tick(job.name, job.every_s, partial(self.run, job.name))

    @property
    def closing(self) -> bool:
        """Whether what takes long should stop where it can go on later."""
        return _closing.is_set()

    async def run(self, name: str, run_id: str) -> None:
        """Runs a job now and waits for it; the same ``run_id`` runs once."""
        await self._started(run_id, _run, name)

    def problems(self) -> list[str]:
        """The jobs whose last run failed or does not end, and what to do about it."""
        now = self._clock.uptime()
        return [
            f"The job {name} failed when it last ran, with {error}. See the log; it is tried again at its next time."
            for name, error in self._failed.items()
        ] + [
            f"The job {name} has been running for {now - begun:.0f} s, and does not run again before it is over. See "
            "whether the disk and the blob store answer, and start the service again."
            for name, begun in self._begun.items()
            if now - begun > LONGEST_S
        ]

    async def close(self) -> None:
        """Stops after the record that is under way; the next run finds those that are left."""
        _closing.set()
        self._over.set()
        _, late = await asyncio.wait(self._ticking, timeout=LAST_S)
        for task in late:
            task.cancel()
        await asyncio.to_thread(DBOS.destroy)
        _jobs.clear()
        _alone.clear()
        _closing.clear()

    def _tick(self, name: str, every_s: float, run: Callable[[str], Awaitable[None]]) -> None:
        async def tick() -> None:
            due = self._clock.uptime()
            while not self._over.is_set():
                left = due - self._clock.uptime()
                if left > NEARLY_S:
                    await self._wait(min(left, LOOK_S))
                    continue
                try:
                    if await self._may_run():
                        self._begun[name] = self._clock.uptime()
                        due = self._begun[name] + every_s
                        await run(f"{name}-{self._ids.new()}")
                    else:
                        due = self._clock.uptime() + LOOK_S
                    self._failed.pop(name, None)  # of who does not run jobs, nothing is wrong with them
                except Exception as error:
                    self._failed[name] = type(error).__name__
                    due = max(due, self._clock.uptime() + LOOK_S)
                    log.error("a job failed", job=name, exc_info=error)
                self._begun.pop(name, None)

        self._ticking.append(asyncio.create_task(tick()))

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)

    async def _may_run(self) -> bool:
        """Whether this process runs jobs; when it begins to, it takes back what the one before it had begun."""
        if self._leads is None:
            return True
        leads = await self._leads()
        if leads and not self._has_led:
            await asyncio.to_thread(self._take_over)
        self._has_led = leads
        return leads

    def _take_over(self) -> None:
        left = DBOS.list_workflows(status=["PENDING", "ENQUEUED"], load_input=False, load_output=False)
        if gone := [run.workflow_id for run in left if run.executor_id != self._executor]:
            DBOS.cancel_workflows(gone)

    @staticmethod
    async def _started(run_id: str, workflow: Callable[..., object], name: str) -> None:
        def start() -> None:
            with SetWorkflowID(run_id):
                handle: WorkflowHandle[object] = DBOS.start_workflow(workflow, datetime.now(UTC), name)
            handle.get_result()

        await _on_a_thread_of_its_own(start)

    def _launch(self) -> None:
        config: DBOSConfig = {
            "name": "op26x",
            **self._database(),
            "application_version": VERSION,
            "executor_id": self._executor,
            "log_level": "ERROR",
            "scheduler_polling_interval_sec": SCHEDULES_S,
            "notification_listener_polling_interval_sec": CLOSE_S,
        }
        DBOS(config=config)
        DBOS.launch()
        logs.take_over("dbos")
        for left in DBOS.list_schedules():  # by releases that left it to DBOS when a job runs
            DBOS.delete_schedule(left["schedule_name"])

    def _database(self) -> DBOSConfig:
        """Where DBOS keeps progress."""
        if not isinstance(self._place, PostgresSchema):
            self._place.touch(mode=0o600)
            return {"system_database_url": f"sqlite:///{self._place}"}
        owner, own = (url.set(drivername="postgresql") for url in (self._place.owner, self._place.url))
        role = None if owner == own else own.username
        DBOS.migrate(owner.render_as_string(hide_password=False), schema=self._place.name, application_role=role)
        return {
            "system_database_url": own.render_as_string(hide_password=False),
            "dbos_system_schema": self._place.name,
            "run_migrations": False,
        }


async def _on_a_thread_of_its_own(work: Callable[[], None]) -> None:
    """Waits for work on a thread that holds up nobody's end: a run that DBOS has given up never answers."""
    await asyncio.get_running_loop().run_in_executor(OwnThread("op26x-work"), work)
