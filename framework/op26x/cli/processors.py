"""``op26x processors``: who is given personal data, whose terms are accepted, and the kernel's firewall for them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from op26x.cli.context import (
    Data,
    Json,
    Organization,
    by_command,
    open_both,
    open_installation,
    run_async,
    there_is_data,
)
from op26x.cli.output import moment, print_list, print_one
from op26x.clock import in_utc
from op26x.errors import NotFound

if TYPE_CHECKING:
    from op26x.agents import Agent
    from op26x.calls import Workspace
    from op26x.plugins import Registry
    from op26x.processors import Registered
    from op26x.settings import CoreSettings

Name = Annotated[str, Parameter(name="NAME", help="The company, as in the list.")]


def list_processors(*, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Lists everybody to whom plugins give personal data, and whose terms the organization has accepted."""
    from op26x.client.summaries import processor_summary

    with open_both(data, organization) as (installation, workspace):
        found = [processor_summary(one) for one in _all(workspace, installation.registry)]
    rows = [
        {
            "id": one.id,
            "plugin": one.plugin,
            "for": one.purpose,
            "hosts": one.hosts,
            "terms": one.standing,
            "version": one.version,
            "accepted": moment(one.accepted_at),
        }
        for one in found
    ]
    print_list(found, rows, as_json=json, empty="Nobody: no plugin gives data to anybody.")


def show_processor(name: Name, /, *, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Shows what is known of one of them: data, places, what it keeps, its terms and its own processors."""
    from op26x.client.summaries import processor_summary

    with open_both(data, organization) as (installation, workspace):
        found = _named(workspace, installation.registry, name)
    print_one(processor_summary(found), as_json=json, said=_described(found))


def accept_processor(
    name: Name,
    /,
    *,
    agreement: Annotated[
        str, Parameter(help="Your own agreement with it, by name; needed if its terms are not known.")
    ] = "",
    from_: Annotated[
        datetime | None, Parameter(name="--from", help="From then on; the public list tells it from now on.")
    ] = None,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Accepts a company's terms as they are now: its hosts open, and agents may use it. A change asks anew."""
    from op26x.client.summaries import processor_summary

    with open_both(data, organization, make=True) as (installation, workspace):
        found = _named(workspace, installation.registry, name)
        said = agreement or found.processor.version
        from_at = in_utc(from_) if from_ else None
        run_async(workspace.processors.accept(found.processor, by_command(said), agreement, from_at))
        found = _named(workspace, installation.registry, name)
    print_one(processor_summary(found), as_json=json, said=_described(found))


def withdraw_processor(
    name: Name, /, *, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Takes back that a company's terms are accepted: agents that need it take no calls from now on."""
    with open_both(data, organization) as (_, workspace):
        run_async(workspace.processors.withdraw(name, by_command()))
    print_one({"id": name}, as_json=json, said=f"{name} is given nothing from the next call on.")


def print_firewall(
    *,
    format: Annotated[Literal["nftables", "systemd", "k8s"], Parameter(help="For whom the rules are.")] = "nftables",
    user: Annotated[str, Parameter(help="Whom the service runs as, for nftables.")] = "op26x",
    data: Data = None,
    json: Json = False,
) -> None:
    """Prints rules by which the kernel lets the service connect to the hosts that are open, and nowhere else."""
    from op26x.processors import destinations
    from op26x.processors.kernel import addresses_of, rules

    with open_installation(data) as installation:
        accepted = run_async(installation.across.accepted_terms(installation.clock.now()))
        open_to = destinations(installation.registry, installation.settings.core, accepted)
    found = [(one, addresses_of(one.host)) for one in open_to]
    print_one(
        [{"id": one.host, "why": one.why, "addresses": addresses} for one, addresses in found],
        as_json=json,
        said=rules(format, found, user).rstrip(),
    )


def closed_to(
    agent: "Agent", core: "CoreSettings", registry: "Registry", organization: str | None = None
) -> "list[Registered]":
    """Whose terms are not accepted of those whom an agent would give something.

    Args:
        agent: The agent.
        core: The installation's settings.
        registry: Knows whose its services and tools are.
        organization: Who must have accepted them; without it, anybody here.
    """
    from op26x.calls.own_policy import plugins_used
    from op26x.processors import Registered, standings

    used = plugins_used(agent, "", registry)
    if organization is not None and there_is_data(core):
        with open_both(core.data, organization) as (_, workspace):
            stand = _all(workspace, registry)
    else:
        accepted = frozenset[str]()
        if there_is_data(core):
            with open_installation(core.data) as installation:
                accepted = run_async(installation.across.accepted_terms(installation.clock.now()))
        stand = [Registered(plugin, one, (), found) for plugin, one, found in standings(registry, core, accepted)]
    return [one for one in stand if one.plugin in used and not one.standing.is_open]


def _all(workspace: "Workspace", registry: "Registry") -> "list[Registered]":
    return run_async(workspace.processors.list(registry, workspace.settings.core))


def _named(workspace: "Workspace", registry: "Registry", name: str) -> "Registered":
    for one in _all(workspace, registry):
        if one.processor.name.casefold() == name.casefold():
            return one
    raise NotFound(f"No plugin gives data to {name}.", "See op26x processors list.")


def _described(found: "Registered") -> str:
    one = found.processor
    standing = {
        "accepted": f"accepted {moment(found.acceptance.at)}" if found.acceptance else "",
        "announced": f"accepted from {moment(found.acceptance.at)} on" if found.acceptance else "",
        "changed": "accepted before, and changed since",
        "new": "not accepted",
        "chosen": "chosen by a setting",
        "here": "on this machine",
    }[found.standing.value]
    lines = {
        "terms": f"{standing}. {one.terms or 'Nothing is known of them.'}",
        "version": one.version,
        "training": "may train on the data" if one.trains_on_data else one.clause or "forbidden",
        "agreement": found.acceptance.agreement if found.acceptance else "",
        "for": one.purpose,
        "data": ", ".join(one.categories),
        "hosts": ", ".join(one.hosts),
        "places": ", ".join(one.places) or "any",
        "keeps": one.keeps,
        "its own processors": one.subprocessors,
    }
    return "\n".join([one.name, *(f"  {key + ':':20}{value}" for key, value in lines.items() if value)])
