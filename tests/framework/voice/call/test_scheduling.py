"""A scheduled call is placed as soon as the person may be called, once, and never if they may not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from op26x import Provider, hookimpl
from op26x.audit import Access
from op26x.calls import Arrival, NewCall, Refuse, ScheduledCall
from op26x.calls.scheduled import PLACING
from op26x.consent import ConsentGiven, ConsentPurpose, ConsentState
from op26x.errors import AdmissionRefused, ProviderError, SettingsError, UsageError, VaultError
from op26x.policy import read_own_rows
from op26x.testing.agreed import agree
from op26x.types import PhoneNumber
from op26x.voice import Scheduling
from virtual.call import CALLED, Board, board

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
NEW_YORK, NOWHERE = PhoneNumber("+12125550123"), PhoneNumber("+18005550123")
WHO = Access("test", "a callback")
OPENS = datetime(2026, 12, 1, 13, tzinfo=UTC)
"""Eight in New York; the clock of these tests begins four hours before."""


@dataclass
class Carrier:
    """Places calls."""

    fails: bool = False
    refuses: bool = False
    breaks: bool = False
    slow_s: float = 1.0
    placed: list[str] = field(default_factory=list)
    own_number = CALLED
    can_hang_up = False

    def check_settings(self) -> None:
        """There is nothing to set."""

    async def place_call(self, *, to: PhoneNumber, caller: PhoneNumber) -> str:
        self.placed.append(to.reveal())
        if self.fails:
            raise ProviderError("Down.")
        await asyncio.sleep(self.slow_s)
        return f"CA-placed-{len(self.placed)}"

    async def hang_up(self, provider_call_id: str) -> None:
        raise AssertionError("it can't")

    @hookimpl
    def op26x_telephony(self) -> Provider[Any]:
        return Provider("carrier", lambda request: self)

    @hookimpl
    def op26x_call_arriving(self, arrival: Arrival) -> Refuse | None:
        if self.breaks:
            raise OSError("the CRM is down")
        return Refuse("the house is full") if self.refuses else None


class Desk:
    """Orders calls at a board, and tries what is due."""

    def __init__(self, at: Board, carrier: Carrier) -> None:
        self.at, self.carrier = at, carrier
        self.work = at.workspace
        self.scheduling = Scheduling(at.installation, at.switchboard)

    async def order(self, to: PhoneNumber = NEW_YORK, **times: datetime) -> ScheduledCall:
        """Orders a call."""
        new = NewCall(to, "tested", "carrier")
        return await self.scheduling.order(self.work.organization_id, new, WHO, **times)

    async def run(self) -> None:
        """What the service does every moment."""
        for which in await self.scheduling.due():
            await self.scheduling.carry_out(which)

    async def wait_until(self, at: datetime) -> None:
        """Lets time pass."""
        await asyncio.sleep((at - self.work.clock.now()).total_seconds())

    async def state(self, row: ScheduledCall) -> tuple[str, str]:
        """Where it stands, and why."""
        found = await self.work.scheduled.get(row.id)
        return found.state, found.reason


@asynccontextmanager
async def desk(folder: Path, **carrier: Any) -> AsyncIterator[Desk]:
    """Opens one; a person in New York agreed to be called."""
    with_it = Carrier(**carrier)
    async with board(folder, with_it, purpose="solicitation") as at:
        await agree(at.workspace, NEW_YORK, ConsentPurpose.MARKETING)
        yield Desk(at, with_it)


@pytest.fixture
def story(happens: Happens, tmp_path: Path) -> Callable[..., None]:
    """Runs what happens at a desk."""

    def run(what: Callable[[Desk], Coroutine[Any, Any, None]], **carrier: Any) -> None:
        async def happen() -> None:
            async with desk(tmp_path, **carrier) as at:
                await what(at)

        happens(happen)

    return run


Story = Callable[..., None]


def test_it_waits_for_the_hour_and_is_then_a_call_like_any_other(story: Story) -> None:
    async def what(at: Desk) -> None:
        row = await at.order()
        assert (row.state, row.not_before) == ("waiting", OPENS)
        assert row.reason == "outside calling hours"
        await at.run()
        assert (await at.work.calls.list(), at.carrier.placed) == ([], [])
        await at.wait_until(OPENS)
        await at.run()
        await at.run()
        (call,) = await at.work.calls.list()
        found = await at.work.scheduled.get(row.id)
        assert (found.state, found.call_id, found.called) == ("placed", call.id, "")
        assert at.carrier.placed == [NEW_YORK.reveal()]
        assert call.provider_call_id == "CA-placed-1"

    story(what)


def test_what_may_be_placed_now_is_placed_now(story: Story) -> None:
    async def what(at: Desk) -> None:
        await at.wait_until(OPENS)
        row = await at.order()
        assert (row.state, len(at.carrier.placed)) == ("placed", 1)

    story(what)


def test_it_is_not_tried_before_the_time_that_was_asked_for(story: Story) -> None:
    async def what(at: Desk) -> None:
        wanted = OPENS + timedelta(hours=2)
        row = await at.order(not_before=wanted)
        assert row.not_before == wanted
        await at.wait_until(wanted - timedelta(seconds=1))
        await at.run()
        assert at.carrier.placed == []
        await at.wait_until(wanted)
        await at.run()
        assert at.carrier.placed == [NEW_YORK.reveal()]

    story(what)


@pytest.mark.parametrize("late", [False, True])
def test_who_does_not_want_to_be_called_is_not(story: Story, late: bool) -> None:
    """Neither if they said so before it was ordered, nor if they did while it waited."""

    async def what(at: Desk) -> None:
        subject = at.work.index.of(NEW_YORK)
        if not late:
            await at.work.suppressions.add(subject, "")
            with pytest.raises(AdmissionRefused, match="do-not-call"):
                await at.order()
            assert list(await at.work.scheduled.list()) == []
            return
        row = await at.order()
        await at.work.suppressions.add(subject, "")
        await at.wait_until(OPENS)
        await at.run()
        assert await at.state(row) == ("refused", "The call was refused: do-not-call.")
        assert at.carrier.placed == []

    story(what)


def test_nobody_waits_for_an_hour_that_is_not_known(story: Story) -> None:
    async def what(at: Desk) -> None:
        await agree(at.work, NOWHERE, ConsentPurpose.MARKETING)
        with pytest.raises(AdmissionRefused):
            await at.order(NOWHERE)
        assert list(await at.work.scheduled.list()) == []

    story(what)


def test_whoever_was_called_too_often_is_called_once_it_is_not_too_often(story: Story) -> None:
    async def what(at: Desk) -> None:
        florida = PhoneNumber("+13055550123")
        await agree(at.work, florida, ConsentPurpose.MARKETING)
        await at.wait_until(OPENS)
        for _ in range(3):
            assert (await at.order(florida)).state == "placed"
        row = await at.order(florida)
        first = min(call.created_at for call in await at.work.calls.list())
        assert (row.state, row.not_before) == ("waiting", first + timedelta(days=1))
        await at.wait_until(row.not_before)
        await at.run()
        assert len(at.carrier.placed) == 4

    story(what)


def test_of_orders_at_once_no_more_are_dialled_than_the_law_allows(story: Story) -> None:
    """All are admitted, since none was placed yet: what was ordered before counts at the moment of dialling."""

    async def what(at: Desk) -> None:
        florida = PhoneNumber("+13055550123")
        await agree(at.work, florida, ConsentPurpose.MARKETING)
        await at.wait_until(OPENS)
        board, new = at.at.switchboard, NewCall(florida, "tested", "carrier")
        orders = (board.place(at.work.organization_id, new) for _ in range(6))
        done = await asyncio.gather(*orders, return_exceptions=True)
        assert [type(one).__name__ for one in done] == ["str"] * 3 + ["AdmissionRefused"] * 3
        assert len(at.carrier.placed) == 3
        ends = sorted(call.end_reason for call in await at.work.calls.list())
        assert ends == [""] * 3 + ["refused: called too often"] * 3

    story(what)


def test_consent_that_was_taken_back_since_the_order_is_heeded_at_the_moment_of_dialling(story: Story) -> None:
    """The law's row was lifted by it when the call was ordered, so that its policy asks for none."""

    async def what(at: Desk) -> None:
        await at.wait_until(OPENS)
        board = at.at.switchboard
        new = NewCall(NEW_YORK, "tested", "carrier")
        subject = at.work.index.of(NEW_YORK)

        async def taken_back() -> None:
            given = ConsentGiven(subject, "", ConsentState.WITHDRAWN, "words", purpose=ConsentPurpose.MARKETING)
            await at.work.consents.add(given)

        arrived = await board.arrival_of(at.work.organization_id, new)
        organization = await board.of(at.work.organization_id)
        admission = await organization.arrive(arrived)
        call, _ = await at.work.calls.get(admission.call_id)
        await organization.check_again(call)
        await taken_back()
        with pytest.raises(AdmissionRefused, match="consent"):
            await organization.check_again(call)
        ended, _ = await at.work.calls.get(call.id)
        assert (ended.state, ended.end_reason) == ("canceled", "refused: no written consent to be called")

    story(what)


