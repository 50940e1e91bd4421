"""``op26x suppressions``: who is not to be called."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Data, Json, Limit, Organization, Yes, by_command, open_workspace, run_async
from op26x.cli.output import make_sure, moment, print_list, print_one
from op26x.cli.registries import Format, format_named, readable
from op26x.clock import in_utc
from op26x.errors import UsageError
from op26x.types import PhoneNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from op26x.calls import Workspace
    from op26x.client.policy_types import SuppressionSummary

Campaign = Annotated[str, Parameter(help="Only for this campaign; without it, for any.")]
Until = Annotated[datetime | None, Parameter(help="They may be called again from then on; without it, never.")]
Everywhere = Annotated[
    bool, Parameter(negative="", help="The list of the whole installation, which every organization heeds.")
]


class ImportedNumbers(msgspec.Struct, frozen=True):
    """What was imported.

    Attributes:
        imported: Numbers that are on the list now and were not before.
        known: Numbers that had been on it.
    """

    imported: int
    known: int


def list_suppressions(
    *,
    number: Annotated[str, Parameter(help="Only say whether this number is on the list.")] = "",
    everywhere: Everywhere = False,
    limit: Limit = 100,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Lists who is not to be called, newest first. Who they are is not shown: the list does not know their numbers."""
    with open_workspace(data, organization) as workspace:
        listed = run_async(_listed(workspace, number, limit, everywhere=everywhere))
    rows = [
        {
            "id": one.id,
            "at": moment(one.at),
            "campaign": one.campaign or "any",
            "until": moment(one.until),
            "call": one.call_id,
        }
        for one in listed
    ]
    print_list(listed, rows, as_json=json, empty="Nobody is on the do-not-call list.")


def add_suppression(
    number: Annotated[str, Parameter(name="NUMBER")],
    /,
    *,
    why: Annotated[str, Parameter(help="How they said so: a letter, an e-mail. It goes into the audit log.")],
    campaign: Campaign = "",
    until: Until = None,
    everywhere: Everywhere = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Puts a person on the do-not-call list; twice changes nothing.

    Args:
        number: With its country code: +12125550123.
    """
    from op26x.policy import check_campaign

    parsed = PhoneNumber.given(number)
    if everywhere and (campaign or until):
        raise UsageError("The list of the whole installation is for good.", "Leave out --campaign and --until.")
    end = in_utc(until) if until else None
    with open_workspace(data, organization, make=True) as workspace:
        if everywhere:
            run_async(workspace.suppressions.add_everywhere(parsed, by_command(why)))
        else:
            subject, campaign = workspace.index.of(parsed), check_campaign(campaign)
            run_async(workspace.suppressions.add(subject, "", by_command(why), campaign=campaign, until=end))
    for_what = f" for {campaign}" if campaign else ""
    when = f" before {moment(end)}" if end else " again"
    print_one({"suppressed": str(parsed)}, as_json=json, said=f"{parsed} is not called{for_what}{when}.")


def import_suppressions(
    file: Annotated[Path, Parameter(name="FILE", help="One number in a line, with its country code.")],
    /,
    *,
    why: Annotated[str, Parameter(help="Where the file is from. It goes into the audit log.")],
    format: Format = "e164",
    campaign: Campaign = "",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Puts all numbers of a file on the do-not-call list, or none. Those of a country's registry stay apart."""
    from op26x.consent.registry_formats import numbers_in
    from op26x.policy import check_campaign

    chosen, campaign = format_named(format, data), check_campaign(campaign)
    with readable(file) as lines, open_workspace(data, organization, make=True) as workspace:
        subjects = {workspace.index.of(PhoneNumber(number)) for number in numbers_in(chosen, lines)}
        added = run_async(workspace.suppressions.add_all(subjects, by_command(why), campaign=campaign))
    done = ImportedNumbers(added, len(subjects) - added)
    before = f"; on it before: {done.known}" if done.known else ""
    print_one(done, as_json=json, said=f"Numbers put on the do-not-call list: {done.imported}{before}.")


def remove_suppression(
    suppression_id: Annotated[str, Parameter(name="ID", help="Identifier of the entry, as in the list.")],
    /,
    *,
    why: Annotated[str, Parameter(help="Where their own wish to be called is documented. It goes into the audit log.")],
    everywhere: Everywhere = False,
    yes: Yes = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Takes a person off the do-not-call list, by their own documented wish."""
    with open_workspace(data, organization) as workspace:
        make_sure(f"take {suppression_id} off the do-not-call list", yes=yes)
        removing = workspace.suppressions.remove_everywhere if everywhere else workspace.suppressions.remove
        run_async(removing(suppression_id, by_command(why)))
    print_one({"id": suppression_id}, as_json=json, said="They may be called again, as far as this list is concerned.")


async def _listed(
    workspace: "Workspace", number: str, limit: int, *, everywhere: bool
) -> "Sequence[SuppressionSummary]":
    from op26x.client.policy_types import SuppressionSummary
    from op26x.client.summaries import suppression_summaries

    wanted = PhoneNumber.given(number) if number else None
    if everywhere:
        found = await workspace.suppressions.list_everywhere(wanted, limit)
        return [SuppressionSummary(one.id, one.at, "") for one in found]
    subject = workspace.index.of(wanted) if wanted else ""
    return suppression_summaries(await workspace.suppressions.list(subject, limit))
