"""Calls that wait: sealed with a key of their own, taken by one at a time, nothing personal once settled."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from op26x.audit import Access
from op26x.calls import Installation, NewCall, ScheduledCall, ScheduleState, Workspace
from op26x.calls.scheduled import PLACING
from op26x.clock import ManualClock
from op26x.errors import IllegalTransition, KeyGone, NotFound
from op26x.types import PhoneNumber
from op26x.vault import KeyKind

NUMBER = PhoneNumber("+12125550123")
WHO = Access("test", "a callback")
WEEK = timedelta(days=7)
Order = Callable[..., Awaitable[ScheduledCall]]


@pytest.fixture
def order(workspace: Workspace, clock: ManualClock) -> Order:
    """Notes a call that is to be placed now, unless another time is said."""

    async def add(not_before: datetime | None = None, **new: Any) -> ScheduledCall:
        first = not_before or clock.now()
        wanted = NewCall(NUMBER, "clinic", **new)
        return await workspace.scheduled.add(wanted, WHO, not_before=first, until=first + WEEK)

    return add


async def settled(workspace: Workspace, row: ScheduledCall, state: ScheduleState, **more: str) -> ScheduledCall:
    """One that was ended."""
    return await workspace.scheduled.settle(row.id, state, WHO, **more)


async def test_what_was_ordered_comes_back_as_it_was(workspace: Workspace, order: Order) -> None:
    row = await order(places=("US-CA", "DE"), provider="carrier")
    assert await workspace.scheduled.opened(row) == NewCall(NUMBER, "clinic", "carrier", ("US-CA", "DE"))
    assert (row.state, row.called) == ("waiting", "…23")


async def test_the_number_stands_nowhere_in_clear(workspace: Workspace, order: Order) -> None:
    row = await order()
    assert NUMBER.reveal() not in repr(row.model_dump())
    data = workspace.settings.core.data
    await workspace.database.checkpoint()
    for file in filter(lambda path: path.is_file(), data.rglob("*")):
        assert NUMBER.reveal().encode() not in file.read_bytes(), file


async def test_only_one_of_many_takes_it(workspace: Workspace, order: Order) -> None:
    row = await order()
    taken = await asyncio.gather(*(workspace.scheduled.claim(row.id) for _ in range(8)))
    assert [one.id for one in taken if one] == [row.id]


@pytest.mark.parametrize("state", [one for one in ScheduleState if one not in ("waiting", "placing")])
async def test_once_settled_nothing_personal_is_left(workspace: Workspace, order: Order, state: ScheduleState) -> None:
    row = await order(places=("US-CA",))
    if state is not ScheduleState.CANCELED:
        await workspace.scheduled.claim(row.id)
    found = await settled(workspace, row, state, reason="why")
    assert (found.state, found.reason, found.called, found.places) == (state, "why", "", "")
    assert (found.called_index, found.called_number) == ("", None)
    assert await workspace.keys.all(KeyKind.SCHEDULED_CALL) == {}
    with pytest.raises(KeyGone):
        await workspace.scheduled.opened(row)
    assert await workspace.scheduled.claim(row.id) is None
    with pytest.raises(IllegalTransition, match=f"is {state} already"):
        await settled(workspace, row, ScheduleState.PLACED)


async def test_what_is_being_placed_is_not_called_off(workspace: Workspace, order: Order) -> None:
    row = await order()
    await workspace.scheduled.claim(row.id)
    with pytest.raises(IllegalTransition, match="being placed"):
        await settled(workspace, row, ScheduleState.CANCELED)
    await workspace.scheduled.put_off(row.id, row.not_before, "outside calling hours")
    assert (await settled(workspace, row, ScheduleState.CANCELED)).state == "canceled"


async def test_what_nobody_took_is_not_put_off(workspace: Workspace, order: Order) -> None:
    row = await order()
    assert await workspace.scheduled.put_off(row.id, row.not_before + WEEK, "") is None
    assert (await workspace.scheduled.get(row.id)).not_before == row.not_before


async def test_the_number_can_not_be_read_once_its_time_is_over(
    workspace: Workspace, clock: ManualClock, order: Order
) -> None:
    """Whether or not anybody came to say so."""
    row = await order()
    clock.advance(WEEK.total_seconds())
    with pytest.raises(KeyGone):
        await workspace.scheduled.opened(row)


async def test_each_step_is_on_record(workspace: Workspace, order: Order) -> None:
    row = await order()
    await settled(workspace, row, ScheduleState.CANCELED)
    told = [(entry.what, entry.who, entry.record_id) for entry in await workspace.audit.list(limit=None)]
    assert told[::-1] == [("scheduled-call.created", "test", row.id), ("scheduled-call.canceled", "test", row.id)]


async def test_they_are_listed_newest_first(workspace: Workspace, clock: ManualClock, order: Order) -> None:
    first = await order()
    clock.advance(1)
    second = await order()
    await settled(workspace, first, ScheduleState.CANCELED)
    assert [row.id for row in await workspace.scheduled.list()] == [second.id, first.id]
    assert [row.id for row in await workspace.scheduled.list(state="canceled")] == [first.id]
    assert [row.id for row in await workspace.scheduled.list(limit=1)] == [second.id]
    assert [row.id for row in await workspace.scheduled.list(before=second.id)] == [first.id]


async def test_another_organizations_are_not_found(
    installation: Installation, workspace: Workspace, order: Order
) -> None:
    row = await order()
    other = await installation.opened((await installation.organizations.create("other")).id)
    assert list(await other.scheduled.list()) == []
    for asked in (other.scheduled.get, other.scheduled.claim):
        with pytest.raises(NotFound):
            await asked(row.id)
    with pytest.raises(NotFound):
        await settled(other, row, ScheduleState.CANCELED)
    assert (await workspace.scheduled.get(row.id)).state == "waiting"


async def test_due_is_what_waits_for_now_and_what_a_killed_service_was_placing(
    installation: Installation, workspace: Workspace, clock: ManualClock, order: Order
) -> None:
    later, now, taken = await order(clock.now() + timedelta(hours=1)), await order(), await order()
    await workspace.scheduled.claim(taken.id)

    async def due() -> list[str]:
        found = await installation.across.due_scheduled_calls(clock.now())
        assert {organization for organization, _ in found} <= {workspace.organization_id}
        return [scheduled for _, scheduled in found]

    assert await due() == [now.id]
    clock.advance(PLACING.total_seconds())
    assert await due() == [now.id, taken.id]
    clock.advance(3600)
    await settled(workspace, now, ScheduleState.CANCELED)
    assert await due() == [taken.id, later.id]
