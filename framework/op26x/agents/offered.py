"""What an agent asks for, among what the installed plugins offer."""

from op26x.agents.document import Agent, ServiceChoice
from op26x.agents.tools import Tool
from op26x.errors import AgentError
from op26x.plugins import Registry


def services_of(agent: Agent) -> list[tuple[str, ServiceChoice]]:
    """The kinds of services that a call needs, and which one of each the agent chose."""
    return [("brain", agent.brain), ("voice", agent.voice), ("recogniser", agent.recogniser)]


def tools_of(agent: Agent, registry: Registry) -> list[Tool]:
    """The agent's tools.

    Raises:
        AgentError: No plugin offers one of them.
    """
    unknown = [name for name in agent.tools if name not in registry.tools]
    if unknown:
        raise AgentError(
            f"Agent {agent.name}: no plugin offers the tool {unknown[0]!r}.",
            f"Installed: {', '.join(sorted(registry.tools))}.",
        )
    return [registry.tools[name] for name in agent.tools]


def check_offered(agent: Agent, registry: Registry) -> None:
    """Does nothing if everything that the agent asks for is there.

    Raises:
        AgentError: No plugin offers a service or a tool that it names.
    """
    tools_of(agent, registry)
    for kind, choice in services_of(agent):
        registry.provider(kind, choice.use)
