"""Jobs on DBOS (https://docs.dbos.dev/python), which keeps their progress in a database of its own.

Inputs and results of DBOS are stored in clear: nothing but identifiers passes through here. DBOS has one instance per
process, and so has this module. Its asynchronous methods replace the default executor of the loop that calls them: ours
calls the others, on threads.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dbos import DBOS, DBOSConfig, ScheduleInput, SetWorkflowID, WorkflowHandle

from op26x.errors import WorkError

POLL_S = 30.0
CLOSE_S = 0.1
"""How long closing may take: a thread of DBOS's that waits for messages, which nobody sends here, sleeps so long."""
KEEP = timedelta(days=1)
ENDED = ["SUCCESS", "ERROR", "CANCELLED"]
MOST = 5000
HOURLY = "17 * * * *"
VERSION = "1"
"""Fixed, so that a newer release goes on with what an older one left; each step may be repeated."""


@dataclass(frozen=True)
class Job:
    """Something to be done to each of a list of records.

    Attributes:
        name: Names it in the database.
        cron: When, in UTC: ``* * * * *`` is every minute.
        find: Identifiers of the records it is to be done to now.
        do: Does it to one. It may be repeated, and does not raise for what the next run can mend.
    """

    name: str
    cron: str
    find: Callable[[], Awaitable[Sequence[str]]]
    do: Callable[[str], Awaitable[None]]


_jobs: dict[str, Job] = {}


async def _find(name: str) -> list[str]:
    return list(await _jobs[name].find())


async def _do(name: str, record_id: str) -> None:
    await _jobs[name].do(record_id)


@DBOS.workflow(name="op26x-job")
async def _run(_scheduled: datetime, name: str) -> None:
    """Each record is a step: what was done is not done again after a crash."""
    for record_id in await DBOS.run_step_async({"name": "find"}, _find, name):
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
        file: The database of their progress.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    async def open(self, jobs: Sequence[Job]) -> None:
        """Begins to run jobs, and goes on with those that a killed process left.

        Raises:
            WorkError: Another one is open in this process.
        """
        if _jobs:
            raise WorkError("Durable work is open in this process already.", "Close the other one first.")
        _jobs.update({job.name: job for job in jobs})
        await asyncio.to_thread(self._launch, jobs)

    async def run(self, name: str, run_id: str) -> None:
        """Runs a job now and waits for it; the same ``run_id`` runs once."""
        await asyncio.to_thread(self._run_now, name, run_id)

    async def close(self) -> None:
        """Stops; what is under way goes on when it is opened again."""
        await asyncio.to_thread(DBOS.destroy)
        _jobs.clear()

    @staticmethod
    def _run_now(name: str, run_id: str) -> None:
        with SetWorkflowID(run_id):
            handle: WorkflowHandle[None] = DBOS.start_workflow(_run, datetime.now(UTC), name)  # type: ignore[arg-type]
            handle.get_result()

    def _launch(self, jobs: Sequence[Job]) -> None:
        self._file.touch(mode=0o600)
        config: DBOSConfig = {
            "name": "op26x",
            "system_database_url": f"sqlite:///{self._file}",
            "application_version": VERSION,
            "executor_id": "op26x",
            "log_level": "ERROR",
            "scheduler_polling_interval_sec": POLL_S,
            "notification_listener_polling_interval_sec": CLOSE_S,
        }
        DBOS(config=config)
        DBOS.launch()
        runs: list[ScheduleInput] = [
            {"schedule_name": job.name, "workflow_fn": _run, "schedule": job.cron, "context": job.name} for job in jobs
        ]
        tidy: ScheduleInput = {"schedule_name": "tidy", "workflow_fn": _tidy, "schedule": HOURLY, "context": ""}
        DBOS.apply_schedules([*runs, tidy])
