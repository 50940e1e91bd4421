"""Durable work: each record once, in spite of a kill, and nothing but identifiers in its database."""

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import sys
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dbos import DBOS

from laws.house import Scene
from op26x.clock import Clock, ManualClock, SystemClock
from op26x.errors import WorkError
from op26x.ids import Ids
from op26x.work import DurableWork, Job
from op26x.work import durable as module

NEVER = None
OFTEN_S = 0.05
LIMIT_S = 20.0
IDS = ["01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB", "01CCCCCCCCCCCCCCCCCCCCCCCC"]
WORDS = "my name is mary brown"

PROCESS = """
import asyncio, os, signal, sys
from pathlib import Path
from op26x.clock import SystemClock
from op26x.ids import Ids
from op26x.work import DurableWork, Job

folder, stop_at = Path(sys.argv[1]), sys.argv[2]
IDS = {ids}

def note(line):
    with (folder / "done").open("a") as file:
        print(line, file=file, flush=True)

async def find():
    note("found")
    return IDS

async def do(record_id):
    if record_id == stop_at:
        note("killed at " + record_id)
        os.kill(os.getpid(), signal.SIGKILL)
    note(record_id)

async def main():
    work = DurableWork(folder / "work.db", SystemClock(), Ids(SystemClock()))
    await work.open([Job("tested", {every_s}, find, do)])
    await work.run("tested", "run-1")
    await work.close()

asyncio.run(main())
"""


class Desk:
    """Finds records, and notes what is done to them."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = ids
        self.done: list[str] = []

    async def find(self) -> Sequence[str]:
        return self.ids

    async def do(self, record_id: str) -> None:
        self.done.append(record_id)


def durable(file: Path, clock: Clock | None = None) -> DurableWork:
    """Durable work by the machine's time, or another."""
    clock = clock or SystemClock()
    return DurableWork(file, clock, Ids(clock))


async def until(reached: Callable[[], bool]) -> None:
    """Waits for what happens on DBOS's threads, and no longer than the limit."""
    async with asyncio.timeout(LIMIT_S):
        while not reached():
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def opened(file: Path, *jobs: Job) -> AsyncIterator[DurableWork]:
    """Durable work, for as long as the block lasts."""
    work = durable(file)
    await work.open(jobs)
    try:
        yield work
    finally:
        await work.close()


def stored(file: Path) -> bytes:
    """Every value of every table, as it is and decoded: DBOS stores results in base64."""
    connection = sqlite3.connect(file)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    values = [value for table in tables for row in connection.execute(f"SELECT * FROM {table}") for value in row]
    connection.close()
    texts = [str(value).encode() for value in values]
    for text in list(texts):
        with contextlib.suppress(ValueError):
            texts.append(b64decode(text, validate=True))
    return b"|".join(texts)


async def test_a_job_is_done_to_each_record_in_order_and_a_run_runs_once(tmp_path: Path) -> None:
    desk = Desk(IDS)
    async with opened(tmp_path / "work.db", Job("tested", NEVER, desk.find, desk.do)) as work:
        await work.run("tested", "run-1")
        await work.run("tested", "run-1")
        assert desk.done == IDS
        await work.run("tested", "run-2")
    assert desk.done == IDS * 2
    assert (tmp_path / "work.db").stat().st_mode & 0o777 == 0o600


async def test_two_in_one_process_are_refused_and_one_after_the_other_is_not(tmp_path: Path) -> None:
    desk = Desk([])
    job = Job("tested", NEVER, desk.find, desk.do)
    async with opened(tmp_path / "work.db", job):
        with pytest.raises(WorkError) as caught:
            await durable(tmp_path / "other.db").open([job])
        assert caught.value.remedy
    async with opened(tmp_path / "other.db", job) as work:
        await work.run("tested", "run-1")


async def test_after_a_kill_it_goes_on_and_repeats_no_finished_step(tmp_path: Path) -> None:
    program = PROCESS.format(ids=IDS, every_s=NEVER)

    def run(stop_at: str) -> int:
        command = [sys.executable, "-c", program, str(tmp_path), stop_at]
        return subprocess.run(command, cwd=tmp_path, timeout=90, check=False, capture_output=True).returncode

    assert run(IDS[1]) == -signal.SIGKILL
    assert (tmp_path / "done").read_text().split("\n")[:-1] == ["found", IDS[0], f"killed at {IDS[1]}"]
    assert run("") == 0
    assert (tmp_path / "done").read_text().split("\n")[3:-1] == IDS[1:]


async def test_a_job_runs_when_opened_and_then_at_its_interval(tmp_path: Path) -> None:
    desk = Desk(["A"])
    async with opened(tmp_path / "work.db", Job("tested", OFTEN_S, desk.find, desk.do)):
        await until(lambda: len(desk.done) >= 3)
    done = len(desk.done)
    await asyncio.sleep(OFTEN_S * 3)
    assert len(desk.done) == done, "none begins after it was closed"


