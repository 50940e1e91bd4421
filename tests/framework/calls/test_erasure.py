"""What is erased of calls: at their deadline, never in progress, and a person's key with their last call."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from op26x.audit import Access
from op26x.calls import Arrival, Call, CallLog, CallState, Workspace
from op26x.calls.erasure import CallErasure
from op26x.clock import ManualClock
from op26x.errors import KeyGone
from op26x.types import PhoneNumber
from op26x.vault import KeyKind

Arrive = Callable[..., Arrival]
READER = Access("api-key:1", "a test")


@pytest.fixture
def log(workspace: Workspace) -> CallLog:
    """Of the workspace."""
    return workspace.calls


@pytest.fixture
def erasure(workspace: Workspace) -> CallErasure:
    """The same."""
    return workspace.call_erasure


async def begin(log: CallLog, arrival: Arrive, sid: str) -> Call:
    """A call that rings."""
    return await log.begin(arrival(provider_call_id=sid), "clinic", CallState.RINGING)


async def test_numbers_are_gone_from_their_deadline_on(
    log: CallLog, erasure: CallErasure, arrival: Arrive, clock: ManualClock, workspace: Workspace
) -> None:
    call = await log.begin(arrival(), "clinic", CallState.RINGING, 1)
    await log.move(call.id, CallState.CANCELED)
    clock.advance(86400 - 0.001)
    assert (await log.numbers(call.id, READER))[0]
    clock.advance(0.001)
    assert [due.call_id for due in await erasure.expired(clock.now())] == [call.id]
    for _ in range(2):
        with pytest.raises(KeyGone):
            await log.numbers(call.id, READER)
        (listed,) = await log.list()
        assert (listed.caller, listed.caller_index, listed.caller_number) == ("withheld", "", None)
        await erasure.erase_all([call.id], READER)
    assert [entry.what for entry in await workspace.audit.of(call.id)] == ["numbers.read", "call.erased"]
    assert await erasure.expired(clock.now()) == []


async def test_a_persons_key_lives_as_long_as_their_last_call(
    log: CallLog, erasure: CallErasure, arrival: Arrive, workspace: Workspace
) -> None:
    first, second = await begin(log, arrival, "CA1"), await begin(log, arrival, "CA2")
    await erasure.erase_all([first.id], READER)
    assert (await log.numbers(second.id, READER))[0] == PhoneNumber("+12125550123")
    await erasure.erase_all([second.id], READER)
    for index in (second.caller_index, second.called_index):
        with pytest.raises(KeyGone):
            await workspace.keys.get(KeyKind.SUBJECT, index)


async def test_a_call_in_progress_is_not_swept_whatever_the_clock_says(
    log: CallLog, erasure: CallErasure, arrival: Arrive, clock: ManualClock
) -> None:
    ringing, talking = await begin(log, arrival, "CA1"), await begin(log, arrival, "CA2")
    await log.move(talking.id, CallState.IN_PROGRESS)
    clock.at += timedelta(days=40)
    assert await erasure.expired(clock.now()) == []
    assert await log.unfinished() == {ringing.id, talking.id}
    await log.move(talking.id, CallState.COMPLETED)
    assert [due.call_id for due in await erasure.expired(clock.now())] == [talking.id]
    await log.fail_unfinished()
    assert [due.call_id for due in await erasure.expired(clock.now())] == [ringing.id, talking.id]
    assert await log.unfinished() == frozenset()


async def test_another_organization_erases_nothing(
    log: CallLog, arrival: Arrive, workspace: Workspace, another_organization: str
) -> None:
    call = await begin(log, arrival, "CA1")
    await log.move(call.id, CallState.CANCELED)
    theirs = CallErasure(
        workspace.database.within(another_organization),
        another_organization,
        workspace.keys,
        workspace.records,
        workspace.audit,
        workspace.clock,
    )
    assert await theirs.expired(call.expires_at) == []
    await theirs.erase_all([call.id], READER)
    assert (await log.numbers(call.id, READER))[0] == PhoneNumber("+12125550123")
    assert (await log.get(call.id))[0].erased_at is None
