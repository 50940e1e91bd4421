"""Admission: it fails closed, and a token opens one media stream of one call once."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, rule

from op26x.calls import Admission, Admissions, Arrival, Call, Direction, Refuse, Workspace
from op26x.calls.admission import TOKEN_LIFE_S
from op26x.clock import ManualClock
from op26x.errors import AdmissionRefused
from op26x.hookspecs import hookimpl
from op26x.ids import Ids
from op26x.plugins import Plugins

Arrive = Callable[..., Arrival]


class House:
    """A plugin that routes and judges as it is told."""

    def __init__(self, route: Any = "clinic", judge: Any = None) -> None:
        self._route, self._judge = route, judge
        self.judged: list[Arrival] = []

    @hookimpl
    def op26x_route_call(self, arrival: Arrival) -> Any:
        return self._answer(self._route)

    @hookimpl
    async def op26x_call_arriving(self, arrival: Arrival) -> Any:
        self.judged.append(arrival)
        return self._answer(self._judge)

    def _answer(self, answer: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def admissions(workspace: Workspace, plugins: Plugins, ids: Ids, clock: ManualClock) -> Callable[..., Admissions]:
    """Makes the desk, with plugins."""

    def make(*houses: House) -> Admissions:
        for number, house in enumerate(houses):
            plugins.register(house, f"house{number}")
        return Admissions(workspace.calls, plugins, lambda: {"clinic", "sales"}, ids, clock)

    return make


Make = Callable[..., Admissions]


async def only_call(workspace: Workspace) -> Call:
    (call,) = await workspace.calls.list()
    return call


async def test_an_inbound_call_is_routed_written_and_given_a_token(
    workspace: Workspace, admissions: Make, arrival: Arrive
) -> None:
    admission = await admissions(House()).decide(arrival())
    call = await only_call(workspace)
    assert (call.id, call.agent, call.state, call.direction) == (admission.call_id, "clinic", "ringing", "inbound")
    assert admission.agent == "clinic"
    assert re.fullmatch("[0-9a-f]{64}", admission.token)


async def test_an_outbound_call_waits_for_the_provider_to_ask_for_its_token(
    workspace: Workspace, admissions: Make, arrival: Arrive
) -> None:
    desk = admissions(House())
    admission = await desk.decide(arrival(direction=Direction.OUTBOUND, provider_call_id="", agent="sales"))
    assert (admission.token, admission.agent) == ("", "sales")
    await workspace.calls.placed(admission.call_id, "CA9")
    call = await only_call(workspace)
    assert call.state == "queued"
    issued = desk.issue(call)
    assert desk.redeem(issued.token, "CA9") == issued


async def test_the_agent_asked_for_goes_before_routing(admissions: Make, arrival: Arrive) -> None:
    admission = await admissions(House(route=ValueError())).decide(arrival(agent="sales"))
    assert admission.agent == "sales"


async def test_a_token_opens_its_call_once(admissions: Make, arrival: Arrive) -> None:
    desk = admissions(House())
    admission = await desk.decide(arrival())
    assert desk.redeem(admission.token, "CA1") == admission
    with pytest.raises(AdmissionRefused):
        desk.redeem(admission.token, "CA1")


async def test_a_token_of_another_call_opens_nothing_and_is_used_up(admissions: Make, arrival: Arrive) -> None:
    desk = admissions(House())
    admission = await desk.decide(arrival())
    with pytest.raises(AdmissionRefused, match="another call"):
        desk.redeem(admission.token, "CA2")
    with pytest.raises(AdmissionRefused):
        desk.redeem(admission.token, "CA1")


@pytest.mark.parametrize("token", ["", "guess", "0" * 64])
async def test_an_unknown_token_opens_nothing(admissions: Make, arrival: Arrive, token: str) -> None:
    desk = admissions(House())
    await desk.decide(arrival())
    with pytest.raises(AdmissionRefused):
        desk.redeem(token, "CA1")


@pytest.mark.parametrize(("waited", "opens"), [(TOKEN_LIFE_S - 0.001, True), (TOKEN_LIFE_S, False), (1e6, False)])
async def test_a_token_expires(
    admissions: Make, arrival: Arrive, clock: ManualClock, waited: float, opens: bool
) -> None:
    desk = admissions(House())
    admission = await desk.decide(arrival())
    clock.advance(waited)
    if opens:
        assert desk.redeem(admission.token, "CA1") == admission
    else:
        with pytest.raises(AdmissionRefused, match="expired"):
            desk.redeem(admission.token, "CA1")


async def test_a_refusal_is_written_with_its_reason(workspace: Workspace, admissions: Make, arrival: Arrive) -> None:
    with pytest.raises(AdmissionRefused, match="blocked"):
        await admissions(House(judge=Refuse("blocked"))).decide(arrival())
    call = await only_call(workspace)
    assert (call.state, call.end_reason, call.agent) == ("failed", "refused: blocked", "clinic")
    assert call.ended_at is not None


async def test_one_refusal_is_enough(admissions: Make, arrival: Arrive) -> None:
    with pytest.raises(AdmissionRefused):
        await admissions(House(), House(judge=Refuse("blocked")), House()).decide(arrival())


async def test_a_refusal_without_a_reason_is_a_refusal(admissions: Make, arrival: Arrive) -> None:
    with pytest.raises(AdmissionRefused):
        await admissions(House(judge=Refuse(""))).decide(arrival())


@pytest.mark.parametrize("answer", [True, "blocked", 0, ""])
async def test_an_answer_that_is_no_answer_refuses(
    workspace: Workspace, admissions: Make, arrival: Arrive, answer: object
) -> None:
    with pytest.raises(AdmissionRefused):
        await admissions(House(judge=answer)).decide(arrival())
    assert (await only_call(workspace)).state == "failed"


@pytest.mark.parametrize("house", [House(route=KeyError("+15550100123")), House(judge=KeyError("+15550100123"))])
async def test_a_hook_that_raises_refuses_and_its_words_are_not_kept(
    workspace: Workspace, admissions: Make, arrival: Arrive, house: House
) -> None:
    with pytest.raises(AdmissionRefused, match="house0") as caught:
        await admissions(house).decide(arrival())
    call = await only_call(workspace)
    assert call.state == "failed"
    assert "house0" in call.end_reason
    assert "5550100123" not in str(caught.value) + call.end_reason


@pytest.mark.parametrize("route", ["nobody", None, ""])
async def test_a_call_without_an_agent_is_refused_before_anyone_judges_it(
    workspace: Workspace, admissions: Make, arrival: Arrive, route: object
) -> None:
    house = House(route=route)
    with pytest.raises(AdmissionRefused, match="no such agent"):
        await admissions(house).decide(arrival())
    assert house.judged == []
    assert (await only_call(workspace)).state == "failed"


@pytest.mark.parametrize("house", [House(route=7), House(route=["clinic"])], ids=["a number", "a list"])
async def test_a_route_that_is_no_name_refuses_and_names_the_plugin(
    admissions: Make, arrival: Arrive, house: House
) -> None:
    with pytest.raises(
        AdmissionRefused, match=r"Plugin house0, hook op26x_route_call: it returned a (int|list), not a str"
    ):
        await admissions(house).decide(arrival())


@pytest.mark.parametrize(
    "answer",
    [
        False,
        True,
        "night",
        Refuse(""),
        Refuse("+4912345 is blocked"),
        Refuse("a@example.com"),
        Refuse("x" * 61),
        Refuse(7),
    ],
)
async def test_what_is_no_refusal_refuses_and_names_the_plugin(admissions: Make, arrival: Arrive, answer: Any) -> None:
    with pytest.raises(AdmissionRefused, match="Plugin house0, hook op26x_call_arriving: ") as caught:
        await admissions(House(judge=answer)).decide(arrival())
    assert "12345" not in str(caught.value)


async def test_without_any_plugin_a_call_is_refused(admissions: Make, arrival: Arrive) -> None:
    with pytest.raises(AdmissionRefused):
        await admissions().decide(arrival())


async def test_a_refused_call_leaves_no_token(admissions: Make, arrival: Arrive) -> None:
    desk = admissions(House(judge=Refuse("blocked")))
    with pytest.raises(AdmissionRefused):
        await desk.decide(arrival())
    with pytest.raises(AdmissionRefused):
        desk.redeem("", "CA1")


async def test_the_same_call_does_not_arrive_twice(workspace: Workspace, admissions: Make, arrival: Arrive) -> None:
    desk = admissions(House())
    admission = await desk.decide(arrival())
    with pytest.raises(AdmissionRefused):
        await desk.decide(arrival())
    assert (await only_call(workspace)).id == admission.call_id
    assert desk.redeem(admission.token, "CA1") == admission


async def test_calls_at_once_get_tokens_of_their_own(admissions: Make, arrival: Arrive) -> None:
    desk = admissions(House())
    admitted = await asyncio.gather(*(desk.decide(arrival(provider_call_id=f"CA{n}")) for n in range(10)))
    for number, admission in enumerate(admitted):
        assert desk.redeem(admission.token, f"CA{number}") == admission


class Desk(RuleBasedStateMachine):
    """Tokens are issued, redeemed by the right and the wrong, and age; each opens at most once, in time."""

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        ids = Ids(self.clock)
        self.desk = Admissions(None, Plugins(), lambda: {"clinic"}, ids, self.clock)  # type: ignore[arg-type]
        self.count = 0

    @rule(target=tokens)
    def issue(self) -> tuple[Admission, str, float]:
        self.count += 1
        sid = f"CA{self.count}"
        call = Call(
            id=f"{self.count:026}",
            organization_id="o",
            agent="clinic",
            provider="twilio",
            provider_call_id=sid,
            created_at=self.clock.now(),
        )
        return self.desk.issue(call), sid, self.clock.monotonic()

    @rule(seconds=st.floats(0.001, 100))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(issued=consumes(tokens), rightly=st.booleans())
    def redeem(self, issued: tuple[Admission, str, float], rightly: bool) -> None:
        admission, sid, at = issued
        if rightly and self.clock.monotonic() < at + TOKEN_LIFE_S:
            assert self.desk.redeem(admission.token, sid) == admission
        else:
            with pytest.raises(AdmissionRefused):
                self.desk.redeem(admission.token, sid if rightly else "CA0")
        with pytest.raises(AdmissionRefused):
            self.desk.redeem(admission.token, sid)


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=40, stateful_step_count=25)


async def test_a_call_that_can_not_be_noted_is_refused(
    admissions: Make, workspace: Workspace, arrival: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(workspace.calls, "begin", full)
    with pytest.raises(AdmissionRefused, match="can't be noted"):
        await admissions(House()).decide(arrival())


async def test_who_was_admitted_is_expected_until_the_token_is_used_or_over(
    admissions: Make, arrival: Arrive, clock: ManualClock
) -> None:
    desk = admissions(House())
    assert desk.outstanding == 0
    first = await desk.decide(arrival())
    await desk.decide(arrival(provider_call_id="CA2"))
    assert desk.outstanding == 2
    desk.redeem(first.token, "CA1")
    assert desk.outstanding == 1
    clock.advance(TOKEN_LIFE_S)
    assert desk.outstanding == 0