def test_a_row_that_was_added_since_the_order_is_heeded(story: Story) -> None:
    async def what(at: Desk) -> None:
        await at.wait_until(OPENS)
        board, new = at.at.switchboard, NewCall(NEW_YORK, "tested", "carrier")
        arrived = await board.arrival_of(at.work.organization_id, new)
        organization = await board.of(at.work.organization_id)
        admission = await organization.arrive(arrived)
        call, _ = await at.work.calls.get(admission.call_id)
        row = read_own_rows(b"- {name: closed, why: stocktaking, forbidden: true}")
        await at.work.own_rows.add(row, WHO)
        with pytest.raises(AdmissionRefused, match="forbidden"):
            await organization.check_again(call)

    story(what)


@pytest.mark.parametrize("demand", ["providers: {telephony: [nobody]}", "providers: {llm: [nobody]}"])
def test_by_whom_a_call_may_be_held_is_asked_again_as_well(story: Story, demand: str) -> None:
    async def what(at: Desk) -> None:
        await at.wait_until(OPENS)
        board, new = at.at.switchboard, NewCall(NEW_YORK, "tested", "carrier")
        organization = await board.of(at.work.organization_id)
        admission = await organization.arrive(await board.arrival_of(at.work.organization_id, new))
        call, _ = await at.work.calls.get(admission.call_id)
        row = read_own_rows(f"- {{name: others, why: contracts, {demand}}}".encode())
        await at.work.own_rows.add(row, WHO)
        with pytest.raises(AdmissionRefused, match="a provider that the policy does not allow"):
            await organization.check_again(call)
        ended, _ = await at.work.calls.get(call.id)
        assert ended.state == "canceled"

    story(what)


