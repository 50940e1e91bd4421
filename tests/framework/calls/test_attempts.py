"""Attempts are counted for as long as the law counts, whatever becomes of the calls; then they are forgotten."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from framework.policy.lawbook import counting
from op26x.calls import Arrival, Call, CallState, Direction, Workspace
from op26x.clock import ManualClock
from op26x.policy import EffectivePolicy

Arrive = Callable[..., Arrival]
CallSomebody = Callable[[EffectivePolicy], Awaitable[Call]]
DAY = timedelta(days=1)


@pytest.fixture
def called(workspace: Workspace, arrival: Arrive) -> CallSomebody:
    """Calls somebody, who does not answer; the call may be kept for a day."""

    async def call(policy: EffectivePolicy) -> Call:
        arrived = arrival(direction=Direction.OUTBOUND, provider_call_id="")
        row = await workspace.calls.begin(arrived, "clinic", CallState.QUEUED, 1)
        await workspace.attempts.note(row, policy)
        await workspace.calls.placed(row.id, f"CA-{row.id}")
        await workspace.calls.move(row.id, CallState.NO_ANSWER, reason="no-answer")
        return row

    return call


async def test_a_call_that_was_erased_counts_until_no_law_counts_it(
    workspace: Workspace, clock: ManualClock, called: CallSomebody
) -> None:
    call = await called(counting(1, 7))
    subject, attempts = call.called_index, workspace.attempts
    clock.advance(2 * 86400)
    await workspace.sweep.run()
    erased, _ = await workspace.calls.get(call.id)
    assert erased.erased_at is not None
    assert erased.called_index == ""
    assert await attempts.since(subject, clock.now() - 7 * DAY) == [call.created_at]
    assert await attempts.since(subject, clock.now() - DAY) == []
    assert await attempts.since("somebody else", clock.now() - 7 * DAY) == []
    clock.advance(5 * 86400)
    assert await attempts.ended(clock.now()) == 1
    await workspace.sweep.run()
    assert await attempts.ended(clock.now()) == 0
    assert await attempts.since(subject, clock.now() - 30 * DAY) == []
    assert [one.who for one in await workspace.audit.list(what="attempts.erased")] == ["sweep"]


async def test_where_no_law_counts_nothing_is_remembered(
    workspace: Workspace, clock: ManualClock, called: CallSomebody
) -> None:
    call = await called(counting())
    assert await workspace.attempts.since(call.called_index, clock.now() - DAY) == [call.created_at]
    clock.advance(2 * 86400)
    await workspace.sweep.run()
    assert await workspace.attempts.since(call.called_index, clock.now() - 7 * DAY) == []