@pytest.mark.parametrize("days", [40, -40])
async def test_a_clock_that_is_set_neither_hurries_nor_delays_a_job(
    tmp_path: Path, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    clock, desk = ManualClock(), Desk(["A"])
    work = durable(tmp_path / "work.db", clock)
    await work.open([Job("tested", 60.0, desk.find, desk.do)])
    await until(lambda: len(desk.done) == 1)
    clock.jump(days=days)
    clock.advance(59)
    await asyncio.sleep(0.1)
    assert len(desk.done) == 1
    clock.advance(1)
    await until(lambda: len(desk.done) == 2)
    await work.close()


async def test_what_an_older_releases_schedule_took_for_done_holds_nothing_up(tmp_path: Path) -> None:
    file, before, desk = tmp_path / "work.db", Desk([]), Desk(["A"])
    now = datetime.now(UTC).replace(microsecond=0)
    async with opened(file, Job("tested", NEVER, before.find, before.do)) as work:
        await asyncio.to_thread(
            DBOS.apply_schedules,
            [{"schedule_name": "tested", "workflow_fn": module._run, "schedule": "* * * * * *", "context": "tested"}],
        )
        for second in range(10):  # as the clock ahead had it catch up
            await work.run("tested", f"sched-tested-{(now + timedelta(seconds=second)).isoformat()}")
    async with opened(file, Job("tested", OFTEN_S, desk.find, desk.do)):
        await until(lambda: len(desk.done) >= 2)
        assert await asyncio.to_thread(DBOS.list_schedules) == []


async def test_no_two_runs_of_a_job_overlap(tmp_path: Path) -> None:
    under_way, most = 0, 0

    async def do(_record_id: str) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1

    desk = Desk(["A", "B"])
    async with opened(tmp_path / "work.db", Job("tested", OFTEN_S, desk.find, do)) as work:
        await asyncio.gather(*(work.run("tested", f"run-{number}") for number in range(4)))
    assert most == 1


async def test_a_run_that_fails_is_told_of_and_the_next_comes_all_the_same(tmp_path: Path) -> None:
    desk, broken = Desk(["A"]), True

    async def find() -> Sequence[str]:
        if broken:
            raise OSError("the disk is gone")
        return await desk.find()

    async with opened(tmp_path / "work.db", Job("tested", OFTEN_S, find, desk.do)) as work:
        await until(lambda: bool(work.problems()))
        (problem,) = work.problems()
        assert "The job tested failed" in problem
        assert "OSError" in problem
        broken = False
        await until(lambda: bool(desk.done) and not work.problems())


async def test_closing_waits_for_the_record_under_way_and_leaves_the_others(tmp_path: Path) -> None:
    begun, desk = asyncio.Event(), Desk(IDS)
    loop = asyncio.get_running_loop()

    async def slow(record_id: str) -> None:
        loop.call_soon_threadsafe(begun.set)
        await asyncio.sleep(0.2)
        await desk.do(record_id)

    async with opened(tmp_path / "work.db", Job("tested", 3600.0, desk.find, slow)):
        await begun.wait()
    assert desk.done == IDS[:1]
    async with opened(tmp_path / "work.db", Job("tested", 3600.0, desk.find, desk.do)):
        await until(lambda: desk.done == IDS[:1] + IDS)


async def test_a_record_that_takes_for_ever_does_not_keep_it_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST_S", 0.1)
    begun, desk, clock = asyncio.Event(), Desk(IDS), ManualClock()
    loop = asyncio.get_running_loop()

    async def stuck(_record_id: str) -> None:
        loop.call_soon_threadsafe(begun.set)
        await asyncio.Event().wait()

    async with asyncio.timeout(LIMIT_S):
        work = durable(tmp_path / "work.db", clock)
        await work.open([Job("tested", 3600.0, desk.find, stuck)])
        await begun.wait()
        assert work.problems() == []
        clock.advance(601)
        assert any("The job tested has been running for 601 s" in problem for problem in work.problems())
        await work.close()
        async with opened(tmp_path / "work.db", Job("tested", 3600.0, desk.find, desk.do)):
            await until(lambda: desk.done == IDS)


async def test_the_sweep_as_a_job_erases_and_leaves_identifiers_only(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    await stage.record(bytes(8000), words=WORDS)
    stage.later(days=31)

    async def due() -> list[str]:
        return [stage.workspace.organization_id] if await stage.workspace.sweep.is_due(stage.clock.now()) else []

    async def erase(organization_id: str) -> None:
        assert [gone async for gone in stage.workspace.sweep.erasing(stage.clock.now())] == [([stage.call.id], ())]

    file = tmp_path / "data" / "work.db"
    async with opened(file, Job("retention-sweep", NEVER, due, erase)) as work:
        await work.run("retention-sweep", "run-1")
    assert (await stage.workspace.recordings.get(stage.call.id)).state == "erased"
    content = stored(file)
    assert stage.workspace.organization_id.encode() in content
    for personal in (*WORDS.split()[3:], "2125550123", stage.call.caller_index):
        assert personal.encode() not in content
    stage.close()
