"""Which policy a call is held under: the law of both sides' places, joined with what everybody here demands."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from op26x import logs
from op26x.agents import Agent
from op26x.calls.info import Arrival
from op26x.calls.own_policy import Own, OwnPolicy, plugins_used
from op26x.calls.states import Direction
from op26x.errors import HookFailed, PolicyError
from op26x.plugins import Plugins, Registry, of_type
from op26x.policy import (
    ANYWHERE,
    EffectivePolicy,
    Fragment,
    Ground,
    Policies,
    PolicyCall,
    RecordingMode,
    Rules,
    Whereabouts,
    check_place,
    whereabouts,
)
from op26x.settings import CoreSettings

log = logs.get("policy")

NOT_RECORDED = Rules(recording=RecordingMode.OFF)
POLICIES = Policies()


class CallPolicies:
    """Resolves the policies of an organization's calls.

    Args:
        plugins: Asked by ``op26x_policy_for_call``.
        registry: Tells who an agent's services give data to; without it nothing is proved of them.
        core: The installation's settings.
        now: Tells the time, UTC.
        own: What the organization itself says of a call; without it, it says nothing.
    """

    def __init__(
        self,
        plugins: Plugins,
        registry: Registry | None,
        core: CoreSettings,
        now: Callable[[], datetime],
        own: OwnPolicy | None = None,
    ) -> None:
        self._demands = plugins.gatherer("op26x_policy_for_call", _fits_rules)
        self._registry = registry
        self._core = core
        self._now = now
        self._own = own

    async def of(self, arrival: Arrival, agent: Agent, at: datetime | None = None) -> EffectivePolicy:
        """The policy of a call. What goes wrong on the way means that nothing is recorded, never that there is no call.

        Args:
            arrival: Who calls whom.
            agent: Who takes it.
            at: When, UTC; now by default.
        """
        return await self._resolve(arrival, agent, at or self._now(), lambda: sides_of(arrival, agent, self._core))

    async def again(self, arrival: Arrival, agent: Agent, before: EffectivePolicy) -> EffectivePolicy:
        """The policy of a call that has one, as things stand now: of a law, a row or a ground that has ended since.

        Args:
            arrival: Who calls whom.
            agent: Who takes it.
            before: The policy that it has, which knows where both sides may be.
        """
        there = Whereabouts(frozenset(before.places), frozenset(before.zones))
        found = await self._resolve(arrival, agent, self._now(), lambda: (there, there))
        return msgspec.structs.replace(found, languages=before.languages)

    async def _resolve(
        self, arrival: Arrival, agent: Agent, at: datetime, sides: Callable[[], tuple[Whereabouts, Whereabouts]]
    ) -> EffectivePolicy:
        own = await self._own.of(arrival, agent) if self._own else Own()
        fragments = [*our_demands(agent, self._core), *await self._plugins_demands(arrival, agent), *own.demands]
        outbound = arrival.direction is Direction.OUTBOUND
        try:
            grounds = grounds_of(agent, self._registry) | own.grounds
            call = PolicyCall(*sides(), at, outbound, agent.purpose, grounds, own.overridden)
            return POLICIES.resolve(call, fragments, own.rows)
        except PolicyError as error:
            log.error("the law of a call is not known: it is not recorded", why=error.message)
            nowhere = PolicyCall(ANYWHERE, ANYWHERE, at, outbound)
            return POLICIES.strictest(nowhere, [*fragments, Fragment("installation", NOT_RECORDED)], own.rows)

    async def _plugins_demands(self, arrival: Arrival, agent: Agent) -> list[Fragment]:
        try:
            demands = await self._demands(arrival=arrival, agent=agent.name)
        except HookFailed as error:
            log.error("a plugin's policy is not known: the call is not recorded", why=error.message)
            return [Fragment("plugin that failed", NOT_RECORDED)]
        return [Fragment(f"plugin {name}", _converted(rules)) for name, rules in demands]


def _fits_rules(result: Any, arguments: Mapping[str, Any]) -> str:
    if wrong := of_type(Rules)(result, arguments):
        return wrong
    try:
        _converted(result)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        return f"its Rules are none: {error}"
    return ""


def _converted(rules: Rules) -> Rules:
    """The same with every value of its own type: a plugin may have written a word for a mode, or 10 for 10.0."""
    return msgspec.convert(msgspec.to_builtins(rules), Rules)


def our_demands(agent: Agent, core: CoreSettings) -> list[Fragment]:
    """What an agent's document and the installation demand."""
    rules = Rules(
        recording=agent.recording.mode,
        keep_at_most_days=agent.recording.keep_days,
        longest_s=agent.limits.duration_s,
    )
    found = [Fragment("agent", rules)]
    if core.recording == "off":
        found.append(Fragment("installation", NOT_RECORDED))
    return found


def sides_of(arrival: Arrival, agent: Agent, core: CoreSettings) -> tuple[Whereabouts, Whereabouts]:
    """Where the person on the phone may be, and where our side may.

    Args:
        arrival: Who calls whom.
        agent: Who takes it.
        core: The installation's settings.

    Raises:
        PolicyError: The agent's document or a setting names a place that is none.
    """
    outbound = arrival.direction is Direction.OUTBOUND
    person, line = (arrival.called, arrival.caller) if outbound else (arrival.caller, arrival.called)
    ours = _where_we_are(agent, core) or whereabouts(line.reveal())
    return whereabouts(person.reveal()).also_in(arrival.places), ours


def places_in(text: str) -> list[str]:
    """The places that a setting names, with commas between them.

    Raises:
        PolicyError: One is none, or has parts with laws of their own.
    """
    return [check_place(place.strip()) for place in text.split(",") if place.strip()]


def _where_we_are(agent: Agent, core: CoreSettings) -> Whereabouts | None:
    """Where our side is, if the agent's document or the installation's settings say it."""
    places = {*places_in(agent.place), *places_in(core.place)}
    return Whereabouts(frozenset(places), frozenset()) if places else None


def disallowed(agent: Agent, carrier: str, policy: EffectivePolicy) -> str:
    """Which provider a call may not be held by, as ``llm openai``; empty if it may be by all that it would be.

    Args:
        agent: Whose services.
        carrier: Who carries the call: the provider of telephony.
        policy: What the call is held under.
    """
    chosen = {"llm": agent.llm.use, "stt": agent.stt.use, "tts": agent.tts.use, "telephony": carrier}
    allowed = {role: getattr(policy.providers, role) for role in chosen}
    wrong = (role for role, names in allowed.items() if names is not None and chosen[role] not in names)
    return next((f"{role} {chosen[role]}" for role in wrong), "")


def grounds_of(agent: Agent, registry: Registry | None) -> frozenset[Ground]:
    """What is proved of every call of an agent: by its document, and by what its services declare."""
    emergency = frozenset({Ground.EMERGENCY} if agent.emergency else ())
    if registry is None:
        return emergency
    plugins = plugins_used(agent, "", registry)
    processors = [one for plugin in plugins for one in registry.processors.get(plugin, ())]
    if "" in plugins or any(processor.trains_on_data for processor in processors):
        return emergency
    return emergency | {Ground.PROCESSORS_MAY_NOT_USE_DATA}
