"""A call is held with those alone whose terms its organization has accepted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from msgspec.structs import replace as replace_fields

from op26x.agents import Agent, ServiceChoice
from op26x.audit import Access
from op26x.calls import Arrival, Workspace, own_policy
from op26x.calls.own_policy import OwnPolicy
from op26x.calls.policies import CallPolicies, disallowed
from op26x.plugins import Plugins, Registry
from op26x.policy import EffectivePolicy, OwnRow, Providers, explained
from op26x.types import Processor

VENDOR = Processor(
    "Vendor Inc", ("api.vendor.example",), "language model", ("communications",), "https://vendor.example"
)
CARRIER = Processor("Carrier", ("api.carrier.example",), "telephony", ("communications",), "https://carrier.example")
BY = Access("user:1", "")
AGENT = Agent("desk", "Hello.", "Be kind.", ServiceChoice("vendor"), stt=ServiceChoice("own"), tts=ServiceChoice("own"))
OWNERS = {
    "llm": {"vendor": "vendor", "own": "own"},
    "stt": {"vendor": "vendor", "own": "own"},
    "tts": {"own": "own"},
    "telephony": {"twilio": "carrier", "test": "own"},
}
REGISTRY = Registry({}, {}, {}, {"vendor": (VENDOR,), "carrier": (CARRIER,)}, OWNERS)

Arrive = Callable[..., Arrival]


@pytest.fixture
def policies(workspace: Workspace, plugins: Plugins) -> CallPolicies:
    """With plugins that give data to a vendor and to a carrier."""
    own = OwnPolicy(workspace, REGISTRY)
    return CallPolicies(plugins, REGISTRY, workspace.settings.core, workspace.clock.now, own)


async def refused(policies: CallPolicies, arrival: Arrival, agent: Agent = AGENT) -> tuple[str, Any, Any]:
    """By whom it may not be held, by whom it may, and who decided that."""
    policy = await policies.of(arrival, agent)
    return disallowed(agent, arrival.provider, policy), policy.providers, policy.decided_by.get("providers")


async def test_an_agent_whose_vendor_is_not_accepted_takes_no_call(
    workspace: Workspace, policies: CallPolicies, arrival: Arrive
) -> None:
    call = replace(arrival(), provider="test")
    wrong, left, by = await refused(policies, call)
    assert (wrong, by) == ("llm vendor", ("terms of Vendor Inc",))
    assert left == Providers(llm=frozenset({"own"}), stt=frozenset({"own"}))
    await workspace.processors.accept(VENDOR, BY)
    assert await refused(policies, call) == ("", Providers(), None)


async def test_nor_does_one_whose_carrier_is_not(workspace: Workspace, policies: CallPolicies, arrival: Arrive) -> None:
    await workspace.processors.accept(VENDOR, BY)
    call = replace(arrival(), provider="twilio")
    wrong, _, by = await refused(policies, call)
    assert (wrong, by) == ("telephony twilio", ("terms of Carrier",))
    await workspace.processors.accept(CARRIER, BY)
    assert (await refused(policies, call))[0] == ""


async def test_who_needs_nobody_is_not_concerned(policies: CallPolicies, arrival: Arrive) -> None:
    agent = Agent(
        "desk", "Hello.", "Be kind.", ServiceChoice("own"), stt=ServiceChoice("own"), tts=ServiceChoice("own")
    )
    assert await refused(policies, replace(arrival(), provider="test"), agent) == ("", Providers(), None)


async def test_terms_that_change_close_at_the_next_call(
    workspace: Workspace, plugins: Plugins, arrival: Arrive
) -> None:
    await workspace.processors.accept(replace(VENDOR, version="1"), BY)
    own = OwnPolicy(workspace, REGISTRY)
    policies = CallPolicies(plugins, REGISTRY, workspace.settings.core, workspace.clock.now, own)
    assert (await refused(policies, replace(arrival(), provider="test")))[0] == "llm vendor"


async def test_nor_does_one_with_a_tool_of_somebody_whose_terms_are_not(
    workspace: Workspace, plugins: Plugins, arrival: Arrive
) -> None:
    crm = Processor(
        "CRM", ("api.crm.example",), "customer records", ("account",), "https://crm.example", places=("US",)
    )
    owners = OWNERS | {"tool": {"crm_lookup": "crm", "end_call": "own"}}
    registry = replace(REGISTRY, processors={"crm": (crm,)}, owners=owners)
    policies = CallPolicies(
        plugins, registry, workspace.settings.core, workspace.clock.now, OwnPolicy(workspace, registry)
    )
    call = replace(arrival(), provider="test")
    helpful = replace_fields(AGENT, tools=("end_call", "crm_lookup"))
    assert (await refused(policies, call, helpful))[0::2] == ("tool crm_lookup", ("terms of CRM",))
    assert (await refused(policies, call, replace_fields(AGENT, tools=("end_call",))))[0] == ""
    await workspace.processors.accept(crm, BY)
    assert (await refused(policies, call, helpful))[0] == ""
    await own_policy.add_rows(workspace, [EU_ONLY], Access("user:1", "contracts"))
    assert (await refused(policies, call, helpful))[0::2] == ("tool crm_lookup", ("places of CRM",))


REGIONAL = replace(VENDOR, places=("IE",))
HERE = replace(VENDOR, hosts=("127.0.0.1",))
AMERICAN = replace(CARRIER, places=("US",))
EU_ONLY = OwnRow(name="eu", why="our contracts", processed_in=("EU",))


@dataclass(frozen=True)
class Regions:
    """Resolves policies where a vendor has a certain place, and all terms are accepted."""

    workspace: Workspace
    plugins: Plugins
    arrival: Arrive

    async def of(self, *processors: Processor, carrier: str = "test", **settings: str) -> EffectivePolicy:
        """The policy of a call that the vendor's model answers."""
        registry = replace(REGISTRY, processors={"vendor": processors[:1], "carrier": processors[1:]})
        for one in processors:
            await self.workspace.processors.accept(one, BY)
        core = replace_fields(self.workspace.settings.core, **settings)
        own = OwnPolicy(self.workspace, registry)
        policies = CallPolicies(self.plugins, registry, core, self.workspace.clock.now, own)
        return await policies.of(replace(self.arrival(), provider=carrier), AGENT)


