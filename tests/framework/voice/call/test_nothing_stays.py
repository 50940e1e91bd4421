"""A call that is over leaves nothing behind in memory: no object, no task, no descriptor."""

import asyncio
import gc
from collections import Counter
from itertools import pairwise
from pathlib import Path
from weakref import ref

import pytest
from loguru import logger as pipecat_logger

from op26x.testing.virtual_loop import happen
from virtual.call import Board, board
from virtual.rights import document

pytestmark = pytest.mark.journey

CALLS, ROUNDS = 50, 4
OF_A_CALL = ("op26x.", "pipecat.", "sqlalchemy.engine", "asyncio.", "_asyncio.")


async def short_call(board: Board, seconds: float) -> None:
    """One who agrees, speaks, and hangs up sooner or later."""
    line = await board.ring()
    line.at(1.0, lambda: line.press("1"))
    line.at(4.0, lambda: line.say("good morning"))
    line.at(seconds, line.hang_up)
    await line.over()
    board.events.clear()


def alive() -> Counter[str]:
    """How many objects there are of each class that belongs to calls."""
    gc.collect()
    kinds = (type(thing) for thing in gc.get_objects())
    return Counter(
        f"{kind.__module__}.{kind.__qualname__}" for kind in kinds if str(kind.__module__).startswith(OF_A_CALL)
    )


def test_hundreds_of_calls_leave_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording={"mode": "assent"}, **document()) as calls:
            rounds = []
            for _ in range(ROUNDS):
                for number in range(CALLS):
                    await short_call(calls, 0.3 + number % 10)
                rounds.append((alive(), len(asyncio.all_tasks()), len(list(Path("/proc/self/fd").iterdir()))))
            # The first round fills what is kept once and for all.
            for (before, tasks, files), (after, tasks_now, files_now) in pairwise(rounds[1:]):
                assert {kind: count for kind, count in (after - before).items() if count > 2} == {}
                assert (tasks_now, files_now) == (tasks, files)

    pipecat_logger.disable("pipecat")
    try:
        happen(story)
    finally:
        pipecat_logger.enable("pipecat")


def test_a_call_is_gone_as_soon_as_it_is_over(tmp_path: Path) -> None:
    """None of its watches still runs: they would keep it for as long as they wait."""

    async def story() -> None:
        async with board(tmp_path, limits={"duration_s": 3600, "silence_s": 3600, "reply_s": 3600}) as calls:
            sessions = []
            for tenths in range(1, 60, 3):
                line = await calls.ring()
                assert line.session is not None
                sessions.append(ref(line.session))
                line.at(tenths / 10, line.hang_up)
                await line.over()
                line.session = None
            del line
            gc.collect()
            assert [session() for session in sessions if session() is not None] == []

    happen(story)


def test_whoever_hangs_up_while_the_pipeline_is_begun_or_ended_leaves_no_task(tmp_path: Path) -> None:
    """Pipecat takes some turns of the loop to begin and to wind up; no moment among them is a bad one."""

    async def story() -> None:
        async with board(tmp_path) as calls:
            before = len(asyncio.all_tasks())
            for turns in range(120):
                line = await calls.ring()
                for _ in range(turns):
                    await asyncio.sleep(0)
                await line.hang_up()
                await line.over()
                assert len(asyncio.all_tasks()) == before, turns

    happen(story)
