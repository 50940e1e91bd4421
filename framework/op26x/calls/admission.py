"""Admission: which agent takes a call of an organization, and whether it may happen."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from op26x import logs
from op26x.agents import Agent, PublishedAgent
from op26x.calls.dialling import NotNow, Person
from op26x.calls.info import Admission, Arrival, Refuse
from op26x.calls.model import Call
from op26x.calls.policies import CallPolicies, disallowed
from op26x.calls.states import CallState, Direction
from op26x.calls.tokens import StreamTokens
from op26x.calls.workspace import Workspace
from op26x.consent.ledger import UNWRITABLE
from op26x.errors import AdmissionRefused, ArrivedBefore, HookFailed
from op26x.plugins import Plugins, of_type
from op26x.policy import PLACES, TERMS, EffectivePolicy
from op26x.processors import accepting

log = logs.get("calls")

TERMS_NOT_ACCEPTED = "terms that are not accepted"
"""The reason of a call that is refused, or can't begin, since a company's terms are not accepted."""
SOON = timedelta(minutes=1)
"""After an error, a call that waits is tried again."""
REASON = re.compile(r"[^\W\d_][^\d@]{0,59}")
"""It is stored: a number, an address or a whole sentence has no place in it."""

Choose = Callable[[str], Awaitable[PublishedAgent | None]]


@dataclass(frozen=True)
class _Decision:
    """What was decided of a call.

    Attributes:
        name: The agent's.
        published: The agent; nothing if there is none of that name.
        policy: What the call is held under; nothing if it was refused before that was asked.
        refusal: Why it may not happen; nothing if it may.
    """

    name: str
    published: PublishedAgent | None = None
    policy: EffectivePolicy | None = None
    refusal: NotNow | None = None


class Admissions:
    """Decides on the calls of one organization.

    Args:
        workspace: Where calls are written, the refused ones too.
        plugins: Asked by ``op26x_route_call`` and ``op26x_call_arriving``.
        choose: The agent that takes calls under a name; under none, the one that takes them if nobody else does.
        tokens: Open the media streams of those that may happen.
        policies: Tells the policy of a call.
        ready_for: Returns when the agent can hold a call under its policy at once.
    """

    def __init__(
        self,
        workspace: Workspace,
        plugins: Plugins,
        choose: Choose,
        tokens: StreamTokens,
        policies: CallPolicies,
        ready_for: Callable[[Agent, EffectivePolicy], Awaitable[None]],
    ) -> None:
        self._workspace = workspace
        self._log = workspace.calls
        self._route = plugins.decider("op26x_route_call", of_type(str))
        self._arriving = plugins.decider("op26x_call_arriving", _fits_refusal)
        self._choose = choose
        self._tokens = tokens
        self._policies = policies
        self._ready_for = ready_for

    async def decide(self, arrival: Arrival) -> Admission:
        """Routes and admits a call; an outbound one gets its token when the provider asks for it.

        Raises:
            AdmissionRefused: No agent, the law, a person who asked not to be called, a refusal by a plugin, or an error
                on the way: closed, not open.
        """
        try:
            return await self._decide(arrival)
        except UNWRITABLE as error:
            log.error("a call can't be looked into, and is refused", provider=arrival.provider, exc_info=error)
            raise AdmissionRefused("The records can't be read; see the log.", again=self._soon()) from error

    async def _decide(self, arrival: Arrival) -> Admission:
        sid = arrival.provider_call_id
        if sid and await self._log.by_provider_id(arrival.provider, sid):
            raise ArrivedBefore("The call was refused: it has arrived before.")
        decision = await self._ask(arrival)
        call = await self._noted(arrival, decision)
        if refusal := decision.refusal:
            log.warning("a call is refused", call=call.id, agent=decision.name, why=refusal.reason)
            await self._log.move(call.id, CallState.FAILED, reason=f"refused: {refusal.reason}")
            raise refusal.error()
        if arrival.direction is Direction.OUTBOUND:
            return Admission(call.id, decision.name, "", call.organization_id)
        return self._tokens.issue(call)

    async def _noted(self, arrival: Arrival, decision: _Decision) -> Call:
        published, policy = decision.published, decision.policy
        state = CallState.RINGING if arrival.direction is Direction.INBOUND else CallState.QUEUED
        try:
            call = await self._log.begin(
                arrival,
                decision.name,
                state,
                policy.keep_at_most_days if policy else None,
                agent_version=published.number if published else None,
                policy=await self._workspace.policies.keep(policy) if policy else "",
            )
            if policy and decision.refusal is None and arrival.direction is Direction.OUTBOUND:
                await self._workspace.attempts.note(call, policy)
            return call
        except ArrivedBefore:
            raise
        except Exception as error:  # a full disk, a database that is gone: what can't be noted does not happen
            log.error("a call can't be noted, and is refused", provider=arrival.provider, exc_info=error)
            raise AdmissionRefused("The call can't be noted; see the log.", again=self._soon()) from error

    async def _ask(self, arrival: Arrival) -> _Decision:
        published: PublishedAgent | None = None
        name = arrival.agent
        try:
            name = name or await self._route(arrival=arrival) or ""
            published = await self._choose(name)
            if published is None:
                return _Decision(name, refusal=NotNow("no such agent", "See op26x agents list."))
            agent = published.agent
            policy = await self._policies.of(arrival, agent)
            decided = _Decision(agent.name, published, policy)
            if wrong := disallowed(agent, arrival.provider, policy):
                return replace(decided, refusal=not_with(wrong, policy))
            if arrival.direction is Direction.OUTBOUND:
                person = Person.of(arrival, self._workspace.index)
                if refusal := await self._workspace.dialling.refusal(policy, person, agent.purpose):
                    return replace(decided, refusal=refusal)
            await self._ready_for(agent, policy)
            refused: Refuse | None = await self._arriving(arrival=arrival)
        except HookFailed as error:
            return _Decision(arrival.agent, refusal=NotNow(error.message.rstrip("."), error.remedy, self._soon()))
        return decided if refused is None else replace(decided, refusal=NotNow(refused.reason, ""))

    def _soon(self) -> datetime:
        """When what went wrong may be mended."""
        return self._workspace.clock.now() + SOON


def not_with(wrong: str, policy: EffectivePolicy) -> NotNow:
    """The refusal of a call that would be held with a provider that its policy does not allow."""
    if companies := _companies(policy, TERMS):
        accept = "; ".join(map(accepting, companies))
        return NotNow(TERMS_NOT_ACCEPTED, f"Read those of {' and '.join(companies)}, then: {accept}")
    if (companies := _companies(policy, PLACES)) and policy.processed_in is not None:
        where = ", ".join(sorted(policy.processed_in)) or "no place that all who demand one agree on"
        why = f"{' and '.join(companies)} may process it elsewhere than in {where}: choose a region there, or another."
        return NotNow("a company that processes data elsewhere", why)
    why = f"It may not be held with {wrong}: see op26x policy explain, or choose another in the agent."
    return NotNow("a provider that the policy does not allow", why)


def _companies(policy: EffectivePolicy, because: str) -> list[str]:
    """The companies that may not be used because of their terms, or of their places."""
    sources = policy.decided_by.get("providers", ())
    return [source.removeprefix(because) for source in sources if source.startswith(because)]


def _fits_refusal(result: Any, arguments: Mapping[str, Any]) -> str:
    if wrong := of_type(Refuse)(result, arguments):
        return wrong
    if not isinstance(result.reason, str) or not REASON.fullmatch(result.reason):
        return "the reason of its Refuse is not a word or two without digits"
    return ""
