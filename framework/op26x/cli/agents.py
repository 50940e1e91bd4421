"""``op26x agents``: those of the directory, and a check of a document."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Json, load_context
from op26x.cli.output import print_list, print_one
from op26x.errors import NotFound

Agents = Annotated[str | None, Parameter(help="Directory of agent documents; default is the setting agents.")]
LISTED = ("id", "llm", "tts", "stt", "language", "recording")


def list_agents(*, agents: Agents = None, json: Json = False) -> None:
    """Lists the agents."""
    found = _summaries(agents)
    rows = [{name: getattr(agent, name) for name in LISTED} for agent in found]
    print_list(found, rows, as_json=json, empty="No agents.")


def show_agent(name: Annotated[str, Parameter(name="ID")], /, *, agents: Agents = None, json: Json = False) -> None:
    """Shows one agent."""
    found = {agent.id: agent for agent in _summaries(agents)}
    if name not in found:
        raise NotFound(f"There is no agent {name!r}.", f"The agents are: {', '.join(found)}.")
    print_one(found[name], as_json=json)


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
    import sys

    from op26x import logs
    from op26x.agents import read_document
    from op26x.calls.core_plugins import register_core
    from op26x.plugins import build_registry

    document = read_document(file)
    logs.configure(level="error")
    # Behind both: it loads Pipecat.
    from op26x.voice.call.services import ServiceBuilder

    context = load_context()
    registry = build_registry(register_core(context.plugins))
    faults, missing = ServiceBuilder(registry, context.settings).faults(document.agent)
    if faults:
        raise document.error(faults)
    checked = Checked(document.agent.name, valid=True, missing=list(dict.fromkeys(map(str, missing))))
    print_one(checked, as_json=json, said=f"{file.name}: agent {checked.id} is valid.")
    for lacking in () if json else checked.missing:
        print(f"To take calls it needs more: {lacking}", file=sys.stderr)


def _summaries(agents: str | None) -> list[Any]:
    from op26x.agents import load_agents
    from op26x.client.summaries import agent_summary

    core = load_context(agents=agents).settings.core
    return [agent_summary(agent) for agent in load_agents(core.agents, core.llm, core.recording).values()]
