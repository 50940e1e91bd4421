"""Whose call it is: the organization that owns the number answers, with its own agent, and nobody else hears of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from journeys.documents import agent
from op26x import Provider, hookimpl
from op26x.accounts import PhoneLine
from op26x.calls import Arrival, CallState, LiveEvent, NewCall, Workspace
from op26x.errors import AdmissionRefused, NotInService, UsageError
from op26x.testing.agreed import agree
from op26x.types import PhoneNumber
from virtual.call import CALLED, Board, board

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
NOBODYS, PERSON = PhoneNumber("+12125550142"), PhoneNumber("+12125550123")


class Carrier:
    """Places calls, and notes from which number."""

    can_hang_up = False

    def __init__(self, own: str = CALLED.reveal()) -> None:
        self.own_number = PhoneNumber(own)
        self.placed: list[tuple[str, str]] = []

    def check_settings(self) -> None:
        """There is nothing to set."""

    async def place_call(self, *, to: PhoneNumber, caller: PhoneNumber) -> str:
        self.placed.append((to.reveal(), caller.reveal()))
        return f"CA-placed-{len(self.placed)}"

    async def hang_up(self, provider_call_id: str) -> None:
        raise AssertionError("it can't")


class Placing:
    """Provides the carrier."""

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier

    @hookimpl
    def op26x_telephony(self) -> Provider[Any]:
        return Provider("carrier", lambda request: self.carrier)


@dataclass
class Two:
    """A board, and a second organization with an agent of its own."""

    board: Board
    theirs: Workspace
    line: PhoneLine
    heard: list[LiveEvent]

    async def calls(self) -> tuple[list[str], list[str]]:
        """Agents of the calls on record: the first organization's, and the other's."""
        ours = await self.board.workspace.calls.list()
        return [call.agent for call in ours], [call.agent for call in await self.theirs.calls.list()]

    def arrival(self, called: PhoneNumber = CALLED) -> tuple[Arrival, str]:
        """A call to a number."""
        arrival, sid = self.board.arrival()
        return replace(arrival, called=called), sid


def document(name: str, **changes: Any) -> str:
    """On the stand-ins."""
    return msgspec.json.encode(agent(name=name, stt={"use": "heard"}, **changes)).decode()


@asynccontextmanager
async def two(folder: Path, *more: object) -> AsyncIterator[Two]:
    """The number that is called on boards is the other organization's."""
    async with board(folder, *more) as one:
        made = await one.installation.organizations.create("theirs")
        theirs = await one.installation.opened(made.id)
        for name in ("their-first", "their-second"):
            await theirs.agents.save(document(name, greeting="At 500 theirs."), "test")
            await theirs.agents.publish(name, "test")
        line = await theirs.phone_lines.add("twilio", CALLED)
        heard: list[LiveEvent] = []
        feed = (await one.switchboard.of(made.id)).feed
        feed.publish = heard.append  # type: ignore[method-assign]
        yield Two(one, theirs, line, heard)


