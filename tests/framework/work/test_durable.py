"""Durable work: each record once, in spite of a kill, and nothing but identifiers in its database."""

import contextlib
import signal
import sqlite3
import subprocess
import sys
from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from laws.house import Scene
from op26x.errors import WorkError
from op26x.work import DurableWork, Job

NEVER = "0 0 31 12 *"
IDS = ["01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB", "01CCCCCCCCCCCCCCCCCCCCCCCC"]
WORDS = "my name is mary brown"

PROCESS = """
import asyncio, os, signal, sys
from pathlib import Path
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
    work = DurableWork(folder / "work.db")
    await work.open([Job("tested", "{cron}", find, do)])
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


@contextlib.asynccontextmanager
async def opened(file: Path, *jobs: Job) -> AsyncIterator[DurableWork]:
    """Durable work, for as long as the block lasts."""
    work = DurableWork(file)
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
            await DurableWork(tmp_path / "other.db").open([job])
        assert caught.value.remedy
    async with opened(tmp_path / "other.db", job) as work:
        await work.run("tested", "run-1")


async def test_after_a_kill_it_goes_on_and_repeats_no_finished_step(tmp_path: Path) -> None:
    program = PROCESS.format(ids=IDS, cron=NEVER)

    def run(stop_at: str) -> int:
        command = [sys.executable, "-c", program, str(tmp_path), stop_at]
        return subprocess.run(command, cwd=tmp_path, timeout=90, check=False, capture_output=True).returncode

    assert run(IDS[1]) == -signal.SIGKILL
    assert (tmp_path / "done").read_text().split("\n")[:-1] == ["found", IDS[0], f"killed at {IDS[1]}"]
    assert run("") == 0
    assert (tmp_path / "done").read_text().split("\n")[3:-1] == IDS[1:]


async def test_the_sweep_as_a_job_erases_and_leaves_identifiers_only(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    await stage.record(bytes(8000), words=WORDS)
    stage.later(days=31)

    async def erase(call_id: str) -> None:
        await stage.workspace.sweep.one(call_id)

    file = tmp_path / "data" / "work.db"
    async with opened(file, Job("retention-sweep", NEVER, stage.workspace.sweep.expired, erase)) as work:
        await work.run("retention-sweep", "run-1")
    assert (await stage.workspace.recordings.get(stage.call.id)).state == "erased"
    content = stored(file)
    assert stage.call.id.encode() in content
    for personal in (*WORDS.split()[2:], "5550100123", stage.call.caller_index):
        assert personal.encode() not in content
    stage.close()
