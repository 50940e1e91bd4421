"""Which policy a call is held under: the law of both sides' places, joined with what everybody here demands."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from op26x import logs
from op26x.agents import Agent
from op26x.calls.info import Arrival
from op26x.calls.own_policy import Own, OwnPolicy, plugins_used, processed_elsewhere
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
    known_places,
    whereabouts,
)
from op26x.redaction import LEVELS
from op26x.settings import CoreSettings

log = logs.get("policy")

NOT_RECORDED = Rules(recording=RecordingMode.OFF)
STRICTEST = Rules(recording=RecordingMode.OFF, redact=LEVELS["everything"])
"""What holds in place of demands that are not known."""
POLICIES = Policies()


class CallPolicies:
    """Resolves the policies of an organization's calls.

    Args:
        plugins: Asked by ``op26x_policy_for_call``.
        registry: Tells who an agent's services give data to.
        core: The installation's settings.
        now: Tells the time, UTC.
        own: What the organization itself says of a call; without it, it says nothing.
    """

    def __init__(
        self,
        plugins: Plugins,
        registry: Registry,
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
        used = plugins_used(agent, arrival.provider, self._registry)
        try:
            grounds = grounds_of(agent, self._registry) | own.grounds
            call = PolicyCall(*sides(), at, outbound, agent.purpose, grounds, own.overridden)
            return resolved(partial(POLICIES.resolve, call, own=own.rows), fragments, self._registry, used)
        except PolicyError as error:
            log.error("the law of a call is not known: it is not recorded", why=error.message)
            nowhere = PolicyCall(ANYWHERE, ANYWHERE, at, outbound)
            strictest = partial(POLICIES.strictest, nowhere, own=own.rows)
            return resolved(strictest, [*fragments, Fragment("installation", NOT_RECORDED)], self._registry, used)

    async def _plugins_demands(self, arrival: Arrival, agent: Agent) -> list[Fragment]:
        try:
            demands = await self._demands(arrival=arrival, agent=agent.name)
        except HookFailed as error:
            log.error("a plugin's policy is not known: the call is not recorded, and redacted", why=error.message)
            return [Fragment("plugin that failed", STRICTEST)]
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


def resolved(
    resolve: Callable[[Sequence[Fragment]], EffectivePolicy],
    fragments: Sequence[Fragment],
    registry: Registry,
    used: Collection[str],
) -> EffectivePolicy:
    """A policy that allows nobody who may process the call elsewhere than it says itself.

    Args:
        resolve: Makes the policy of a call out of fragments.
        fragments: What is demanded.
        registry: Knows where companies process data.
        used: The plugins that the call would be held with.
    """
    policy = resolve(fragments)
    if policy.processed_in is None:
        return policy
    return resolve([*fragments, *processed_elsewhere(registry, used, policy.processed_in)])


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
    if redact := LEVELS[core.redact]:
        found.append(Fragment("installation", Rules(redact=redact)))
    if core.processed_in:
        found.append(Fragment("installation", Rules(processed_in=regions_in(core.processed_in))))
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


def regions_in(text: str) -> frozenset[str]:
    """Where companies may process data, as a setting names it, with commas between.

    Raises:
        PolicyError: There is no such place.
    """
    places = frozenset(place.strip() for place in text.split(",") if place.strip())
    if unknown := sorted(places - known_places()):
        raise PolicyError(f"There is no place {unknown[0]!r}.", "Write it as in ISO 3166, or EU or EEA: EU, GB.")
    return places


def _where_we_are(agent: Agent, core: CoreSettings) -> Whereabouts | None:
    """Where our side is, if the agent's document or the installation's settings say it."""
    places = {*places_in(agent.place), *places_in(core.place)}
    return Whereabouts(frozenset(places), frozenset()) if places else None


def disallowed(agent: Agent, carrier: str, policy: EffectivePolicy) -> str:
    """Which provider or tool a call may not be held with, as ``llm openai``; empty if it may with all.

    Args:
        agent: Whose services.
        carrier: Who carries the call: the provider of telephony.
        policy: What the call is held under.
    """
    services = {"llm": agent.llm.use, "stt": agent.stt.use, "tts": agent.tts.use, "telephony": carrier}
    chosen = [*services.items(), *(("tool", name) for name in agent.tools)]
    allowed = ((role, name, getattr(policy.providers, role)) for role, name in chosen)
    return next((f"{role} {name}" for role, name, names in allowed if names is not None and name not in names), "")


def grounds_of(agent: Agent, registry: Registry) -> frozenset[Ground]:
    """What is proved of every call of an agent: by its document, and by what its services declare."""
    emergency = frozenset({Ground.EMERGENCY} if agent.emergency else ())
    plugins = plugins_used(agent, "", registry)
    processors = [one for plugin in plugins for one in registry.processors.get(plugin, ())]
    if "" in plugins or any(processor.trains_on_data for processor in processors):
        return emergency
    return emergency | {Ground.PROCESSORS_MAY_NOT_USE_DATA}