def test_the_owner_of_the_number_answers_with_its_own_agent(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with two(tmp_path) as there:
            arrival, sid = there.arrival()
            admission = await there.board.switchboard.arrive(arrival)
            assert (admission.organization_id, admission.agent) == (there.theirs.organization_id, "their-first")
            line = await there.board.ring_as(arrival, sid, admission.token)
            await asyncio.sleep(5)
            ours = there.board.workspace.organization_id
            assert there.board.switchboard.session(admission.organization_id, admission.call_id)
            assert there.board.switchboard.session(ours, admission.call_id) is None
            assert there.board.switchboard.in_progress == 1
            await line.hang_up()
            await line.over()
            assert await there.calls() == ([], ["their-first"])
            call, _ = await there.theirs.calls.get(admission.call_id)
            assert (call.state, call.agent_version) == (CallState.COMPLETED, 1)
            assert [event.text for event in there.heard if event.kind == "turn"][:1] == ["At 500 theirs."]
            assert there.board.events == [], "whoever listens to another organization hears nothing"

    happens(story)


@pytest.mark.parametrize(("answers", "by"), [("", "their-first"), ("their-second", "their-second")])
def test_the_agent_of_the_line_answers(happens: Happens, tmp_path: Path, answers: str, by: str) -> None:
    async def story() -> None:
        async with two(tmp_path) as there:
            await there.theirs.phone_lines.answer(there.line.id, answers)
            assert (await there.board.switchboard.arrive(there.arrival()[0])).agent == by

    happens(story)


def test_no_line_has_another_organizations_agent_answer(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with two(tmp_path) as there:
            await there.theirs.phone_lines.answer(there.line.id, "tested")
            with pytest.raises(AdmissionRefused, match="no such agent"):
                await there.board.switchboard.arrive(there.arrival()[0])
            call = (await there.theirs.calls.list())[0]
            assert (call.state, call.end_reason) == (CallState.FAILED, "refused: no such agent")

    happens(story)


@pytest.mark.parametrize("called", ["nobody's", "withheld", "of a closed organization"])
def test_of_several_organizations_none_answers_a_number_that_is_nobodys(
    happens: Happens, tmp_path: Path, called: str
) -> None:
    async def story() -> None:
        async with two(tmp_path) as there:
            number = {"nobody's": NOBODYS, "withheld": PhoneNumber("")}.get(called, CALLED)
            if number == CALLED:
                await there.board.installation.close_organization(there.theirs.organization_id, "test")
            with pytest.raises(NotInService):
                await there.board.switchboard.arrive(there.arrival(number)[0])
            assert await there.calls() == ([], [])
            assert there.board.switchboard.in_progress == 0

    happens(story)


def test_an_installation_with_one_organization_takes_calls_to_any_number(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path) as one:
            for called in (CALLED, NOBODYS, PhoneNumber("")):
                admission = await one.switchboard.arrive(replace(one.arrival()[0], called=called))
                assert (admission.organization_id, admission.agent) == (one.workspace.organization_id, "tested")

    happens(story)


def test_a_webhook_that_is_sent_again_is_the_same_organizations_call(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with two(tmp_path) as there:
            arrival, sid = there.arrival()
            first = await there.board.switchboard.arrive(arrival)
            await there.theirs.phone_lines.remove(there.line.id)
            again = await there.board.switchboard.arrive(arrival)
            assert (again.call_id, again.organization_id) == (first.call_id, first.organization_id)
            await there.board.switchboard.report("twilio", sid, CallState.CANCELED)
            assert (await there.theirs.calls.get(first.call_id))[0].state == CallState.CANCELED
            assert await there.calls() == ([], ["their-first"])

    happens(story)


def test_a_call_that_goes_on_keeps_the_version_that_it_was_admitted_with(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with two(tmp_path) as there:
            arrival, sid = there.arrival()
            admission = await there.board.switchboard.arrive(arrival)
            await there.theirs.agents.save(document("their-first", greeting="At 500 later."), "test")
            await there.theirs.agents.publish("their-first", "test")
            line = await there.board.ring_as(arrival, sid, admission.token)
            await asyncio.sleep(5)
            await line.hang_up()
            await line.over()
            assert [event.text for event in there.heard if event.kind == "turn"][:1] == ["At 500 theirs."]
            assert (await there.theirs.calls.get(admission.call_id))[0].agent_version == 1
            next_one = await there.board.switchboard.arrive(there.arrival()[0])
            assert (await there.theirs.calls.get(next_one.call_id))[0].agent_version == 2

    happens(story)


# Calls that are placed.


def test_an_organization_calls_from_its_own_number(happens: Happens, tmp_path: Path) -> None:
    carrier = Carrier()

    async def story() -> None:
        async with two(tmp_path, Placing(carrier)) as there:
            await there.theirs.phone_lines.add("carrier", NOBODYS)
            switchboard, theirs = there.board.switchboard, there.theirs.organization_id
            await agree(there.theirs, PERSON)
            call_id = await switchboard.place(theirs, NewCall(PERSON, "their-second", "carrier"))
            assert carrier.placed == [(PERSON.reveal(), NOBODYS.reveal())]
            assert await there.calls() == ([], ["their-second"])
            admission = await switchboard.admission_of("carrier", "CA-placed-1")
            assert admission is not None
            assert (admission.call_id, admission.organization_id) == (call_id, theirs)

    happens(story)


def test_a_closed_organization_calls_nobody(happens: Happens, tmp_path: Path) -> None:
    """Not even for the operator, who may still read what it has."""
    carrier = Carrier()

    async def story() -> None:
        async with two(tmp_path, Placing(carrier)) as there:
            await there.theirs.phone_lines.add("carrier", NOBODYS)
            closed = there.theirs.organization_id
            await there.board.installation.close_organization(closed, "test")
            with pytest.raises((AdmissionRefused, UsageError)):
                await there.board.switchboard.place(closed, NewCall(PERSON, "their-first", "carrier"))
            assert carrier.placed == []

    happens(story)


def test_of_several_organizations_none_calls_from_the_installations_number(happens: Happens, tmp_path: Path) -> None:
    carrier = Carrier()

    async def story() -> None:
        async with two(tmp_path, Placing(carrier)) as there:
            ours = there.board.workspace.organization_id
            with pytest.raises(UsageError, match="No number to call from") as caught:
                await there.board.switchboard.place(ours, NewCall(PERSON, "tested", "carrier"))
            assert "op26x phone-lines add" in caught.value.remedy
            assert (carrier.placed, await there.calls()) == ([], ([], []))

    happens(story)


def test_the_only_organization_calls_from_the_installations_number(happens: Happens, tmp_path: Path) -> None:
    carrier = Carrier()

    async def story() -> None:
        async with board(tmp_path, Placing(carrier)) as one:
            await agree(one.workspace, PERSON)
            await one.switchboard.place(one.workspace.organization_id, NewCall(PERSON, "tested", "carrier"))
            assert carrier.placed == [(PERSON.reveal(), CALLED.reveal())]

    happens(story)


def test_nobody_has_another_organizations_agent_call(happens: Happens, tmp_path: Path) -> None:
    carrier = Carrier()

    async def story() -> None:
        async with two(tmp_path, Placing(carrier)) as there:
            await there.theirs.phone_lines.add("carrier", NOBODYS)
            with pytest.raises(UsageError, match="no agent 'tested'") as caught:
                await there.board.switchboard.place(there.theirs.organization_id, NewCall(PERSON, "tested", "carrier"))
            assert caught.value.remedy == "The agents are: their-first, their-second."
            assert (carrier.placed, await there.calls()) == ([], ([], []))

    happens(story)


def test_who_asked_one_organization_to_be_left_alone_may_be_called_by_another(happens: Happens, tmp_path: Path) -> None:
    carrier = Carrier()

    async def story() -> None:
        async with two(tmp_path, Placing(carrier)) as there:
            ours, theirs = there.board.workspace, there.theirs
            await ours.phone_lines.add("carrier", PhoneNumber("+12125550177"))
            await theirs.phone_lines.add("carrier", NOBODYS)
            for workspace in (ours, theirs):
                await agree(workspace, PERSON)
            await ours.suppressions.add(ours.index.of(PERSON), "")
            with pytest.raises(AdmissionRefused, match="do-not-call"):
                await there.board.switchboard.place(ours.organization_id, NewCall(PERSON, "tested", "carrier"))
            await there.board.switchboard.place(theirs.organization_id, NewCall(PERSON, "their-first", "carrier"))
            assert carrier.placed == [(PERSON.reveal(), NOBODYS.reveal())]

    happens(story)


def test_what_a_killed_service_left_open_is_closed_for_every_organization(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with two(tmp_path) as there:
            arrival, _ = there.arrival()
            left = await there.theirs.calls.begin(arrival, "their-first", CallState.RINGING)
            await there.board.switchboard.open()
            call, _ = await there.theirs.calls.get(left.id)
            assert CallState(call.state).is_final

    happens(story)
