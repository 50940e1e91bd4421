"""``op26x scheduled-calls``: calls that wait until they may be placed."""

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from op26x.cli.context import Data, Json, Limit, Organization, by_command, open_workspace, run_async
from op26x.cli.output import moment, print_list, print_one

if TYPE_CHECKING:
    from op26x.client.types import ScheduledCallSummary

State = Literal["", "waiting", "placing", "placed", "refused", "failed", "canceled", "expired"]
Id = Annotated[str, Parameter(name="ID")]


def list_scheduled_calls(
    *,
    state: Annotated[State, Parameter(help="Only those in this state.")] = "",
    limit: Limit = 100,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Lists calls that wait until they may be placed, and what became of those that waited, newest first."""
    from op26x.client.summaries import scheduled_call_summary

    with open_workspace(data, organization) as workspace:
        found = run_async(workspace.scheduled.list(state=state, limit=limit))
    listed = [scheduled_call_summary(row) for row in found]
    rows = [
        {"id": one.id, "agent": one.agent, "called": one.called, "state": one.state, "next": _next(one)}
        for one in listed
    ]
    print_list(listed, rows, as_json=json, empty="No call waits. Order one with op26x calls place --when-allowed.")


def show_scheduled_call(
    scheduled_id: Id, /, *, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Shows a call that waits, or what became of it."""
    from op26x.client.summaries import scheduled_call_summary

    with open_workspace(data, organization) as workspace:
        row = run_async(workspace.scheduled.get(scheduled_id))
    print_one(scheduled_call_summary(row), as_json=json)


def cancel_scheduled_call(
    scheduled_id: Id,
    /,
    *,
    why: Annotated[str, Parameter(help="Why. It goes into the audit log.")],
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Calls off a call that waits."""
    from op26x.calls import ScheduleState
    from op26x.client.summaries import scheduled_call_summary

    with open_workspace(data, organization) as workspace:
        row = run_async(workspace.scheduled.settle(scheduled_id, ScheduleState.CANCELED, by_command(why)))
    print_one(scheduled_call_summary(row), as_json=json, said=f"{scheduled_id} is called off; its number is erased.")


def _next(scheduled: "ScheduledCallSummary") -> str:
    """What happens next, or has happened."""
    return scheduled.call_id or (moment(scheduled.not_before) if scheduled.state == "waiting" else scheduled.reason)
