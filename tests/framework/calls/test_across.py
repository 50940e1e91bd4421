"""Across organizations: whose a call or a number is, and who has work waiting; nothing else comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from op26x.audit import Access
from op26x.calls import Arrival, Call, CallState, Installation, Workspace
from op26x.clock import ManualClock
from op26x.consent import Evidence, Gate, Proof
from op26x.policy import RecordingMode
from op26x.recording import WireTap
from op26x.storage import Database
from op26x.types import PhoneNumber

NUMBER = PhoneNumber("+12125550199")
Arrive = Callable[..., Arrival]


@dataclass
class Two:
    """Two organizations on one installation."""

    installation: Installation
    ours: Workspace
    theirs: Workspace
    clock: ManualClock
    arrive: Arrive

    async def call(self, of: Workspace, sid: str, state: CallState = CallState.RINGING) -> Call:
        """A call of one of them."""
        call = await of.calls.begin(self.arrive(provider_call_id=sid), "clinic", CallState.RINGING)
        if state is not CallState.RINGING:
            await of.calls.move(call.id, state)
        return call

    async def record(self, of: Workspace, sid: str) -> tuple[Call, Callable[[], object]]:
        """A call that is being recorded, and what ends the recording."""
        call, tap = await self.call(of, sid), WireTap(self.clock)
        gate = Gate(call.id, RecordingMode.ANNOUNCE)
        gate.announced("en/1", Proof(Evidence.MARK, "1", self.clock.now()))
        _, recorder, _ = await of.recordings.begin(gate.open(), tap, lambda: None)
        for _ in range(50):
            tap.caller(bytes(160))
            self.clock.advance(0.02)

        async def finish() -> None:
            await recorder.finish()
            await of.recordings.finish(call.id, recorder, "call-ended")

        return call, finish


@pytest.fixture
async def two(installation: Installation, clock: ManualClock, arrival: Arrive) -> Two:
    """Nothing has happened in them."""
    other = await installation.organizations.create("other")
    return Two(
        installation, installation.workspace(installation.first), installation.workspace(other.id), clock, arrival
    )


async def test_a_line_is_found_by_its_number_whoever_it_belongs_to(two: Two) -> None:
    line = await two.theirs.phone_lines.add("twilio", NUMBER, agent="clinic")
    found, is_open = await two.installation.across.line("twilio", NUMBER)
    assert found is not None
    assert (found.id, found.organization_id, found.agent, is_open) == (
        *(line.id, two.theirs.organization_id, "clinic", True),
    )


@pytest.mark.parametrize(
    ("provider", "number"), [("twilio", "+12125550142"), ("telnyx", "+12125550199"), ("twilio", "")]
)
async def test_a_number_of_nobody_has_no_line(two: Two, provider: str, number: str) -> None:
    await two.theirs.phone_lines.add("twilio", NUMBER)
    assert await two.installation.across.line(provider, PhoneNumber(number)) == (None, False)


async def test_the_line_of_a_closed_organization_is_found_and_takes_no_calls(two: Two) -> None:
    line = await two.theirs.phone_lines.add("twilio", NUMBER)
    await two.installation.organizations.close(two.theirs.organization_id)
    found, is_open = await two.installation.across.line("twilio", NUMBER)
    assert found is not None
    assert (found.id, is_open) == (line.id, False)


async def test_a_line_that_was_given_up_is_found_no_more(two: Two) -> None:
    line = await two.ours.phone_lines.add("twilio", NUMBER)
    await two.ours.phone_lines.remove(line.id)
    assert await two.installation.across.line("twilio", NUMBER) == (None, False)


async def test_the_owner_of_a_call_is_found_by_the_providers_name_for_it(two: Two) -> None:
    await two.call(two.ours, "CA1")
    await two.call(two.theirs, "CA2")
    owner = two.installation.across.owner_of_call
    assert await owner("twilio", "CA1") == two.ours.organization_id
    assert await owner("twilio", "CA2") == two.theirs.organization_id
    assert await owner("telnyx", "CA1") is await owner("twilio", "CA3") is await owner("twilio", "") is None


async def test_who_has_calls_in_progress_is_known(two: Two) -> None:
    assert list(await two.installation.across.with_open_calls()) == []
    await two.call(two.ours, "CA1", CallState.FAILED)
    for sid in ("CA2", "CA3"):
        await two.call(two.theirs, sid)
    assert list(await two.installation.across.with_open_calls()) == [two.theirs.organization_id]
    await two.call(two.ours, "CA4")
    both = {two.ours.organization_id, two.theirs.organization_id}
    assert set(await two.installation.across.with_open_calls()) == both


async def test_so_are_the_services_that_have_them(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    seats = two.installation.across.seats_of_open_calls
    assert await seats() == frozenset()
    for seat, workspace, state in ((7, two.ours, CallState.FAILED), (8, two.ours, None), (9, two.theirs, None)):
        monkeypatch.setattr(Database, "seat", seat)
        await two.call(workspace, f"CA{seat}", *filter(None, [state]))
    assert await seats() == {8, 9}


async def test_so_is_who_has_a_recording_in_progress_though_its_call_is_over(two: Two) -> None:
    call, finish = await two.record(two.theirs, "CA1")
    await two.theirs.calls.move(call.id, CallState.FAILED)
    assert list(await two.installation.across.with_open_calls()) == [two.theirs.organization_id]
    await finish()  # type: ignore[misc]
    assert list(await two.installation.across.with_open_calls()) == []


async def test_who_was_ever_recorded_is_known_after_the_recording_is_gone(two: Two) -> None:
    await two.call(two.ours, "CA1")
    assert list(await two.installation.across.recorded()) == []
    call, finish = await two.record(two.theirs, "CA2")
    await finish()  # type: ignore[misc]
    await two.theirs.erasures.erase(call.id, Access("operator", "asked"))
    assert list(await two.installation.across.recorded()) == [two.theirs.organization_id]


async def test_recordings_of_all_that_are_to_be_erased_are_told(two: Two) -> None:
    calls = []
    for sid, of in (("CA1", two.ours), ("CA2", two.theirs)):
        call, finish = await two.record(of, sid)
        await finish()  # type: ignore[misc]
        calls.append(call.id)
    across = two.installation.across
    assert list(await across.erasing()) == []
    await two.theirs.erasures.demand(calls[1], Access("caller", "demanded"))
    assert list(await across.erasing()) == [calls[1]]
    await two.ours.erasures.demand(calls[0], Access("caller", "demanded"))
    assert set(await across.erasing()) == set(calls)
    await two.theirs.sweep.demanded()
    assert list(await across.erasing()) == [calls[0]]


async def test_what_should_have_been_erased_is_counted_but_not_while_a_call_goes_on(two: Two) -> None:
    for sid, of, state in (
        ("CA1", two.ours, CallState.FAILED),
        ("CA2", two.theirs, CallState.FAILED),
        ("CA3", two.theirs, CallState.RINGING),
    ):
        await two.call(of, sid, state)
    due = two.clock.now() + timedelta(days=30)
    expired = two.installation.across.expired
    assert [await expired(due - timedelta(seconds=1)), await expired(due)] == [0, 2]
    two.clock.advance(timedelta(days=30).total_seconds())
    await two.theirs.sweep.run()
    assert await expired(due) == 1


def test_what_comes_back_has_no_number_and_no_words() -> None:
    from op26x.calls.across import Across

    told = {name for name in vars(Across) if not name.startswith("_")}
    assert told == {"line", "is_open", "owner_of_call", "with_open_calls", "recorded", "expired", "erasing"} | {
        *("seats_of_open_calls", "with_waiting_entries", "with_unsigned_entries", "untold_checkpoints", "with_logs"),
        *("due_scheduled_calls", "accepted_terms", "accepted_since"),
    }
