"""``op26x phone-lines``: which telephone numbers are an organization's, and who answers there."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from op26x.cli.context import Data, Json, Organization, Yes, by_command, open_workspace, run_async
from op26x.cli.output import make_sure, print_list, print_one
from op26x.errors import NotFound
from op26x.types import PhoneNumber

if TYPE_CHECKING:
    from op26x.calls import Workspace

LineId = Annotated[str, Parameter(name="ID", help="Identifier of the phone line, or its label.")]
Agent = Annotated[str, Parameter(help="Who answers; by default the organization's first agent.")]


def list_lines(*, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Lists phone lines; of a number, its last two digits."""
    from op26x.client.summaries import phone_line_summary

    with open_workspace(data, organization) as workspace:
        lines = [phone_line_summary(line) for line in run_async(workspace.phone_lines.list())]
    rows: list[dict[str, Any]] = [
        {"id": line.id, "provider": line.provider, "number": line.number, "label": line.label, "agent": line.agent}
        for line in lines
    ]
    print_list(lines, rows, as_json=json, empty="No phone lines. Add one with: op26x phone-lines add +12125550123")


def add_line(
    number: Annotated[str, Parameter(name="NUMBER")],
    /,
    *,
    provider: str = "twilio",
    label: str = "",
    agent: Agent = "",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Gives a number to an organization: calls to it are that organization's.

    Args:
        number: With its country code: +12125550123.
        provider: Name of the telephony plugin.
        label: What people call it.
    """
    from op26x.client.summaries import phone_line_summary

    with open_workspace(data, organization, make=True) as workspace:
        _must_answer(workspace, agent)
        note = workspace.audit.noting("phone-line.added", by_command())
        adding = workspace.phone_lines.add(provider, PhoneNumber.parse(number), label=label, agent=agent, note=note)
        line = phone_line_summary(run_async(adding))
    print_one(line, as_json=json, said=f"{line.id}  {line.provider} {line.number} {line.label}".rstrip())


def set_line(
    line_id: LineId,
    /,
    *,
    agent: Annotated[str, Parameter(help="Who answers; an empty one leaves it to the organization's first agent.")],
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Chooses the agent that answers a phone line."""
    from op26x.client.summaries import phone_line_summary

    with open_workspace(data, organization) as workspace:
        _must_answer(workspace, agent)
        note = workspace.audit.noting("phone-line.changed", by_command(agent))
        line = phone_line_summary(run_async(workspace.phone_lines.answer(line_id, agent, note)))
    print_one(line, as_json=json)


def delete_line(
    line_id: LineId,
    /,
    *,
    yes: Yes = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Takes a number from an organization. Its calls stay as they are."""
    from op26x.calls.own_policy import must_be_in_no_row
    from op26x.client.summaries import phone_line_summary

    with open_workspace(data, organization) as workspace:
        line = run_async(workspace.phone_lines.get(line_id))
        run_async(must_be_in_no_row(workspace, line))
        make_sure(f"take the number …{line.last_two} from its organization", yes=yes)
        note = workspace.audit.noting("phone-line.removed", by_command())
        gone = phone_line_summary(run_async(workspace.phone_lines.remove(line.id, note)))
    print_one(gone, as_json=json, said=f"The number {gone.number} is nobody's now.")


def _must_answer(workspace: "Workspace", agent: str) -> None:
    """Sees that an agent takes calls; an empty name is nobody's."""
    if agent and run_async(workspace.agents.choose(agent)) is None:
        there = ", ".join(one.agent.name for one in run_async(workspace.agents.published()))
        raise NotFound(f"There is no agent {agent!r} that takes calls.", f"These do: {there or 'none'}.")
