"""``op26x agents``: those that take calls, their versions, and a check of a document."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from op26x.cli.context import WHO, Context, Data, Json, Organization, load_context, open_workspace, run_async
from op26x.cli.output import moment, print_list, print_one
from op26x.errors import NotFound

if TYPE_CHECKING:
    from op26x.agents import Agent, PublishedAgent
    from op26x.voice.conversation.services import ServiceBuilder

Agents = Annotated[str | None, Parameter(help="Directory of agent documents; default is the setting agents.")]
Name = Annotated[str, Parameter(name="ID", help="Name of the agent.")]
Number = Annotated[int | None, Parameter(name="--version", help="Number of the version; default is the last one.")]
LISTED = ("id", "version", "llm", "tts", "stt", "language", "recording")


def list_agents(
    *, agents: Agents = None, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Lists the agents that take calls."""
    from op26x.client.summaries import agent_summary

    found = [agent_summary(agent) for agent in _offered(agents, organization, data)]
    rows = [{name: getattr(agent, name) for name in LISTED} for agent in found]
    print_list(found, rows, as_json=json, empty="No agent takes calls. See: op26x agents import FILE --publish")


def show_agent(
    name: Name, /, *, agents: Agents = None, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Shows one agent."""
    from op26x.client.summaries import agent_summary

    print_one(agent_summary(_named(name, agents, organization, data)), as_json=json)


def list_versions(name: Name, /, *, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Lists the versions of an agent, newest first."""
    from op26x.client.summaries import agent_version_summary

    with open_workspace(data, organization) as workspace:
        versions = run_async(workspace.agents.versions(name))
        published = {one.name: one.published for one in run_async(workspace.agents.list())}[name]
    found = [agent_version_summary(name, version, published) for version in versions]
    rows = [
        {
            "version": one.number,
            "state": "takes calls" if one.takes_calls else "published before" if one.published_at else "draft",
            "written": moment(one.created_at),
            "by": one.created_by,
        }
        for one in found
    ]
    print_list(found, rows, as_json=json, empty="")


def import_agent(
    file: Path,
    /,
    *,
    publish: Annotated[bool, Parameter(negative="", help="Have it take calls at once.")] = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Keeps an agent document as a new version. It takes no calls until it is published.

    Args:
        file: Its YAML file.
    """
    from op26x import logs
    from op26x.agents import in_force, read_document
    from op26x.client.summaries import agent_version_summary

    agent = read_document(file).valid()
    logs.configure(level="error")
    with open_workspace(data, organization, make=True) as workspace:
        if publish:
            spoken = run_async(workspace.agents.language())
            service_builder(load_context(data=data)).check(in_force(agent, language=spoken))
        version = run_async(workspace.agents.save(file.read_text(encoding="utf-8"), WHO, file.name))
        name = run_async(workspace.agents.name_of(version))
        if publish:
            version = run_async(workspace.agents.publish(name, WHO, version.number))
        made = agent_version_summary(name, version, version.number if publish else None)
    whose = f" --organization {organization}" if organization else ""
    done = "takes calls from now on" if publish else f"is a draft. Next: op26x agents publish {name}{whose}"
    print_one(made, as_json=json, said=f"Version {made.number} of {name} {done}")


def export_agent(
    name: Name, /, *, number: Number = None, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Prints the document of a version, as it was written."""
    with open_workspace(data, organization) as workspace:
        version = run_async(workspace.agents.version(name, number))
    exported = {"id": version.id, "agent": name, "number": version.number, "document": version.document}
    print_one(exported, as_json=json, said=version.document.rstrip("\n"))


def publish_agent(
    name: Name, /, *, number: Number = None, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Has a version take calls from now on, once it was checked. Calls in progress go on with theirs."""
    from op26x import logs
    from op26x.client.summaries import agent_version_summary

    logs.configure(level="error")
    with open_workspace(data, organization) as workspace:
        version = run_async(workspace.agents.version(name, number))
        held = run_async(workspace.agents.held_with(name, version.number))
        service_builder(load_context(data=data)).check(held.agent)
        published = run_async(workspace.agents.publish(name, WHO, version.number))
    shown = agent_version_summary(name, published, published.number)
    print_one(shown, as_json=json, said=f"Version {shown.number} of {name} takes calls from now on.")


def withdraw_agent(name: Name, /, *, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Has an agent take no calls any more. Its versions stay."""
    from op26x.client.summaries import agent_version_summary

    with open_workspace(data, organization) as workspace:
        run_async(workspace.agents.withdraw(name, WHO))
        shown = agent_version_summary(name, run_async(workspace.agents.version(name)), None)
    print_one(shown, as_json=json, said=f"Agent {name} takes no calls any more.")


class Checked(msgspec.Struct, frozen=True):
    """What a check found.

    Attributes:
        id: Name of the agent.
        valid: Whether it could take calls; what is not valid is an error with each fault's line and remedy.
        missing: What this machine lacks: an API key, for instance.
    """

    id: str
    valid: bool
    missing: list[str]


def check_agent(file: Path, *, json: Json = False) -> None:
    """Checks an agent document, and that the installed plugins build each service as it asks for it."""
    from op26x import logs
    from op26x.agents import in_force, read_document
    from op26x.cli.processors import closed_to

    document = read_document(file)
    logs.configure(level="error")
    context = load_context()
    builder = service_builder(context)
    faults, missing = builder.faults(in_force(document.agent)) if document.agent else ([], [])
    name = document.valid(faults).name
    closed = closed_to(in_force(document.agent), context.settings.core, builder.registry) if document.agent else []
    needed = [*map(str, missing), *(f"{one.why_closed} {one.remedy}" for one in closed)]
    checked = Checked(name, valid=True, missing=list(dict.fromkeys(needed)))
    print_one(checked, as_json=json, said=f"{file.name}: agent {checked.id} is valid.")
    for lacking in () if json else checked.missing:
        print(f"To take calls it needs more: {lacking}", file=sys.stderr)


def find_agent(name: str, agents: str | None = None, organization: str = "", data: Path | None = None) -> "Agent":
    """An agent that takes calls, of the directory or of the organization; without a name, the first.

    Raises:
        NotFound: None of that name does.
    """
    return _named(name, agents, organization, data).agent


def service_builder(context: Context) -> "ServiceBuilder":
    """Builds the services of agents from what the plugins of a command provide. It loads Pipecat."""
    from op26x.calls.core_plugins import register_core
    from op26x.plugins import build_registry
    from op26x.voice.conversation.services import ServiceBuilder

    return ServiceBuilder(build_registry(register_core(context.plugins)), context.settings)


def _named(name: str, agents: str | None, organization: str, data: Path | None) -> "PublishedAgent":
    there = {published.agent.name: published for published in _offered(agents, organization, data)}
    if not name and there:
        return next(iter(there.values()))
    if name not in there:
        raise NotFound(f"There is no agent {name!r}.", f"The agents are: {', '.join(there)}.")
    return there[name]


def _offered(agents: str | None, organization: str, data: Path | None) -> "list[PublishedAgent]":
    """The agents of the directory that is set; without one, those of the organization, or the built-in one."""
    from op26x.agents import PublishedAgent, built_in, in_force, load_documents, parse_agent

    core = load_context(agents=agents, data=data).settings.core
    if core.agents:
        read = [parse_agent(document, name) for name, document in load_documents(core.agents).items()]
    elif data is not None or core.database or core.database_path.exists():
        with open_workspace(data, organization) as workspace:
            return list(run_async(workspace.agents.published()))
    else:
        read = [built_in()]
    return [PublishedAgent(in_force(agent, llm=core.llm, recording=(core.recording,)), None) for agent in read]
