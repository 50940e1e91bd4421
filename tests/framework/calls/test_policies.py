"""Which policy a call is held under: both sides' places, and what agent, installation and plugins demand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from op26x.agents import Agent, Limits, RecordingChoice, ServiceChoice
from op26x.calls import Arrival, Direction
from op26x.calls.policies import CallPolicies, grounds_of, our_demands, sides_of
from op26x.clock import ManualClock
from op26x.errors import HookFailed, PolicyError
from op26x.hookspecs import hookimpl
from op26x.plugins import Plugins, Registry
from op26x.policy import (
    ANYWHERE,
    CallPurpose,
    Disclosure,
    EffectivePolicy,
    Ground,
    RecordingMode,
    RedactAction,
    Redaction,
    Rules,
    Sink,
    Whereabouts,
    join,
    stricter,
)
from op26x.redaction import LEVELS
from op26x.settings import CoreSettings, resolve
from op26x.types import PhoneNumber, Processor

Arrive = Callable[..., Arrival]
NEW_YORK, LINE = PhoneNumber("+12125550123"), PhoneNumber("+12125550199")
CALIFORNIA, GERMANY = PhoneNumber("+14155550123"), PhoneNumber("+493012345678")
SERVICES = ("llm", "stt", "tts")
PROVED = frozenset({Ground.PROCESSORS_MAY_NOT_USE_DATA})


def agent(**changes: Any) -> Agent:
    """An agent that demands as little as one can."""
    usual: dict[str, Any] = {
        "llm": ServiceChoice("brain"),
        "stt": ServiceChoice("ears"),
        "tts": ServiceChoice("mouth"),
        "recording": RecordingChoice(RecordingMode.ONE_PARTY),
        "purpose": CallPurpose.SERVICE,
    }
    return Agent("clinic", "Hello.", "Be kind.", **(usual | changes))


def core(**environ: str) -> CoreSettings:
    """Settings as the environment says them."""
    return resolve({}, environ={f"OP26X_{name.upper()}": value for name, value in environ.items()}).core


def registry(**trains: bool) -> Registry:
    """A plugin for each service with a processor of its own, of which those named train on what they hear."""
    names = dict(zip(SERVICES, ("brain", "ears", "mouth"), strict=True))
    owners = {kind: {name: f"{kind} plugin"} for kind, name in names.items()}
    processors = {
        f"{kind} plugin": (Processor(kind, (), "x", (), "https://x", trains_on_data=trains.get(kind, False)),)
        for kind in SERVICES
    }
    return Registry({}, {}, processors=processors, owners=owners)


class House:
    """A plugin that demands as it is told."""

    def __init__(self, answer: Any = None) -> None:
        self._answer = answer
        self.asked: list[tuple[Arrival, str]] = []

    @hookimpl
    async def op26x_policy_for_call(self, arrival: Arrival, agent: str) -> Any:
        self.asked.append((arrival, agent))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


Resolve = Callable[..., Any]


@pytest.fixture
def resolved(plugins: Plugins, clock: ManualClock, arrival: Arrive) -> Resolve:
    """The policy of a call to our line in New York, with plugins."""

    async def resolve(
        *houses: House,
        caller: PhoneNumber = NEW_YORK,
        called: PhoneNumber = LINE,
        direction: Direction = Direction.INBOUND,
        taken_by: Agent | None = None,
        offered: Registry | None = None,
        settings: CoreSettings | None = None,
    ) -> EffectivePolicy:
        for number, house in enumerate(houses):
            plugins.register(house, f"house{number}")
        policies = CallPolicies(plugins, offered or registry(), settings or core(), clock.now)
        arrived = arrival(caller=caller, called=called, direction=direction)
        return await policies.of(arrived, taken_by or agent())

    return resolve


# Both sides.


def sides(
    caller: PhoneNumber,
    called: PhoneNumber,
    *,
    outbound: bool = False,
    also_in: tuple[str, ...] = (),
    taken_by: Agent | None = None,
    settings: CoreSettings | None = None,
) -> tuple[Whereabouts, Whereabouts]:
    """Where the person is, and where our side is."""
    direction = Direction.OUTBOUND if outbound else Direction.INBOUND
    arrived = Arrival("twilio", "", direction, caller, called, places=also_in)
    return sides_of(arrived, taken_by or agent(), settings or core())


def test_of_an_inbound_call_the_person_is_who_calls() -> None:
    person, ours = sides(CALIFORNIA, LINE)
    assert (person.places, person.zones) == ({"US-CA"}, {"America/Los_Angeles"})
    assert ours.places == {"US-NY"}


def test_of_an_outbound_call_the_person_is_who_is_called() -> None:
    person, ours = sides(LINE, CALIFORNIA, outbound=True)
    assert (person.places, person.zones) == ({"US-CA"}, {"America/Los_Angeles"})
    assert ours.places == {"US-NY"}


def test_whose_number_is_withheld_may_be_anywhere() -> None:
    person, _ = sides(PhoneNumber(""), LINE)
    assert person == ANYWHERE


@pytest.mark.parametrize(
    ("own", "settings", "ours"),
    [
        ("", "", {"US-CA"}),
        ("DE", "", {"DE"}),
        ("", "US-WA", {"US-WA"}),
        ("DE", "US-WA", {"DE", "US-WA"}),
        ("", " US-WA, FR ,", {"US-WA", "FR"}),
        ("DE", "DE", {"DE"}),
    ],
)
@pytest.mark.parametrize("outbound", [True, False])
def test_where_our_people_are_stands_for_where_the_line_is(
    own: str, settings: str, ours: set[str], outbound: bool
) -> None:
    numbers = (CALIFORNIA, NEW_YORK) if outbound else (NEW_YORK, CALIFORNIA)
    person, found = sides(*numbers, outbound=outbound, taken_by=agent(place=own), settings=core(place=settings))
    assert found.places == ours
    assert person.places == {"US-NY"}
    assert person.zones == {"America/New_York"}, "our place makes no difference to their clock"


def test_where_the_person_is_besides_is_added_to_where_their_number_is() -> None:
    person, _ = sides(NEW_YORK, LINE, also_in=("DE",))
    assert person.places == {"US-NY", "DE"}


@pytest.mark.parametrize("direction", Direction)
async def test_a_policy_that_is_asked_for_again_knows_what_has_ended_since(
    plugins: Plugins, clock: ManualClock, arrival: Arrive, direction: Direction
) -> None:
    clock.at = datetime(2026, 8, 1, 12, tzinfo=UTC)
    policies = CallPolicies(plugins, registry(), core(), clock.now)
    arrived = arrival(caller=GERMANY, called=GERMANY, direction=direction, places=("US-TX",))
    before = await policies.of(arrived, agent())
    again = replace(arrived, places=())
    assert await policies.again(again, agent(), before) == before, "where they are is known by the first"
    clock.advance(86400)
    after = await policies.again(again, agent(), before)
    assert Disclosure.START in after.ai_disclosure - before.ai_disclosure


@pytest.mark.parametrize("direction", Direction)
async def test_the_law_of_both_sides_holds_in_either_direction(resolved: Resolve, direction: Direction) -> None:
    for numbers in ({"caller": GERMANY, "called": LINE}, {"caller": LINE, "called": GERMANY}):
        policy = await resolved(**numbers, direction=direction)
        assert policy.places == ("DE", "US-NY")
        assert policy.recording is RecordingMode.ASSENT
        person_is_german = (numbers["caller"] is GERMANY) == (direction is Direction.INBOUND)
        assert policy.zones == (("Europe/Berlin",) if person_is_german else ("America/New_York",))


async def test_only_whom_we_call_must_have_agreed(resolved: Resolve) -> None:
    inbound, outbound = await resolved(), await resolved(direction=Direction.OUTBOUND)
    assert (inbound.call_consent, inbound.opt_out) == ("none", False)
    assert (outbound.call_consent, outbound.opt_out) == ("express", True)


# What is proved.


@pytest.mark.parametrize("kind", SERVICES)
def test_one_processor_that_trains_on_what_it_hears_takes_the_ground_away(kind: str) -> None:
    assert grounds_of(agent(), registry()) == PROVED
    assert grounds_of(agent(), registry(**{kind: True})) == frozenset()


@pytest.mark.parametrize("kind", SERVICES)
def test_of_a_service_that_no_plugin_provides_nothing_is_proved(kind: str) -> None:
    assert grounds_of(agent(**{kind: ServiceChoice("nobody")}), registry()) == frozenset()


def test_services_of_one_kind_prove_nothing_of_another() -> None:
    assert grounds_of(agent(stt=ServiceChoice("brain")), registry()) == frozenset()


def test_what_an_agent_does_not_use_takes_nothing_away() -> None:
    offered = registry()
    offered.owners["llm"]["greedy"] = "greedy plugin"
    offered.processors["greedy plugin"] = (Processor("greedy", (), "x", (), "", trains_on_data=True),)
    assert grounds_of(agent(), offered) == PROVED
    assert grounds_of(agent(llm=ServiceChoice("greedy")), offered) == frozenset()


def test_a_plugin_that_gives_data_to_nobody_takes_nothing_away() -> None:
    offered = registry()
    del offered.processors["llm plugin"]
    assert grounds_of(agent(), offered) == PROVED


def test_without_a_registry_nothing_is_proved() -> None:
    assert grounds_of(agent(), Registry({}, {})) == frozenset()


@pytest.mark.parametrize("kind", SERVICES)
async def test_california_hears_that_a_machine_listens_if_a_processor_trains_on_it(
    resolved: Resolve, kind: str
) -> None:
    assert not (await resolved(caller=CALIFORNIA)).listening_notice
    policy = await resolved(caller=CALIFORNIA, offered=registry(**{kind: True}))
    assert policy.listening_notice
    assert policy.decided_by["listening_notice"] == ("us-ca-listening",)
    assert not (await resolved(caller=NEW_YORK, offered=registry(**{kind: True}))).listening_notice


# What we demand ourselves.


async def test_the_agents_document_is_heeded(resolved: Resolve) -> None:
    strict = agent(recording=RecordingChoice(RecordingMode.ASSENT, keep_days=7), limits=Limits(duration_s=120.0))
    policy = await resolved(taken_by=strict)
    assert (policy.recording, policy.keep_at_most_days, policy.longest_s) == (RecordingMode.ASSENT, 7, 120.0)
    assert {policy.decided_by[name] for name in ("recording", "keep_at_most_days", "longest_s")} == {("agent",)}


async def test_an_agents_document_loosens_no_law(resolved: Resolve) -> None:
    policy = await resolved(caller=GERMANY)
    assert policy.recording is RecordingMode.ASSENT
    assert policy.decided_by["recording"] == ("de-recording", "eu-recording")


async def test_the_agents_purpose_chooses_the_law(resolved: Resolve) -> None:
    for purpose, forbidden in ((CallPurpose.SOLICITATION, True), (CallPurpose.SERVICE, False), (None, True)):
        policy = await resolved(
            caller=LINE,
            called=PhoneNumber("+12065550123"),
            direction=Direction.OUTBOUND,
            taken_by=agent(purpose=purpose),
        )
        assert policy.forbidden == forbidden


async def test_an_installation_that_records_nothing_records_nothing(resolved: Resolve) -> None:
    policy = await resolved(settings=core(recording="off"))
    assert policy.recording is RecordingMode.OFF
    assert policy.decided_by["recording"] == ("installation",)


def test_what_we_demand_has_a_name() -> None:
    assert [one.source for one in our_demands(agent(), core(redact="off"))] == ["agent"]
    off = our_demands(agent(), core(recording="off", redact="off"))
    assert [one.source for one in off] == ["agent", "installation"]
    assert join(our_demands(agent(), core(recording="off"))).recording is RecordingMode.OFF


def test_what_is_redacted_is_a_setting() -> None:
    assert join(our_demands(agent(), core())).redact == LEVELS["secrets"]
    assert join(our_demands(agent(), core(redact="everything"))).redact == LEVELS["everything"]
    assert join(our_demands(agent(), core(redact="off"))).redact == frozenset()


def test_where_companies_may_process_calls_is_a_setting() -> None:
    assert join(our_demands(agent(), core(processed_in="EU, GB,"))).processed_in == {"EU", "GB"}
    with pytest.raises(PolicyError, match="no place 'Europe'"):
        our_demands(agent(), core(processed_in="EU,Europe"))


# What plugins demand.

STRICT = Rules(
    recording=RecordingMode.OFF,
    keep_at_most_days=1,
    longest_s=60.0,
    human_on_request=True,
    ai_disclosure=frozenset({Disclosure.ASKED}),
    duties=frozenset({"Ring a bell."}),
)


def rules_of(policy: EffectivePolicy) -> Rules:
    """A policy without who decided it."""
    return Rules(**{name: getattr(policy, name) for name in Rules.__struct_fields__})


async def test_a_plugin_is_told_of_call_and_agent(resolved: Resolve) -> None:
    house = House()
    await resolved(house, caller=CALIFORNIA)
    ((arrived, name),) = house.asked
    assert (arrived.caller, arrived.direction, name) == (CALIFORNIA, Direction.INBOUND, "clinic")


async def test_a_plugin_tightens_what_it_names_and_nothing_else(resolved: Resolve) -> None:
    before, after = await resolved(caller=CALIFORNIA), await resolved(House(STRICT), caller=CALIFORNIA)
    assert rules_of(after) == stricter(rules_of(before), STRICT) != rules_of(before)
    assert after.decided_by["recording"] == after.decided_by["human_on_request"] == ("plugin house0",)
    assert (after.places, after.zones) == (before.places, before.zones)


async def test_a_plugin_says_what_becomes_of_an_entity_at_a_sink(resolved: Resolve) -> None:
    names = Redaction(Sink.LLM, "PERSON", RedactAction.PLACEHOLDER)
    after = await resolved(House(Rules(redact=frozenset({names}))), caller=CALIFORNIA)
    assert after.redact == LEVELS["secrets"] | {names}
    assert after.decided_by["redact"] == ("installation", "plugin house0")


async def test_a_plugin_can_not_loosen(resolved: Resolve) -> None:
    loose = Rules(keep_at_most_days=3650, longest_s=86400.0)
    document = agent(recording=RecordingChoice(RecordingMode.ASSENT, keep_days=7))
    before = await resolved(caller=CALIFORNIA, taken_by=document)
    after = await resolved(House(loose), House(Rules()), caller=CALIFORNIA, taken_by=document)
    assert (after, after.hash) == (before, before.hash)


async def test_of_several_plugins_the_strictest_wins(resolved: Resolve) -> None:
    policy = await resolved(House(Rules(keep_at_most_days=9)), House(Rules(keep_at_most_days=3)), House(None))
    assert policy.keep_at_most_days == 3
    assert policy.decided_by["keep_at_most_days"] == ("plugin house1",)


@pytest.mark.parametrize(
    "answer",
    [RuntimeError("no database"), HookFailed("no"), "off", {"recording": "off"}, True, False, 0, [STRICT], Rules],
    ids=repr,
)
async def test_a_plugin_that_fails_has_the_call_go_on_unrecorded(resolved: Resolve, answer: Any) -> None:
    before, after = await resolved(), await resolved(House(STRICT), House(answer))
    unknown = Rules(recording=RecordingMode.OFF, redact=LEVELS["everything"])
    assert rules_of(after) == stricter(rules_of(before), unknown)
    assert after.decided_by["recording"] == ("plugin that failed",)
    assert after.redact > LEVELS["everything"], "what it would have had masked is masked"


# When the law is not known.


@pytest.mark.parametrize("at", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2150, 6, 1, tzinfo=UTC)])
@pytest.mark.parametrize("direction", Direction)
async def test_with_a_clock_that_is_wrong_by_decades_nothing_is_recorded_and_there_is_a_call(
    resolved: Resolve, clock: ManualClock, at: datetime, direction: Direction
) -> None:
    clock.at = at
    policy = await resolved(House(Rules(keep_at_most_days=2)), direction=direction)
    assert policy.recording is RecordingMode.OFF
    assert policy.decided_by["recording"] == ("installation",)
    assert policy.places == ("unknown",)
    assert (policy.listening_notice, policy.ai_disclosure) == (True, frozenset(Disclosure))
    assert (policy.keep_at_most_days, policy.longest_s) == (2, 600.0), "what is demanded here is heeded all the same"
    open_at_some_time = policy.hours.opens_at(clock.now(), policy.zones) is not None
    assert open_at_some_time == (direction is Direction.INBOUND), "whom we call may be anywhere"


async def test_with_a_clock_that_is_right_the_law_of_that_day_holds(resolved: Resolve, clock: ManualClock) -> None:
    clock.at = datetime(2026, 8, 1, 12, tzinfo=UTC)
    before = await resolved(caller=GERMANY)
    clock.advance(86400)
    after = await resolved(caller=GERMANY)
    assert (before.ai_disclosure, after.ai_disclosure) == (frozenset(), {Disclosure.START})
