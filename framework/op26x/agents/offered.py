"""What an agent asks for, among what the installed plugins offer."""

from collections.abc import Iterator

from op26x.agents.document import Agent, ServiceChoice
from op26x.agents.fields import near
from op26x.agents.tools import Tool
from op26x.errors import AgentError, Fault
from op26x.plugins import Registry


def services_of(agent: Agent) -> list[tuple[str, ServiceChoice]]:
    """The kinds of services that a call needs, and which one of each the agent chose."""
    return [("llm", agent.llm), ("tts", agent.tts), ("stt", agent.stt)]


def tools_of(agent: Agent, registry: Registry) -> list[Tool]:
    """The agent's tools.

    Raises:
        AgentError: No plugin offers one of them.
    """
    if faults := list(_unknown_tools(agent, registry)):
        raise AgentError.of(faults)
    return [registry.tools[name] for name in agent.tools]


def faults_of_choices(agent: Agent, registry: Registry) -> list[Fault]:
    """The services and tools that the agent names and no plugin offers."""
    faults = []
    for kind, choice in services_of(agent):
        known = registry.providers[kind]
        if choice.use not in known:
            remedy = (
                f"{near(choice.use, known)} Installed: {', '.join(sorted(known)) or 'none'}. See op26x plugins list."
            )
            faults.append(Fault(kind, f"No plugin provides the {kind} {choice.use!r}.", remedy.lstrip()))
    return [*faults, *_unknown_tools(agent, registry)]


def check_offered(agent: Agent, registry: Registry) -> None:
    """Does nothing if everything that the agent asks for is there.

    Raises:
        AgentError: No plugin offers a service or a tool that it names.
    """
    if faults := faults_of_choices(agent, registry):
        raise AgentError.of(faults)


def _unknown_tools(agent: Agent, registry: Registry) -> Iterator[Fault]:
    known = registry.tools
    for name in dict.fromkeys(agent.tools):
        if name not in known:
            remedy = f"{near(name, known)} Installed: {', '.join(sorted(known))}."
            yield Fault("tools", f"No plugin offers the tool {name!r}.", remedy.lstrip())
