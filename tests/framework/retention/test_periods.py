"""Periods: the shorter one counts, a preview is what then happens, and nothing is ever kept longer than promised."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from op26x.audit import Access
from op26x.calls import Arrival, Call, CallState, Workspace
from op26x.clock import ManualClock
from op26x.errors import KeyGone, UsageError
from op26x.ids import Ids
from op26x.retention import LONGEST_DAYS
from op26x.settings import Settings
from op26x.vault import KeyKind
from workspaces import close_workspace, open_workspace

Arrive = Callable[..., Arrival]
DAY = timedelta(days=1)


async def begin(workspace: Workspace, arrival: Arrive, sid: str, keep_days: int | None = None) -> Call:
    call = await workspace.calls.begin(arrival(provider_call_id=sid), "clinic", CallState.RINGING, keep_days)
    return await workspace.calls.move(call.id, CallState.COMPLETED)


async def test_the_default_is_thirty_days(workspace: Workspace, arrival: Arrive, clock: ManualClock) -> None:
    assert await workspace.periods.days() == 30
    assert (await begin(workspace, arrival, "CA1")).expires_at == clock.now() + 30 * DAY


@pytest.mark.parametrize(("agents", "kept"), [(None, 30), (7, 7), (30, 30), (90, 30)])
async def test_the_shorter_of_agents_and_organizations_counts(
    workspace: Workspace, arrival: Arrive, clock: ManualClock, agents: int | None, kept: int
) -> None:
    assert (await begin(workspace, arrival, "CA1", agents)).expires_at == clock.now() + kept * DAY


async def test_a_preview_is_exactly_what_then_happens(
    workspace: Workspace, arrival: Arrive, clock: ManualClock
) -> None:
    old = await begin(workspace, arrival, "CA1")
    clock.advance((10 * DAY).total_seconds())
    young, brief = await begin(workspace, arrival, "CA2"), await begin(workspace, arrival, "CA3", 2)
    preview = await workspace.periods.preview(5, workspace.kept)
    assert (preview.gone, preview.sooner, preview.kept) == (1, 2, 1)
    assert await workspace.periods.days() == 30
    assert await workspace.periods.change(5, workspace.kept, "owner") == preview
    deadlines = {call.id: call.expires_at for call in await workspace.calls.list()}
    assert deadlines[young.id] == young.created_at + 5 * DAY
    assert deadlines[brief.id] == brief.created_at + 2 * DAY
    assert (await workspace.sweep.run()).erased == (old.id,)
    assert (await begin(workspace, arrival, "CA4")).expires_at == clock.now() + 5 * DAY


async def test_a_longer_period_holds_for_what_comes(workspace: Workspace, arrival: Arrive, clock: ManualClock) -> None:
    before = await begin(workspace, arrival, "CA1")
    preview = await workspace.periods.change(365, workspace.kept, "owner")
    assert (preview.gone, preview.sooner, preview.kept) == (0, 0, 1)
    assert (await workspace.calls.get(before.id))[0].expires_at == before.expires_at
    assert (await begin(workspace, arrival, "CA2")).expires_at == clock.now() + 365 * DAY


async def test_going_back_to_a_longer_period_brings_nothing_back(
    workspace: Workspace, arrival: Arrive, clock: ManualClock
) -> None:
    call = await begin(workspace, arrival, "CA1")
    for days in (3, 30):
        await workspace.periods.change(days, workspace.kept, "owner")
    assert (await workspace.calls.get(call.id))[0].expires_at == call.created_at + 3 * DAY


async def test_what_was_erased_is_passed_over(workspace: Workspace, arrival: Arrive, clock: ManualClock) -> None:
    call = await begin(workspace, arrival, "CA1")
    await workspace.call_erasure.erase_all([call.id], Access("owner", "demanded"))
    assert (await workspace.periods.change(1, workspace.kept, "owner")).sooner == 0
    assert (await workspace.calls.get(call.id))[0].expires_at == call.expires_at


async def test_a_change_that_is_killed_on_the_way_is_finished_by_the_next_sweep(
    workspace: Workspace, arrival: Arrive, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("op26x.calls.keeping.BATCH", 2)
    calls = [await begin(workspace, arrival, f"CA{number}") for number in range(5)]
    real, left = workspace.keys.bring_forward, [2]

    async def killed(kind: KeyKind, ends: dict[str, datetime]) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        await real(kind, ends)

    monkeypatch.setattr(workspace.keys, "bring_forward", killed)
    with pytest.raises(KeyboardInterrupt):
        await workspace.periods.change(7, workspace.kept, "owner")
    monkeypatch.undo()
    ends = {call.expires_at - call.created_at for call in await workspace.calls.list()}
    assert ends == {7 * DAY, 30 * DAY}
    assert (await begin(workspace, arrival, "CA9")).expires_at == clock.now() + 7 * DAY
    assert await workspace.periods.hold(workspace.kept, clock.now()) == 1
    assert {call.expires_at - call.created_at for call in await workspace.calls.list()} == {7 * DAY}
    assert len(calls) == 5


async def test_a_change_that_can_not_be_noted_changes_nothing(
    workspace: Workspace, arrival: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await begin(workspace, arrival, "CA1")

    def fails(session: Session, days: int, now: datetime) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(workspace.kept, "preview", fails)
    with pytest.raises(OSError, match="disk"):
        await workspace.periods.change(1, workspace.kept, "owner")
    assert await workspace.periods.days() == 30
    assert await workspace.audit.of(workspace.organization_id) == []
    assert (await workspace.calls.get(call.id))[0].expires_at == call.expires_at


async def test_no_call_that_begins_while_the_period_is_set_keeps_the_old_one(
    workspace: Workspace, settings: Settings, arrival: Arrive, clock: ManualClock
) -> None:
    service = open_workspace(settings, clock, Ids(clock))
    begun = [0] * 4
    over = False

    async def line(number: int) -> None:
        while not over:
            sid = f"CA-{number}-{begun[number]}"
            await service.calls.begin(arrival(provider_call_id=sid), "clinic", CallState.RINGING)
            begun[number] += 1
            await asyncio.sleep(0.02)

    lines = [asyncio.create_task(line(number)) for number in range(len(begun))]
    for days in range(29, 21, -1):
        await workspace.periods.change(days, workspace.kept, "owner")
        so_far = list(begun)
        async with asyncio.timeout(10):  # until each call that was about to begin has begun, and another one
            while not all(now > then + 1 for now, then in zip(begun, so_far, strict=True)):
                await asyncio.sleep(0.001)
        kept = {call.expires_at - call.created_at for call in await service.calls.list(limit=5000)}
        assert kept == {days * DAY}
    over = True
    await asyncio.gather(*lines)
    close_workspace(service)


async def test_what_began_while_the_clock_was_ahead_is_kept_no_longer_than_the_period(
    workspace: Workspace, arrival: Arrive, clock: ManualClock
) -> None:
    before = await begin(workspace, arrival, "CA1")
    await workspace.keys.create(KeyKind.CALL, before.id, before.expires_at)
    clock.jump(days=40)
    ahead = await begin(workspace, arrival, "CA2")
    await workspace.keys.create(KeyKind.CALL, ahead.id, ahead.expires_at)
    clock.jump(days=-40)
    clock.advance(60)
    assert await workspace.periods.hold(workspace.kept, clock.now()) == 1
    assert await workspace.periods.hold(workspace.kept, clock.now()) == 0
    deadlines = {call.id: call.expires_at for call in await workspace.calls.list()}
    assert deadlines == {before.id: before.expires_at, ahead.id: clock.now() + 30 * DAY}
    clock.advance((30 * DAY).total_seconds())
    for call in (before, ahead):
        with pytest.raises(KeyGone):
            await workspace.keys.get(KeyKind.CALL, call.id)


@pytest.mark.parametrize("days", [0, -1, LONGEST_DAYS + 1])
async def test_an_impossible_period_is_refused_and_changes_nothing(workspace: Workspace, days: int) -> None:
    for act in (
        workspace.periods.preview(days, workspace.kept),
        workspace.periods.change(days, workspace.kept, "owner"),
    ):
        with pytest.raises(UsageError, match=str(days)) as caught:
            await act
        assert str(LONGEST_DAYS) in caught.value.remedy
    assert await workspace.periods.days() == 30
    assert await workspace.audit.of(workspace.organization_id) == []
