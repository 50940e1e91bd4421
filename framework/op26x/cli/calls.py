"""``op26x calls``: those in the database, and new ones through the running service."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Data, Json, Limit, Organization, data_option, load_context, open_workspace, run_async
from op26x.cli.output import moment, print_list, print_one, print_red
from op26x.errors import UsageError

RECORDED = {"": "", "completed": "yes", "in-progress": "now", "interrupted": "part"}
HIDDEN = ("id", "purpose", "announcement")
State = Literal["", "queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]


def list_calls(
    *,
    agent: Annotated[str, Parameter(help="Only calls that this agent took.")] = "",
    state: Annotated[State, Parameter(help="Only calls in this state.")] = "",
    since: Annotated[datetime | None, Parameter(help="Only calls made then or later, ISO 8601; UTC.")] = None,
    recorded: Annotated[bool | None, Parameter(help="Only calls that were, or were not, recorded.")] = None,
    limit: Limit = 50,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Lists calls, newest first."""
    from op26x.calls.wanted import Wanted
    from op26x.client.summaries import call_summaries

    wanted = Wanted(agent=agent, state=state, since=since, recorded=recorded)
    with open_workspace(data, organization) as workspace:
        calls = run_async(call_summaries(workspace, wanted, limit))
    here = data_option(data)
    none = f"No calls yet in {workspace.settings.core.data}. While op26x up{here} runs: op26x calls simulate{here}"
    if wanted != Wanted():
        none = "No such calls."
    print_list(calls, [_in_brief(call) for call in calls], as_json=json, empty=none)


def show_call(
    call_id: Annotated[str, Parameter(name="ID")],
    /,
    *,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Shows one call with its turns. Words are not among them: see op26x transcripts show."""
    from op26x.client.summaries import call_detail

    with open_workspace(data, organization) as workspace:
        detail = run_async(call_detail(workspace, call_id))
    if json:
        print_one(detail, as_json=True)
        return
    print_one(detail.call, as_json=False)
    for override in detail.overrides:
        print_red(f"The law was overridden: {override}")
    print()
    agreed = [{k: v for k, v in msgspec.structs.asdict(c).items() if k not in HIDDEN} for c in detail.consents]
    print_list(detail.consents, agreed, as_json=False, empty="Nothing was asked or agreed.")
    print()
    turns = [{k: v for k, v in msgspec.structs.asdict(turn).items() if k != "id"} for turn in detail.turns]
    print_list(detail.turns, turns, as_json=False, empty="No turns.")


def place_call(
    *,
    to: Annotated[str, Parameter(help="Whom to call, with the country code: +12125550123.")],
    agent: Annotated[str, Parameter(help="Who calls.")],
    place: Annotated[str, Parameter(help="Where the person is besides what their number tells: US-CA, DE.")] = "",
    campaign: Annotated[str, Parameter(help="The campaign that the call belongs to.")] = "",
    when_allowed: Annotated[
        bool, Parameter(negative=(), help="If they may not be called now, as soon as they may.")
    ] = False,
    not_before: Annotated[
        datetime | None, Parameter(help="With --when-allowed: not before then, ISO 8601; UTC.")
    ] = None,
    until: Annotated[
        datetime | None, Parameter(help="With --when-allowed: give up then. Seven days by default.")
    ] = None,
    organization: Organization = "",
    data: Data = None,
    provider: str = "twilio",
    json: Json = False,
) -> None:
    """Places a call through the running service."""
    from op26x.client import Client
    from op26x.client.types import ScheduleCall

    if not when_allowed and (not_before or until):
        raise UsageError("The call would be placed now.", "Add --when-allowed, or leave out --not-before and --until.")
    here = data_option(data)
    with Client.of_running_service(load_context(data=data).settings, organization) as client:
        if when_allowed:
            wanted = ScheduleCall(
                to, agent, provider, place, campaign, not_before=not_before, until=until, why="command-line"
            )
            waiting = client.schedule_call(wanted)
            print_one(waiting, as_json=json, said=_told(waiting, here))
            return
        call = client.place_call(to=to, agent=agent, provider=provider, place=place, campaign=campaign)
    print_one(call, as_json=json, said=f"{call.id}: {call.state}. See op26x calls show {call.id}{here}")


def _told(scheduled: Any, here: str) -> str:
    if scheduled.call_id:
        return f"{scheduled.call_id}: placed. See op26x calls show {scheduled.call_id}{here}"
    until = f" until {moment(scheduled.not_before)}" if scheduled.state == "waiting" else ""
    why = f": {scheduled.reason}" if scheduled.reason else ""
    said = f"{scheduled.id}: {scheduled.state}{until}{why}".rstrip(".")
    return f"{said}. See op26x scheduled-calls show {scheduled.id}{here}"


def _in_brief(call: Any) -> dict[str, Any]:
    """What fits on a line of 80 characters."""
    return {
        "id": call.id,
        "began": f"{call.created_at:%m-%d %H:%M}",
        "agent": call.agent,
        "caller": "" if call.caller == "withheld" else call.caller,
        "secs": "" if call.duration_s is None else f"{call.duration_s:.0f}",
        "ended": call.end_reason or call.state,
        "rec": RECORDED.get(call.recording_state, call.recording_state),
    }
