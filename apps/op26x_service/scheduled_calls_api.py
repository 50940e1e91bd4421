"""The API's routes about calls that wait until they may be placed."""

from typing import Annotated, Any

from litestar import Response, delete, get, post
from litestar.params import Parameter

from op26x.accounts import Actor
from op26x.calls import ScheduleState, Workspace
from op26x.client.summaries import scheduled_call_summary
from op26x.client.types import ScheduleCall, ScheduledCallSummary
from op26x.clock import in_utc
from op26x.voice import Scheduling
from op26x_service.calls_api import Limit, new_call
from op26x_service.recordings_api import UNSAID, Why

StateName = Annotated[ScheduleState | None, Parameter(query="state")]
"""``state`` is Litestar's own name for something else."""


def scheduled_call_routes(scheduling: Scheduling) -> list[Any]:
    """The routes."""

    @post("/scheduled-calls", status_code=201, action="calls.place")
    async def schedule_call(workspace: Workspace, actor: Actor, data: ScheduleCall) -> ScheduledCallSummary:
        """Places a call at once if the person may be called now, else as soon as they may."""
        row = await scheduling.order(
            workspace.organization_id,
            new_call(data),
            actor.access(data.why),
            not_before=in_utc(data.not_before) if data.not_before else None,
            until=in_utc(data.until) if data.until else None,
        )
        return scheduled_call_summary(row)

    return [schedule_call, list_scheduled_calls, show_scheduled_call, cancel_scheduled_call]


@get("/scheduled-calls", action="calls.read")
async def list_scheduled_calls(
    workspace: Workspace, limit: Limit = 100, before: str = "", schedule_state: StateName = None
) -> list[ScheduledCallSummary]:
    """Calls that wait, or have waited, newest first; ``before`` is the identifier of one to continue after."""
    found = await workspace.scheduled.list(state=schedule_state or "", before=before, limit=limit)
    return [scheduled_call_summary(row) for row in found]


@get("/scheduled-calls/{scheduled_id:str}", action="calls.read")
async def show_scheduled_call(workspace: Workspace, scheduled_id: str) -> ScheduledCallSummary:
    """One of them."""
    return scheduled_call_summary(await workspace.scheduled.get(scheduled_id))


@delete("/scheduled-calls/{scheduled_id:str}", status_code=204, action="calls.place")
async def cancel_scheduled_call(
    workspace: Workspace, actor: Actor, scheduled_id: str, why: Why = UNSAID
) -> Response[None]:
    """Calls one off. 409: it was settled before, or is being placed."""
    await workspace.scheduled.settle(scheduled_id, ScheduleState.CANCELED, actor.access(why))
    return Response(None, status_code=204)
