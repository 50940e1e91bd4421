"""``op26x agents``: those of the directory, and a check of a document."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Context, Json, load_context
from op26x.cli.output import print_list, print_one
from op26x.errors import NotFound
from op26x.settings import CoreSettings

if TYPE_CHECKING:
    from op26x.agents import Agent
    from op26x.voice.conversation.services import ServiceBuilder

Agents = Annotated[str | None, Parameter(help="Directory of agent documents; default is the setting agents.")]
LISTED = ("id", "llm", "tts", "stt", "language", "recording")


def list_agents(*, agents: Agents = None, json: Json = False) -> None:
    """Lists the agents."""
    from op26x.client.summaries import agent_summary

    found = [agent_summary(agent) for agent in _agents(load_context(agents=agents).settings.core).values()]
    rows = [{name: getattr(agent, name) for name in LISTED} for agent in found]
    print_list(found, rows, as_json=json, empty="No agents.")


def show_agent(name: Annotated[str, Parameter(name="ID")], /, *, agents: Agents = None, json: Json = False) -> None:
    """Shows one agent."""
    from op26x.client.summaries import agent_summary

    print_one(agent_summary(find_agent(name, load_context(agents=agents).settings.core)), as_json=json)


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
    from op26x.agents import read_document

    document = read_document(file)
    logs.configure(level="error")
    faults, missing = service_builder(load_context()).faults(document.agent) if document.agent else ([], [])
    checked = Checked(document.valid(faults).name, valid=True, missing=list(dict.fromkeys(map(str, missing))))
    print_one(checked, as_json=json, said=f"{file.name}: agent {checked.id} is valid.")
    for lacking in () if json else checked.missing:
        print(f"To take calls it needs more: {lacking}", file=sys.stderr)


def find_agent(name: str, core: CoreSettings) -> "Agent":
    """An agent of the directory.

    Raises:
        NotFound: It has none of that name.
    """
    agents = _agents(core)
    if name not in agents:
        raise NotFound(f"There is no agent {name!r}.", f"The agents are: {', '.join(agents)}.")
    return agents[name]


def service_builder(context: Context) -> "ServiceBuilder":
    """Builds the services of agents from what the plugins of a command provide. It loads Pipecat."""
    from op26x.calls.core_plugins import register_core
    from op26x.plugins import build_registry
    from op26x.voice.conversation.services import ServiceBuilder

    return ServiceBuilder(build_registry(register_core(context.plugins)), context.settings)


def _agents(core: CoreSettings) -> dict[str, "Agent"]:
    from op26x.agents import load_agents

    return load_agents(core.agents, core.llm, core.recording)
