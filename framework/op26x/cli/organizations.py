"""``op26x organizations``: who uses this installation."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from op26x.accounts import changes
from op26x.cli.context import WHO, Data, Json, Yes, by_command, load_context, open_installation, run_async
from op26x.cli.output import make_sure, moment, print_list, print_one
from op26x.errors import UsageError
from op26x.types import check_language

if TYPE_CHECKING:
    from op26x.calls import Workspace

Name = Annotated[str, Parameter(name="NAME")]


def list_organizations(*, data: Data = None, json: Json = False) -> None:
    """Lists organizations, oldest first."""
    from op26x.client.summaries import organization_summary

    with open_installation(data) as installation:
        found = [organization_summary(one) for one in run_async(installation.organizations.list())]
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "made": moment(one.created_at),
            "closed": moment(one.closed_at),
            "erased by": moment(one.erased_by),
        }
        for one in found
    ]
    print_list(found, rows, as_json=json, empty="No organizations.")


def show_organization(name: Name, /, *, data: Data = None, json: Json = False) -> None:
    """Shows one organization."""
    from op26x.client.summaries import organization_summary

    with open_installation(data) as installation:
        print_one(organization_summary(installation.organizations.named(name)), as_json=json)


def create_organization(
    name: Name,
    /,
    *,
    closing_days: Annotated[int, Parameter(help="Days from its closing until all of it is erased.")] = 30,
    data: Data = None,
    json: Json = False,
) -> None:
    """Founds an organization on this installation."""
    from op26x.client.summaries import organization_summary

    with open_installation(data, make=True) as installation:
        note = installation.noting("organization.founded", by_command())
        made = run_async(installation.organizations.create(name, closing_days=closing_days, note=note))
        installation.workspace(made.id)  # its key is made now, so that no call waits for it
    said = (
        f"{made.id}  {made.name}\nFrom now on, calls to a number that is no organization's are refused. Give each its "
        f"numbers: op26x phone-lines add +12125550123 --organization {made.name}"
    )
    print_one(organization_summary(made), as_json=json, said=said)


def set_organization(
    name: Name,
    /,
    *,
    recording: Annotated[
        Literal["off", "agents"] | None, Parameter(help="off records nothing; agents leaves it to them.")
    ] = None,
    language: Annotated[str | None, Parameter(help="Of agents whose document names none: en, de, en-IN.")] = None,
    second_factor: Annotated[
        bool | None, Parameter(help="Whether whoever signs in with a password needs a one-time code.")
    ] = None,
    closing_days: Annotated[int | None, Parameter(help="Days from its closing until all of it is erased.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Changes an organization's settings. What the installation's settings switch off stays off."""
    from op26x.client.summaries import organization_summary

    wanted: dict[str, Any] = {"language": language, "second_factor": second_factor, "closing_days": closing_days}
    if recording is None and all(value is None for value in wanted.values()):
        raise UsageError("Nothing was set.", "Give --recording, --language, --second-factor or --closing-days.")
    with open_installation(data) as installation:
        found = installation.organizations.named(name)
        if language is not None:
            _check_agents(installation.workspace(found.id), check_language(language), data)
        word = None if recording is None else recording.replace("agents", "")
        note = installation.noting("organization.changed", by_command(changes(recording=recording, **wanted)))
        changed = run_async(installation.organizations.change(found.id, recording=word, **wanted, note=note))
    print_one(organization_summary(changed), as_json=json)


def close_organization(
    name: Name,
    /,
    *,
    days: Annotated[int | None, Parameter(help="Until all of it is erased; default is what was agreed.")] = None,
    yes: Yes = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Closes an organization: it takes no calls and lets nobody in; at its deadline all of it is erased, keys first."""
    from op26x.client.summaries import organization_summary

    with open_installation(data) as installation:
        found = installation.organizations.named(name)
        after = found.closing_days if days is None else days
        make_sure(f"close the organization {found.name}, and erase all of it in {after} days", yes=yes)
        was_first = installation.organizations.first().id == found.id
        closed = run_async(installation.close_organization(found.id, WHO, days))
        first = installation.organizations.first().name
    said = f"{closed.name} is closed. Everything of it is erased on {moment(closed.erased_by)}."
    if was_first:
        said += f" {first} is the first one now: the setting agents publishes there, and op26x up looks for its owner."
    print_one(organization_summary(closed), as_json=json, said=said)


def _check_agents(workspace: "Workspace", language: str, data: Data) -> None:
    """Sees that its own agents whose document names no language could take calls in this one."""
    from op26x import logs
    from op26x.cli.agents import service_builder

    logs.configure(level="error")
    services = service_builder(load_context(data=data))
    for published in run_async(workspace.agents.published(language)):
        if published.number is not None:
            services.check(published.agent)
