"""The API's routes about calls: the list, one call, a new one."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import Parameter

from op26x.calls import CallState, NewCall, Workspace
from op26x.calls.policies import places_in
from op26x.calls.wanted import Wanted
from op26x.client.policy_types import PolicyExplanation
from op26x.client.summaries import call_detail, call_summaries, call_summary, policy_explanation
from op26x.client.types import CallDetail, CallSummary, PlaceCall
from op26x.policy import check_campaign
from op26x.types import PhoneNumber
from op26x.voice import VoiceSwitchboard
from op26x.voice.call.orders import Standing

Limit = Annotated[int, Parameter(ge=1, le=500)]
StateName = Annotated[CallState | None, Parameter(query="state")]
"""``state`` is Litestar's own name for something else."""


def call_routes(switchboard: VoiceSwitchboard) -> list[Any]:
    """The routes."""

    @get("/calls", action="calls.read")
    async def list_calls(
        workspace: Workspace,
        limit: Limit = 100,
        before: str = "",
        agent: str = "",
        call_state: StateName = None,
        since: datetime | None = None,
        recorded: bool | None = None,
        provider_call_id: str = "",
    ) -> list[CallSummary]:
        """Calls, newest first; ``before`` is a call's identifier to continue after."""
        wanted = Wanted(before, agent, call_state or "", since, recorded, provider_call_id)
        return await call_summaries(workspace, wanted, limit)

    @get("/calls/{call_id:str}", action="calls.read")
    async def show_call(workspace: Workspace, call_id: str) -> CallDetail:
        """One call with its turns, its recording and what was agreed."""
        detail = await call_detail(workspace, call_id)
        standing = await switchboard.orders.standing(workspace.organization_id, call_id)
        return detail if standing is None else _live(detail, standing)

    @get("/calls/{call_id:str}/policy", action="calls.read")
    async def show_policy(workspace: Workspace, call_id: str) -> PolicyExplanation:
        """What a call is held under, and who decided what in it."""
        call, _ = await workspace.calls.get(call_id)
        return policy_explanation(await workspace.policies.get(call.policy))

    @post("/calls", status_code=201, action="calls.place")
    async def place_call(workspace: Workspace, data: PlaceCall) -> CallSummary:
        """Places a call."""
        call_id = await switchboard.place(workspace.organization_id, new_call(data))
        call, _ = await workspace.calls.get(call_id)
        return call_summary(call)

    return [list_calls, show_call, show_policy, place_call]


def new_call(wanted: PlaceCall) -> NewCall:
    """A call as it was asked for.

    Raises:
        UsageError: The number is none.
        PolicyError: A place is none, or a campaign is not called so.
    """
    places, campaign = tuple(places_in(wanted.place)), check_campaign(wanted.campaign)
    return NewCall(PhoneNumber.parse(wanted.to), wanted.agent, wanted.provider, places, campaign)


def _live(detail: CallDetail, standing: Standing) -> CallDetail:
    """With what is not written before a call is over: how it is recorded, and whether it is right now."""
    call = msgspec.structs.replace(detail.call, recording_mode=standing.mode.value)
    return msgspec.structs.replace(detail, call=call, recording_now=standing.now)
