"""The trusted time: shared by all processes, kept over restarts, and a jump is told of with what to do about it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from op26x.calls import Arrival, CallState, Workspace
from op26x.clock import ManualClock
from op26x.errors import KeyGone
from op26x.ids import Ids
from op26x.retention.trusted_time import MOST_BOOTS, ClockReading
from op26x.settings import Settings
from workspaces import close_workspace, open_workspace

Arrive = Callable[..., Arrival]
AHEAD = timedelta(days=40)


def opened(settings: Settings, clock: ManualClock) -> Workspace:
    """As another process has it."""
    return open_workspace(settings, clock, Ids(clock))


async def test_a_jump_is_logged_once_and_told_until_it_is_over(workspace: Workspace, clock: ManualClock) -> None:
    await workspace.time.erasable()
    assert workspace.time.problems() == []
    clock.jump(days=40)
    with capture_logs() as logs:
        for _ in range(3):
            clock.advance(60)
            assert await workspace.time.erasable() == clock.now() - AHEAD
    (entry,) = [line for line in logs if line["log_level"] == "error"]
    assert (entry["event"], entry["ahead_s"]) == ("the clock jumped", 40 * 86_400)
    (problem,) = workspace.time.problems()
    assert "40 days, 0:00:00 ahead" in problem
    assert "until 2026-02-14 10:01" in problem
    assert "op26x retention sweep --trust-clock" in problem
    clock.jump(days=-40)
    assert await workspace.time.erasable() == clock.now()
    assert workspace.time.problems() == []


async def test_a_clock_that_was_set_back_is_told_of(workspace: Workspace, clock: ManualClock) -> None:
    await workspace.time.erasable()
    clock.jump(hours=-5)
    assert await workspace.time.erasable() == clock.now()
    (problem,) = workspace.time.problems()
    assert "5:00:00 behind" in problem
    assert "--trust-clock" in problem


async def test_a_look_writes_nothing(workspace: Workspace, clock: ManualClock) -> None:
    assert await workspace.time.erasable(note=False) == clock.now()
    with workspace.database.session() as session:
        assert session.exec(select(ClockReading)).all() == []


@pytest.mark.parametrize("machine", ["manual", "started again"])
async def test_a_jump_across_a_restart_is_seen(
    workspace: Workspace, settings: Settings, clock: ManualClock, machine: str
) -> None:
    await workspace.time.erasable()
    last = clock.now()
    clock.advance(60)
    clock.jump(days=40)
    clock.machine = machine
    again = opened(settings, clock)
    passed = timedelta(seconds=60 if machine == "manual" else 0)
    assert await again.time.erasable() == last + passed
    assert again.time.problems()
    clock.advance(3600)
    assert await again.time.erasable() == clock.now()
    close_workspace(again)


async def test_a_restart_after_a_small_jump_is_seen_within_one_run_of_the_machine(
    workspace: Workspace, settings: Settings, clock: ManualClock
) -> None:
    await workspace.time.erasable()
    clock.jump(hours=2)
    again = opened(settings, clock)
    assert await again.time.erasable() == clock.now() - timedelta(hours=2)
    close_workspace(again)


async def test_what_an_operator_confirms_in_one_process_holds_in_the_other(
    workspace: Workspace, settings: Settings, clock: ManualClock
) -> None:
    await workspace.time.erasable()
    clock.jump(days=40)
    await workspace.time.erasable()
    elsewhere = ManualClock(clock.at, clock.elapsed, "another")  # where processes can't tell that they share a machine
    for other in (clock, elsewhere):
        command = opened(settings, other)
        assert await command.time.confirm("command-line") == (AHEAD if other is clock else timedelta(0))
        close_workspace(command)
    clock.advance(60)
    assert await workspace.time.erasable() == clock.now()
    assert workspace.time.problems() == []
    (entry,) = await workspace.audit.of(workspace.organization_id)
    assert (entry.who, entry.what, entry.why) == ("command-line", "clock.trusted", "ahead by 3456000 s")


async def test_a_word_on_a_machine_that_knows_no_doubt_is_for_those_that_do(
    workspace: Workspace, settings: Settings, clock: ManualClock
) -> None:
    await workspace.time.erasable()
    clock.jump(days=40)
    await workspace.time.erasable()
    elsewhere = ManualClock(clock.at, clock.elapsed, "another")
    command = opened(settings, elsewhere)
    assert await command.time.confirm("command-line") == AHEAD
    close_workspace(command)
    clock.advance(60)
    assert await workspace.time.erasable() == clock.now()


async def test_what_is_over_stays_over_when_the_clock_is_set_back(
    workspace: Workspace, settings: Settings, clock: ManualClock, arrival: Arrive
) -> None:
    call = await workspace.calls.begin(arrival(), "clinic", CallState.RINGING)
    await workspace.time.erasable()
    clock.advance(timedelta(days=30).total_seconds())
    await workspace.time.erasable()
    clock.jump(days=-10)
    again = opened(settings, clock)
    for process in (workspace, again):
        with pytest.raises(KeyGone):
            await process.calls.numbers(call.id, None)  # type: ignore[arg-type]
    close_workspace(again)


async def test_few_runs_of_machines_are_remembered_the_newest_and_its_own(
    workspace: Workspace, settings: Settings, clock: ManualClock
) -> None:
    for number in range(MOST_BOOTS + 3):
        clock.machine = f"boot {number}"
        clock.advance(60)
        await workspace.time.erasable()
    with workspace.database.of_everybody().session() as session:
        boots = {row.boot for row in session.exec(select(ClockReading)).all()}
    assert boots == {f"boot {number}" for number in range(3, MOST_BOOTS + 3)}


async def test_a_run_that_took_it_for_later_is_forgotten_once_it_is_clear_that_it_was_not(
    workspace: Workspace, clock: ManualClock
) -> None:
    clock.jump(days=40)
    await workspace.time.erasable()
    clock.jump(days=-40)
    clock.machine = "started again"
    await workspace.time.erasable()
    assert workspace.time.problems()
    clock.advance(3600)
    await workspace.time.erasable()
    clock.machine = "and again"
    await workspace.time.erasable()
    assert workspace.time.problems() == []