def test_what_can_not_be_placed_as_things_are_set_is_not_ordered(story: Story) -> None:
    async def what(at: Desk) -> None:
        def missing() -> None:
            raise SettingsError("No public URL is set.", "Set it.")

        at.carrier.check_settings = missing  # type: ignore[method-assign]
        with pytest.raises(SettingsError):
            await at.order()
        assert list(await at.work.scheduled.list()) == []

    story(what)


def test_it_is_given_up_when_its_time_is_over(story: Story) -> None:
    async def what(at: Desk) -> None:
        row = await at.order(until=OPENS - timedelta(hours=1))
        await at.wait_until(OPENS)
        await at.run()
        assert await at.state(row) == ("expired", "")
        assert at.carrier.placed == []

    story(what)


def test_who_was_dialled_is_not_dialled_again_because_the_provider_failed(story: Story) -> None:
    async def what(at: Desk) -> None:
        row = await at.order()
        await at.wait_until(OPENS)
        await at.run()
        await at.run()
        assert await at.state(row) == ("failed", "ProviderError")
        assert at.carrier.placed == [NEW_YORK.reveal()]
        with pytest.raises(ProviderError):
            await at.order()

    story(what, fails=True)


def test_a_plugin_may_refuse_it(story: Story) -> None:
    async def what(at: Desk) -> None:
        await at.wait_until(OPENS)
        with pytest.raises(AdmissionRefused, match="full"):
            await at.order()
        (row,) = await at.work.scheduled.list()
        assert (row.state, row.reason) == ("refused", "The call was refused: the house is full.")

    story(what, refuses=True)


