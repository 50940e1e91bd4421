"""``op26x disclosures``: what companies were given in calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from op26x.cli.context import Data, Json, Limit, Organization, by_command, open_workspace, run_async
from op26x.cli.output import moment, print_list
from op26x.client.processor_types import DisclosureSummary, DisclosureTotal
from op26x.clock import in_utc
from op26x.types import PhoneNumber

if TYPE_CHECKING:
    from op26x.calls import Workspace

NOBODY = "No company is on record as having been given anything."


def show_disclosures(
    call_id: Annotated[str, Parameter(name="CALL", help="Identifier of the call.")],
    /,
    *,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Shows what companies were given in a call: which data, how much, when, and under which terms."""
    from op26x.client.summaries import disclosure_summaries

    with open_workspace(data, organization) as workspace:
        call, _ = run_async(workspace.calls.get(call_id))
        found = disclosure_summaries(run_async(workspace.disclosures.list(call_ids=[call.id])))
    _print(found, as_json=json)


def list_disclosures(
    *,
    number: Annotated[str, Parameter(help="Only of calls with one person, by their number.")] = "",
    processor: Annotated[str, Parameter(help="Only to one company.")] = "",
    since: Annotated[datetime | None, Parameter(help="Only in calls that began then or later, ISO 8601; UTC.")] = None,
    limit: Limit = 100,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Lists what companies were given, newest first."""
    from op26x.client.summaries import disclosure_summaries

    with open_workspace(data, organization) as workspace:
        call_ids = run_async(_calls_with(workspace, number)) if number else None
        listing = workspace.disclosures.list(
            call_ids=call_ids, processor=processor, since=in_utc(since) if since else None, limit=limit
        )
        found = disclosure_summaries(run_async(listing))
    _print(found, as_json=json)


def total_disclosures(
    *,
    days: Annotated[int, Parameter(validator=Number(gte=1, lte=366), help="Of so many days, today among them.")] = 30,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Adds up what each company was given on each day, newest first; calls in progress are not counted yet."""
    with open_workspace(data, organization) as workspace:
        since = (workspace.clock.now() - timedelta(days=days - 1)).date()
        totals = run_async(workspace.disclosures.totals(since))
    found = msgspec.convert(totals, list[DisclosureTotal], from_attributes=True)
    rows = [
        {
            "day": one.day,
            "to": one.processor,
            "calls": one.calls,
            "requests": one.requests,
            "bytes out": one.bytes_out,
            "bytes in": one.bytes_in,
        }
        for one in found
    ]
    print_list(found, rows, as_json=json, empty=NOBODY)


async def _calls_with(workspace: "Workspace", number: str) -> Sequence[str]:
    await workspace.audit.add("disclosures.read", workspace.organization_id, by_command())
    subject = workspace.index.of(PhoneNumber.given(number))
    return [*await workspace.calls.with_person(subject)]


def _print(found: list[DisclosureSummary], *, as_json: bool) -> None:
    rows = [
        {
            "call": one.call_id,
            "to": one.processor,
            "for": one.purpose,
            "data": one.categories,
            "in clear": "not looked for" if one.entities is None else one.entities or "none",
            "requests": one.requests,
            "bytes out": f"{one.bytes_out}{'' if one.whole else ' or more'}",
            "bytes in": one.bytes_in,
            "first": moment(one.first_at),
            "last": moment(one.last_at),
            "terms": one.version,
        }
        for one in found
    ]
    print_list(found, rows, as_json=as_json, empty=NOBODY)
