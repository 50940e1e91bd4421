"""A call is held with those alone whose terms its organization has accepted."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from op26x.agents import Agent, ServiceChoice
from op26x.audit import Access
from op26x.calls import Arrival, Workspace
from op26x.calls.own_policy import OwnPolicy
from op26x.calls.policies import CallPolicies, disallowed
from op26x.plugins import Plugins, Registry
from op26x.policy import Providers
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