def test_what_a_killed_service_was_placing_is_not_placed_again(story: Story) -> None:
    async def what(at: Desk) -> None:
        row = await at.order()
        await at.wait_until(OPENS)
        await at.work.scheduled.claim(row.id)
        await at.run()
        await at.scheduling.carry_out(f"{at.work.organization_id}/{row.id}")
        assert await at.state(row) == ("placing", "outside calling hours")
        await at.wait_until(at.work.clock.now() + PLACING)
        await at.run()
        assert await at.state(row) == ("failed", "service-stopped")
        assert at.carrier.placed == []

    story(what)


def test_a_service_that_stops_leaves_it_to_the_next_one(story: Story) -> None:
    async def what(at: Desk) -> None:
        row = await at.order()
        await at.wait_until(OPENS)
        (due,) = await at.scheduling.due()
        at.at.switchboard.accepting = False
        assert await at.scheduling.due() == []
        await at.scheduling.carry_out(due)
        assert (await at.state(row))[0] == "waiting"
        at.at.switchboard.accepting = True
        await at.run()
        assert (await at.state(row))[0] == "placed"

    story(what)


def test_trouble_of_the_moment_ends_no_order(story: Story) -> None:
    """A plugin that fails refuses nobody for good: the call waits a minute, until its time is over."""

    async def what(at: Desk) -> None:
        await at.wait_until(OPENS)
        row = await at.order()
        assert row.state == "waiting"
        assert row.not_before == at.work.clock.now() + timedelta(minutes=1)
        at.carrier.breaks = False
        await at.wait_until(row.not_before)
        await at.run()
        assert (await at.state(row))[0] == "placed"

    story(what, breaks=True)


def test_a_call_that_was_placed_says_so_though_its_key_can_not_be_destroyed(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> None:
        raise VaultError("another process holds it open")

    async def what(at: Desk) -> None:
        await at.wait_until(OPENS)
        monkeypatch.setattr(at.work.keys, "destroy", busy)
        row = await at.order()
        assert (row.state, bool(row.call_id), row.called) == ("placed", True, "")

    story(what)


def test_who_waits_too_long_for_a_slow_carrier_is_not_dialled_after_it_was_given_up(story: Story) -> None:
    """The claim is asked for once more right before the carrier is."""

    async def what(at: Desk) -> None:
        florida = PhoneNumber("+13055550123")
        await agree(at.work, florida, ConsentPurpose.MARKETING)
        await at.wait_until(OPENS)
        orders = []
        for to in (NEW_YORK, florida, florida):
            orders.append(asyncio.create_task(at.order(to)))
            await asyncio.sleep(1)
        await asyncio.sleep(PLACING.total_seconds())
        await at.run()
        rows = await asyncio.gather(*orders)
        assert [row.state for row in rows] == ["placed", "placed", "failed"]
        assert at.carrier.placed == [NEW_YORK.reveal(), florida.reveal()]
        ends = {call.end_reason for call in await at.work.calls.list()}
        assert "not placed" in ends

    story(what, slow_s=0.6 * PLACING.total_seconds())


def test_one_that_can_not_be_placed_in_its_time_is_given_up_then(story: Story) -> None:
    async def what(at: Desk) -> None:
        until = OPENS - timedelta(hours=1)
        row = await at.order(until=until)
        assert (row.state, row.not_before) == ("waiting", until)

    story(what)


def test_the_last_day_needs_no_end(story: Story) -> None:
    async def what(at: Desk) -> None:
        row = await at.order(not_before=OPENS + timedelta(days=89))
        assert row.until - at.work.clock.now() <= timedelta(days=90)

    story(what)


@pytest.mark.parametrize(
    ("times", "why"),
    [
        ({"until": OPENS - timedelta(days=1)}, "given up before"),
        ({"not_before": OPENS + timedelta(days=2), "until": OPENS + timedelta(days=1)}, "given up before"),
        ({"not_before": OPENS + timedelta(days=91)}, "90 days ahead"),
        ({"not_before": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "90 days ahead"),
        ({"until": OPENS + timedelta(days=91)}, "90 days ahead"),
    ],
)
def test_times_that_do_not_fit_are_said_to(story: Story, times: dict[str, datetime], why: str) -> None:
    async def what(at: Desk) -> None:
        with pytest.raises(UsageError, match=why):
            await at.order(**times)
        assert list(await at.work.scheduled.list()) == []

    story(what)
