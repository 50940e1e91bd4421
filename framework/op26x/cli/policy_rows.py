"""``op26x policy-rows`` and ``op26x overrides``: what an organization adds to the law for its calls, or lifts."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Data, Json, Organization, by_command, open_both, open_workspace, run_async
from op26x.cli.output import moment, print_list, print_one, red
from op26x.clock import in_utc
from op26x.errors import NotFound, UsageError

if TYPE_CHECKING:
    from op26x.calls import Installation, Workspace
    from op26x.client.policy_types import PolicyRowSummary

Ended = Annotated[bool, Parameter(name="--ended", negative="", help="Those that are over as well.")]
Why = Annotated[str, Parameter(help="Why. It goes into the audit log; write no names.")]
Only = Annotated[str, Parameter(help="Only for calls of this agent.")]
OnlyCampaign = Annotated[str, Parameter(help="Only for calls of this campaign.")]


class Added(msgspec.Struct, frozen=True):
    """What was added.

    Attributes:
        added: Names of the rows.
    """

    added: list[str]


def list_rows(*, ended: Ended = False, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Lists the rows that the organization adds to the law for its calls."""
    found = _listed("row", ended, organization, data)
    rows = [
        {
            "name": one.name,
            "demands": one.demands,
            "about": one.about or "every call",
            "why": one.why,
            **({"ended": moment(one.ended_at)} if ended else {}),
        }
        for one in found
    ]
    print_list(found, rows, as_json=json, empty="The organization adds nothing to the law.")


def add_rows(
    file: Annotated[Path, Parameter(name="FILE", help="YAML: a list of rows, as on the page Law tables.")],
    /,
    *,
    why: Why,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Adds rows to the law for the organization's calls: all rows of a file, or none. They hold from the next call."""
    from op26x.calls.own_policy import add_rows as add
    from op26x.policy import read_own_rows

    try:
        rows = read_own_rows(file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.", "Name a YAML file.") from None
    with open_workspace(data, organization, make=True) as workspace:
        run_async(add(workspace, rows, by_command(why)))
    names = [row.name for row in rows]
    print_one(Added(names), as_json=json, said=f"Added: {', '.join(names)}.")


def remove_row(
    name: Annotated[str, Parameter(name="NAME")],
    /,
    *,
    why: Why,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Takes a row of the organization away. It stays on record."""
    _remove("row", name, why, organization, data)
    print_one({"removed": name}, as_json=json, said=f"{name} holds no longer.")


def list_overrides(
    *, ended: Ended = False, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Lists the rows of the law that the organization has lifted, who answers for that, and until when."""
    found = _listed("override", ended, organization, data)
    names = _names(organization, data) if found and not json else {}
    rows = [
        {
            "id": one.name,
            "override": red(one.demands),
            "about": one.about or "every call",
            "until": moment(one.until) if one.until else "",
            "why": one.why,
            "approved by": names.get(one.approved_by, one.approved_by),
            **({"ended": moment(one.ended_at)} if ended else {}),
        }
        for one in found
    ]
    print_list(found, rows, as_json=json, empty="Nothing is overridden.")


def add_override(
    row: Annotated[str, Parameter(name="ROW", help="Name of the row, as in op26x policy rows.")],
    /,
    *,
    why: Annotated[str, Parameter(help="Why the row does not hold. It is shown with each call; write no names.")],
    until: Annotated[datetime, Parameter(help="From then on it holds again: a year ahead at most.")],
    approved_by: Annotated[str, Parameter(help="E-mail address of the owner or privacy officer who answers for it.")],
    agent: Only = "",
    campaign: OnlyCampaign = "",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Lifts a row of the law for the organization's calls. It is shown in red with each call that it is about."""
    from op26x.calls.own_policy import override

    async def add(installation: "Installation", workspace: "Workspace") -> str:
        person = await _person(installation, workspace, approved_by)
        end = in_utc(until)
        made = await override(
            workspace, row, by_command(why), approved_by=person, until=end, agent=agent, campaign=campaign
        )
        return made.id

    with open_both(data, organization) as (installation, workspace):
        override_id = run_async(add(installation, workspace))
    said = f"{override_id}: {row} does not hold until {moment(in_utc(until))}."
    print_one({"id": override_id}, as_json=json, said=red(said))


def remove_override(
    override_id: Annotated[str, Parameter(name="ID")],
    /,
    *,
    why: Why,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Ends an override: the row holds again from the next call."""
    _remove("override", override_id, why, organization, data)
    print_one({"removed": override_id}, as_json=json, said="The row holds again.")


def _listed(kind: str, ended: bool, organization: str, data: Path | None) -> "list[PolicyRowSummary]":
    from op26x.client.summaries import policy_row_summary

    with open_workspace(data, organization) as workspace:
        found = run_async(workspace.own_rows.list(ended=ended))
    return [one for one in map(policy_row_summary, found) if one.kind == kind]


def _names(organization: str, data: Path | None) -> dict[str, str]:
    """What the members of an organization are called, by what they are in the audit log."""
    from op26x.accounts.actor import USER

    with open_both(data, organization) as (installation, workspace):
        members = run_async(installation.people.users.members(workspace.organization_id))
    return {USER + one.id: one.name.reveal() or one.email.reveal() for one in members}


def _remove(kind: str, name: str, why: str, organization: str, data: Path | None) -> None:
    with open_workspace(data, organization) as workspace:
        run_async(workspace.own_rows.end(name, by_command(why), kind=kind))


async def _person(installation: "Installation", workspace: "Workspace", email: str) -> str:
    """Whoever answers for an override, as the audit log has them."""
    from op26x.accounts import actions_of
    from op26x.accounts.actor import USER

    users = installation.people.users
    found = await users.find(email)
    members = await users.members(workspace.organization_id)
    member = next((one for one in members if found is not None and one.id == found.id), None)
    if member is None or member.role is None:
        raise NotFound(
            "No such person belongs to the organization.",
            "See op26x users list. Whoever was invited must accept first.",
        )
    if "policy.override" not in actions_of(member.role):
        raise UsageError("They may not answer for an override.", "Name an owner or a privacy officer.")
    return USER + member.id
