"""Admission: which agent takes a call of an organization, and whether it may happen."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from op26x import logs
from op26x.agents import PublishedAgent
from op26x.calls.info import Admission, Arrival, Refuse
from op26x.calls.log import CallLog
from op26x.calls.model import Call
from op26x.calls.states import CallState, Direction
from op26x.calls.tokens import StreamTokens
from op26x.errors import AdmissionRefused, ArrivedBefore, HookFailed
from op26x.plugins import Plugins, of_type
from op26x.types import PhoneNumber

log = logs.get("calls")

REASON = re.compile(r"[^\W\d_][^\d@]{0,59}")
"""It is stored: a number, an address or a whole sentence has no place in it."""

Choose = Callable[[str], Awaitable[PublishedAgent | None]]


class Admissions:
    """Decides on the calls of one organization.

    Args:
        log: Where calls are written, the refused ones too.
        plugins: Asked by ``op26x_route_call`` and ``op26x_call_arriving``.
        choose: The agent that takes calls under a name; under none, the one that takes them if nobody else does.
        tokens: Open the media streams of those that may happen.
        may_be_called: Whether a person has not asked to be left alone.
    """

    def __init__(
        self,
        log: CallLog,
        plugins: Plugins,
        choose: Choose,
        tokens: StreamTokens,
        *,
        may_be_called: Callable[[PhoneNumber], Awaitable[bool]] | None = None,
    ) -> None:
        self._log = log
        self._may_be_called = may_be_called
        self._route = plugins.decider("op26x_route_call", of_type(str))
        self._arriving = plugins.decider("op26x_call_arriving", _fits_refusal)
        self._choose = choose
        self._tokens = tokens

    async def decide(self, arrival: Arrival) -> Admission:
        """Routes and admits a call; an outbound one gets its token when the provider asks for it.

        Raises:
            AdmissionRefused: No agent, a refusal by a plugin, or an error on the way: closed, not open.
        """
        sid = arrival.provider_call_id
        if sid and await self._log.by_provider_id(arrival.provider, sid):
            raise ArrivedBefore("The call was refused: it has arrived before.")
        name, published, refusal = await self._ask(arrival)
        state = CallState.RINGING if arrival.direction is Direction.INBOUND else CallState.QUEUED
        call = await self._noted(arrival, name, published, state)
        if refusal:
            log.warning("a call is refused", call=call.id, agent=name, why=refusal)
            await self._log.move(call.id, CallState.FAILED, reason=f"refused: {refusal}")
            raise AdmissionRefused(f"The call was refused: {refusal}.")
        if arrival.direction is Direction.OUTBOUND:
            return Admission(call.id, name, "", call.organization_id)
        return self._tokens.issue(call)

    async def _noted(self, arrival: Arrival, name: str, published: PublishedAgent | None, state: CallState) -> Call:
        keep_days = published.agent.recording.keep_days if published else None
        number = published.number if published else None
        try:
            return await self._log.begin(arrival, name, state, keep_days, agent_version=number)
        except ArrivedBefore:
            raise
        except Exception as error:  # a full disk, a database that is gone: what can't be noted does not happen
            log.error("a call can't be noted, and is refused", provider=arrival.provider, exc_info=error)
            raise AdmissionRefused("The call can't be noted; see the log.") from error

    async def _ask(self, arrival: Arrival) -> tuple[str, PublishedAgent | None, str]:
        """The agent, and the reason for a refusal, empty if there is none."""
        try:
            name = arrival.agent or await self._route(arrival=arrival) or ""
            published = await self._choose(name)
            if published is None:
                return name, None, "no such agent"
            name = published.agent.name
            if await self._is_suppressed(arrival):
                return name, published, "do-not-call"
            refusal: Refuse | None = await self._arriving(arrival=arrival)
        except HookFailed as error:
            return arrival.agent, None, error.message.rstrip(".")
        return name, published, "" if refusal is None else refusal.reason

    async def _is_suppressed(self, arrival: Arrival) -> bool:
        outbound = arrival.direction is Direction.OUTBOUND
        return outbound and self._may_be_called is not None and not await self._may_be_called(arrival.called)


def _fits_refusal(result: Any, arguments: Mapping[str, Any]) -> str:
    if wrong := of_type(Refuse)(result, arguments):
        return wrong
    if not isinstance(result.reason, str) or not REASON.fullmatch(result.reason):
        return "the reason of its Refuse is not a word or two without digits"
    return ""
