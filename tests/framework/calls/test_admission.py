"""Admission: it fails closed; a call that may happen is on record with the version of its agent, and has a token."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace as replace_fields

from framework.consent.unwritable import gone
from op26x.agents import Agent, PublishedAgent, RecordingChoice, ServiceChoice
from op26x.audit import Access
from op26x.calls import Admissions, Arrival, Call, Direction, Installation, Refuse, Workspace
from op26x.calls.admission import SOON
from op26x.calls.own_policy import OwnPolicy
from op26x.calls.policies import CallPolicies
from op26x.calls.tokens import StreamTokens
from op26x.clock import ManualClock
from op26x.consent import ConsentGiven, ConsentPurpose
from op26x.errors import AdmissionRefused, HookFailed
from op26x.hookspecs import hookimpl
from op26x.plugins import Plugins, Registry
from op26x.policy import CallPurpose, EffectivePolicy
from op26x.types import Processor

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


def published(name: str, number: int | None = None, keep_days: int | None = None) -> PublishedAgent:
    """A version of an agent that takes calls."""
    choice = RecordingChoice(keep_days=keep_days)
    llm, purpose = ServiceChoice("rehearsal"), CallPurpose.SERVICE
    return PublishedAgent(Agent(name, "Hello.", "Be kind.", llm, recording=choice, purpose=purpose), number)


AGENTS = {"clinic": published("clinic", 3, 7), "sales": published("sales")}


async def choose(name: str) -> PublishedAgent | None:
    """Under no name, the first."""
    return AGENTS.get(name or "clinic")


async def at_once(agent: Agent, policy: EffectivePolicy) -> None:
    """An agent that is ready for whatever policy."""


@pytest.fixture
def tokens(installation: Installation, clock: ManualClock) -> StreamTokens:
    """None are out."""
    return StreamTokens(installation.streams, clock)


@pytest.fixture
def admissions(workspace: Workspace, plugins: Plugins, tokens: StreamTokens) -> Callable[..., Admissions]:
    """Makes the desk, with plugins."""

    def make(*houses: House, **options: Any) -> Admissions:
        for number, house in enumerate(houses):
            plugins.register(house, f"house{number}")
        registry = options.pop("registry", None) or Registry({}, {})
        core = replace_fields(workspace.settings.core, processed_in=options.pop("processed_in", ""))
        own = OwnPolicy(workspace, registry)
        policies = CallPolicies(plugins, registry, core, workspace.clock.now, own)
        chosen, ready_for = options.pop("choose", choose), options.pop("ready_for", at_once)
        return Admissions(workspace, plugins, chosen, tokens, policies, ready_for, **options)

    return make


Make = Callable[..., Admissions]


async def agree(workspace: Workspace, subject: str) -> None:
    """A person agrees to be called."""
    await workspace.consents.add(ConsentGiven.in_writing(subject, ConsentPurpose.CALL))


async def only_call(workspace: Workspace) -> Call:
    (call,) = await workspace.calls.list()
    return call


async def test_an_inbound_call_is_routed_written_and_given_a_token(
    workspace: Workspace, admissions: Make, arrival: Arrive
) -> None:
    admission = await admissions(House()).decide(arrival())
    call = await only_call(workspace)
    assert (call.id, call.agent, call.state, call.direction) == (admission.call_id, "clinic", "ringing", "inbound")
    assert (admission.agent, admission.organization_id) == ("clinic", workspace.organization_id)
    assert admission.token.startswith(f"{workspace.organization_id}.{call.id}.")


async def test_an_outbound_call_waits_for_the_provider_to_ask_for_its_token(
    workspace: Workspace, admissions: Make, tokens: StreamTokens, arrival: Arrive
) -> None:
    desk, arrived = admissions(House()), arrival(direction=Direction.OUTBOUND, provider_call_id="", agent="sales")
    await agree(workspace, workspace.index.of(arrived.called))
    admission = await desk.decide(arrived)
    assert (admission.token, admission.agent, admission.organization_id) == ("", "sales", workspace.organization_id)
    assert tokens.outstanding == 0
    await workspace.calls.placed(admission.call_id, "CA9")
    call = await only_call(workspace)
    assert call.state == "queued"
    issued = tokens.issue(call)
    assert tokens.redeem(issued.token, "CA9") == (issued.organization_id, issued.call_id)


async def test_the_agent_asked_for_goes_before_routing(admissions: Make, arrival: Arrive) -> None:
    admission = await admissions(House(route=ValueError())).decide(arrival(agent="sales"))
    assert admission.agent == "sales"


async def test_its_token_opens_its_call(admissions: Make, tokens: StreamTokens, arrival: Arrive) -> None:
    admission = await admissions(House()).decide(arrival())
    assert tokens.redeem(admission.token, "CA1") == (admission.organization_id, admission.call_id)


@pytest.mark.parametrize(("agent", "version", "days"), [("clinic", 3, 7), ("sales", None, 30)])
async def test_the_version_of_the_agent_and_its_period_are_on_record(
    workspace: Workspace, admissions: Make, arrival: Arrive, agent: str, version: int | None, days: int
) -> None:
    await admissions(House(route=agent)).decide(arrival())
    call = await only_call(workspace)
    assert (call.agent, call.agent_version, (call.expires_at - call.created_at).days) == (agent, version, days)


async def test_a_refused_call_is_on_record_with_the_version_as_well(
    workspace: Workspace, admissions: Make, arrival: Arrive
) -> None:
    with pytest.raises(AdmissionRefused):
        await admissions(House(judge=Refuse("blocked"))).decide(arrival())
    assert (await only_call(workspace)).agent_version == 3


async def test_a_refusal_is_written_with_its_reason(workspace: Workspace, admissions: Make, arrival: Arrive) -> None:
    with pytest.raises(AdmissionRefused, match="blocked"):
        await admissions(House(judge=Refuse("blocked"))).decide(arrival())
    call = await only_call(workspace)
    assert (call.state, call.end_reason, call.agent) == ("failed", "refused: blocked", "clinic")
    assert call.ended_at is not None


@pytest.mark.parametrize(
    ("accepted", "reason", "remedy"),
    [
        (False, "terms that are not accepted", "op26x processors accept 'Vendor Inc'"),
        (True, "a company that processes data elsewhere", "Vendor Inc may process it elsewhere than in EU, GB"),
    ],
)
async def test_who_may_be_given_nothing_holds_no_call(
    workspace: Workspace, admissions: Make, arrival: Arrive, accepted: bool, reason: str, remedy: str
) -> None:
    vendor = Processor("Vendor Inc", ("api.vendor.example",), "language model", (), "https://vendor.example")
    registry = Registry({}, {}, {}, {"vendor": (vendor,)}, {"llm": {"rehearsal": "vendor"}})
    if accepted:
        await workspace.processors.accept(vendor, Access("user:1", ""))
    with pytest.raises(AdmissionRefused, match=reason) as refused:
        await admissions(registry=registry, processed_in="GB,EU").decide(arrival())
    assert remedy in refused.value.remedy
    assert (await only_call(workspace)).end_reason == f"refused: {reason}"


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


@pytest.mark.parametrize("house", [House(route=KeyError("+12125550123")), House(judge=KeyError("+12125550123"))])
async def test_a_hook_that_raises_refuses_and_its_words_are_not_kept(
    workspace: Workspace, admissions: Make, arrival: Arrive, house: House
) -> None:
    with pytest.raises(AdmissionRefused, match="house0") as caught:
        await admissions(house).decide(arrival())
    call = await only_call(workspace)
    assert call.state == "failed"
    assert "house0" in call.end_reason
    assert "2125550123" not in str(caught.value) + call.end_reason


async def nobody(name: str) -> None:
    """No agent takes calls."""


@pytest.mark.parametrize(("route", "there"), [("nobody", choose), ("Clinic", choose), (None, nobody), ("", nobody)])
async def test_a_call_without_an_agent_is_refused_before_anyone_judges_it(
    workspace: Workspace, admissions: Make, arrival: Arrive, route: object, there: object
) -> None:
    house = House(route=route)
    with pytest.raises(AdmissionRefused, match="no such agent"):
        await admissions(house, choose=there).decide(arrival())
    assert house.judged == []
    call = await only_call(workspace)
    assert (call.state, call.agent, call.agent_version) == ("failed", route or "", None)


@pytest.mark.parametrize("route", [None, ""])
async def test_a_call_that_nobody_routes_is_the_first_agents(
    workspace: Workspace, admissions: Make, arrival: Arrive, route: object
) -> None:
    admission = await admissions(House(route=route)).decide(arrival())
    assert (admission.agent, (await only_call(workspace)).agent) == ("clinic", "clinic")


async def test_an_agent_that_can_not_be_made_ready_takes_no_call(
    workspace: Workspace, admissions: Make, arrival: Arrive, tokens: StreamTokens
) -> None:
    async def broken(name: str) -> PublishedAgent | None:
        raise HookFailed("The agent can't be made ready.")

    with pytest.raises(AdmissionRefused, match="can't be made ready"):
        await admissions(House(), choose=broken).decide(arrival())
    call = await only_call(workspace)
    assert (call.state, call.end_reason) == ("failed", "refused: The agent can't be made ready")
    assert tokens.outstanding == 0


@pytest.mark.parametrize(("direction", "admitted"), [(Direction.OUTBOUND, False), (Direction.INBOUND, True)])
async def test_nobody_is_called_who_asked_to_be_left_alone_but_they_may_call(
    workspace: Workspace, admissions: Make, arrival: Arrive, direction: Direction, admitted: bool
) -> None:
    house = House()
    desk, arrived = admissions(house), arrival(direction=direction, agent="sales")
    subject = workspace.index.of(arrived.called)
    await agree(workspace, subject)
    await workspace.suppressions.add(subject, "")
    if admitted:
        await desk.decide(arrived)
    else:
        with pytest.raises(AdmissionRefused, match="do-not-call"):
            await desk.decide(arrived)
        assert house.judged == []
        assert (await only_call(workspace)).end_reason == "refused: do-not-call"


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


async def test_without_any_plugin_the_first_agent_takes_it(admissions: Make, arrival: Arrive) -> None:
    assert (await admissions().decide(arrival())).agent == "clinic"


async def test_a_refused_call_leaves_no_token(admissions: Make, tokens: StreamTokens, arrival: Arrive) -> None:
    desk = admissions(House(judge=Refuse("blocked")))
    with pytest.raises(AdmissionRefused):
        await desk.decide(arrival())
    assert tokens.outstanding == 0
    with pytest.raises(AdmissionRefused):
        tokens.redeem("", "CA1")


async def test_the_same_call_does_not_arrive_twice(
    workspace: Workspace, admissions: Make, tokens: StreamTokens, arrival: Arrive
) -> None:
    desk = admissions(House())
    admission = await desk.decide(arrival())
    with pytest.raises(AdmissionRefused):
        await desk.decide(arrival())
    assert (await only_call(workspace)).id == admission.call_id
    assert tokens.redeem(admission.token, "CA1") == (admission.organization_id, admission.call_id)


async def test_calls_at_once_get_tokens_of_their_own(admissions: Make, tokens: StreamTokens, arrival: Arrive) -> None:
    desk = admissions(House())
    admitted = await asyncio.gather(*(desk.decide(arrival(provider_call_id=f"CA{n}")) for n in range(10)))
    for number, admission in enumerate(admitted):
        assert tokens.redeem(admission.token, f"CA{number}") == (admission.organization_id, admission.call_id)


async def test_a_call_that_can_not_be_noted_is_refused(
    admissions: Make, workspace: Workspace, arrival: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(workspace.calls, "begin", full)
    with pytest.raises(AdmissionRefused, match="can't be noted"):
        await admissions(House()).decide(arrival())


@pytest.mark.parametrize("direction", Direction)
async def test_while_the_records_can_not_be_read_a_call_is_refused_and_tried_again(
    workspace: Workspace, admissions: Make, arrival: Arrive, clock: ManualClock, direction: Direction
) -> None:
    """Whatever is asked first: whether it arrived before, who will not be called, what the organization's rows say."""
    desk = admissions(House())
    with gone(workspace.database), pytest.raises(AdmissionRefused) as refused:
        await desk.decide(arrival(direction=direction))
    assert refused.value.again == clock.now() + SOON
