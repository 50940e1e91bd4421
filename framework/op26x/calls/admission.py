"""Admission: which agent takes a call, whether it may happen, and the token that opens its media stream."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from op26x import logs
from op26x.calls.info import Admission, Arrival, Refuse
from op26x.calls.log import CallLog
from op26x.calls.model import Call
from op26x.calls.states import CallState, Direction
from op26x.clock import Clock
from op26x.errors import AdmissionRefused, HookFailed
from op26x.ids import Ids
from op26x.plugins import Plugins, of_type
from op26x.types import PhoneNumber

log = logs.get("calls")

REASON = re.compile(r"[^\W\d_][^\d@]{0,59}")
"""It is stored: a number, an address or a whole sentence has no place in it."""

TOKEN_LIFE_S = 30.0
"""Twilio opens the stream as soon as it has read the answer to its webhook."""


@dataclass
class _Issued:
    admission: Admission
    provider_call_id: str
    expires: float


class Admissions:
    """Decides on calls and keeps the tokens of those that may happen, until each is used once.

    Args:
        log: Where calls are written, the refused ones too.
        plugins: Asked by ``op26x_route_call`` and ``op26x_call_arriving``.
        agents: Names of the agents there are.
        ids: Makes the tokens.
        clock: Tells when a token has expired.
        keep_days: An agent's own retention period, if it has one.
        may_be_called: Whether a person has not asked to be left alone.
    """

    def __init__(
        self,
        log: CallLog,
        plugins: Plugins,
        agents: Callable[[], set[str]],
        ids: Ids,
        clock: Clock,
        *,
        keep_days: Callable[[str], int | None] = lambda agent: None,
        may_be_called: Callable[[PhoneNumber], Awaitable[bool]] | None = None,
    ) -> None:
        self._log = log
        self._keep_days = keep_days
        self._may_be_called = may_be_called
        self._route = plugins.decider("op26x_route_call", of_type(str))
        self._arriving = plugins.decider("op26x_call_arriving", _fits_refusal)
        self._agents = agents
        self._ids = ids
        self._clock = clock
        self._issued: dict[str, _Issued] = {}

    async def decide(self, arrival: Arrival) -> Admission:
        """Routes and admits a call; an outbound one gets its token when the provider asks for it.

        Raises:
            AdmissionRefused: No agent, a refusal by a plugin, or an error on the way: closed, not open.
        """
        sid = arrival.provider_call_id
        if sid and await self._log.by_provider_id(arrival.provider, sid):
            raise AdmissionRefused("The call was refused: it has arrived before.")
        agent, refusal = await self._ask(arrival)
        state = CallState.RINGING if arrival.direction is Direction.INBOUND else CallState.QUEUED
        call = await self._noted(arrival, agent, state)
        if refusal:
            log.warning("a call is refused", call=call.id, agent=agent, why=refusal)
            await self._log.move(call.id, CallState.FAILED, reason=f"refused: {refusal}")
            raise AdmissionRefused(f"The call was refused: {refusal}.")
        if arrival.direction is Direction.OUTBOUND:
            return Admission(call.id, agent, "")
        return self.issue(call)

    async def _noted(self, arrival: Arrival, agent: str, state: CallState) -> Call:
        try:
            return await self._log.begin(arrival, agent, state, self._keep_days(agent))
        except Exception as error:  # a full disk, a database that is gone: what can't be noted does not happen
            log.error("a call can't be noted, and is refused", provider=arrival.provider, exc_info=error)
            raise AdmissionRefused("The call can't be noted; see the log.") from error

    @property
    def outstanding(self) -> int:
        """Calls that were admitted, and whose media stream has not come yet."""
        now = self._clock.monotonic()
        return sum(issued.expires > now for issued in self._issued.values())

    def issue(self, call: Call) -> Admission:
        """Makes a one-time token for a call."""
        admission = Admission(call.id, call.agent, self._ids.token())
        expires = self._clock.monotonic() + TOKEN_LIFE_S
        self._issued = {t: i for t, i in self._issued.items() if i.expires > self._clock.monotonic()}
        self._issued[admission.token] = _Issued(admission, call.provider_call_id or "", expires)
        return admission

    def redeem(self, token: str, provider_call_id: str) -> Admission:
        """Takes a token in, once.

        Raises:
            AdmissionRefused: It is unknown, used or expired, or it was made for another call.
        """
        issued = self._issued.pop(token, None)
        if issued is None or issued.expires <= self._clock.monotonic():
            raise AdmissionRefused("The token of the media stream is unknown, used or expired.")
        if issued.provider_call_id != provider_call_id:
            raise AdmissionRefused("The token of the media stream belongs to another call.")
        return issued.admission

    async def _ask(self, arrival: Arrival) -> tuple[str, str]:
        """The agent and the reason for a refusal, empty if there is none."""
        try:
            agent = arrival.agent or await self._route(arrival=arrival)
            if not agent or agent not in self._agents():
                return agent or "", "no such agent"
            if await self._is_suppressed(arrival):
                return agent, "do-not-call"
            refusal: Refuse | None = await self._arriving(arrival=arrival)
        except HookFailed as error:
            return arrival.agent, error.message.rstrip(".")
        if refusal is None:
            return agent, ""
        return agent, refusal.reason

    async def _is_suppressed(self, arrival: Arrival) -> bool:
        outbound = arrival.direction is Direction.OUTBOUND
        return outbound and self._may_be_called is not None and not await self._may_be_called(arrival.called)


def _fits_refusal(result: Any, arguments: Mapping[str, Any]) -> str:
    if wrong := of_type(Refuse)(result, arguments):
        return wrong
    if not isinstance(result.reason, str) or not REASON.fullmatch(result.reason):
        return "the reason of its Refuse is not a word or two without digits"
    return ""