@pytest.fixture
def regions(workspace: Workspace, plugins: Plugins, arrival: Arrive) -> Regions:
    """With an organization whose calls may be processed in the EU alone."""
    return Regions(workspace, plugins, arrival)


@pytest.mark.parametrize(
    ("vendor", "wrong"),
    [
        (VENDOR, "llm vendor"),
        (REGIONAL, ""),
        (replace(VENDOR, places=("EU",)), ""),
        (replace(VENDOR, places=("IE", "US")), "llm vendor"),
        (replace(VENDOR, places=("GB",)), "llm vendor"),
        (replace(VENDOR, places=("Dublin",)), "llm vendor"),
        (HERE, ""),
    ],
    ids=["anywhere", "Ireland", "EU", "Ireland and USA", "United Kingdom", "no place", "this machine"],
)
async def test_a_company_that_may_process_data_elsewhere_holds_no_call(
    workspace: Workspace, regions: Regions, vendor: Processor, wrong: str
) -> None:
    await own_policy.add_rows(workspace, [EU_ONLY], Access("user:1", "contracts"))
    policy = await regions.of(vendor)
    assert disallowed(AGENT, "test", policy) == wrong
    assert policy.decided_by["processed_in"] == ("row eu",)
    assert policy.decided_by.get("providers") == (("places of Vendor Inc",) if wrong else None)


async def test_nor_does_a_carrier(workspace: Workspace, regions: Regions) -> None:
    await own_policy.add_rows(workspace, [EU_ONLY], Access("user:1", "contracts"))
    policy = await regions.of(REGIONAL, AMERICAN, carrier="twilio")
    assert disallowed(AGENT, "twilio", policy) == "telephony twilio"
    policy = await regions.of(REGIONAL, replace(AMERICAN, places=("DE",)), carrier="twilio")
    assert disallowed(AGENT, "twilio", policy) == ""


async def test_whoever_runs_the_installation_may_say_where(regions: Regions) -> None:
    assert disallowed(AGENT, "test", await regions.of(VENDOR)) == ""
    policy = await regions.of(VENDOR, processed_in="EU, GB")
    assert (policy.processed_in, policy.decided_by["processed_in"]) == ({"EU", "GB"}, ("installation",))
    assert disallowed(AGENT, "test", policy) == "llm vendor"


async def test_two_that_want_different_places_leave_none(workspace: Workspace, regions: Regions) -> None:
    await own_policy.add_rows(workspace, [EU_ONLY], Access("user:1", "contracts"))
    policy = await regions.of(REGIONAL, processed_in="US")
    assert (policy.processed_in, disallowed(AGENT, "test", policy)) == (frozenset(), "llm vendor")


async def test_explain_says_who_it_is_and_what_would_help(workspace: Workspace, regions: Regions) -> None:
    await own_policy.add_rows(workspace, [EU_ONLY], Access("user:1", "contracts"))
    lines = {line.field: line for line in explained(await regions.of(VENDOR))}
    assert lines["processed_in"].value == "EU"
    assert lines["processed_in"].decided_by[0].loosened_by == "op26x policy-rows remove eu"
    assert lines["providers"].decided_by[0].loosened_by == "a region of Vendor Inc's that lies there"
    assert lines["longest_s"].value == "600"
