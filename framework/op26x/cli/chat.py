"""``op26x calls chat``: a conversation with an agent, typed, for the first minutes of whoever writes one."""

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

from op26x.cli.agents import Agents, find_agent, service_builder
from op26x.cli.context import Data, Json, Organization, load_context, run_async
from op26x.cli.output import print_one, read_line
from op26x.errors import UsageError

if TYPE_CHECKING:
    from op26x.agents import Agent
    from op26x.voice.conversation.services import ServiceBuilder

PROMPT = "you   "


class Line(msgspec.Struct, frozen=True):
    """What somebody said, or a tool that was used.

    Attributes:
        who: ``you``, ``agent`` or ``tool``.
        text: What was said; the tool's name.
        arguments: What the tool was given.
        data: What the tool returned.
        error: What it raised, and where.
    """

    who: str
    text: str
    arguments: Any = None
    data: Any = None
    error: str = ""


class Chatted(msgspec.Struct, frozen=True):
    """A conversation that is over.

    Attributes:
        id: Name of the agent.
        ended_by: ``agent`` or ``caller``.
        lines: What was said and used, in order.
    """

    id: str
    ended_by: str
    lines: list[Line]


def chat(
    agent: Annotated[str, Parameter(name="AGENT")],
    /,
    *,
    agents: Agents = None,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Talks with an agent by typing: its LLM and its tools, without sound, telephone or service. Ctrl-D hangs up.

    Args:
        agent: Its name, or the YAML file of one.
    """
    from op26x import logs
    from op26x.agents import in_force, read_agent
    from op26x.cli.processors import closed_to

    context = load_context(agents=agents, data=data)
    logs.configure(level="error")
    is_file = agent.endswith((".yaml", ".yml"))
    found = in_force(read_agent(Path(agent))) if is_file else find_agent(agent, agents, organization, data)
    console = Console(highlight=False, soft_wrap=True, quiet=json)
    builder = service_builder(context)
    for closed in closed_to(found, context.settings.core, builder.registry, organization):
        raise UsageError(f"What you type would be given to {closed.processor.name}. {closed.why_closed}", closed.remedy)
    print_one(run_async(_talk(found, builder, console)), as_json=json, said="The call is over.")


async def _talk(agent: "Agent", builder: "ServiceBuilder", console: Console) -> Chatted:
    from op26x.clock import SystemClock
    from op26x.voice.chat import Chat

    lines: list[Line] = []

    def tell(line: Line) -> None:
        lines.append(line)
        told = [_json(value) for value in (line.arguments, line.data) if value is not None]
        shown = escape(f"{line.text or '(nothing)'} {' → '.join(told)}".rstrip())
        console.print(f"[bold]{line.who:<5}[/] {shown}")
        if line.error:
            console.print(f"      [bold red]{escape(line.error)}[/]")

    def use(name: str, arguments: Any, result: Any) -> None:
        raised = isinstance(result, BaseException)
        tell(Line("tool", name, arguments, None if raised else result, _raised(result) if raised else ""))

    llm, tools = builder.build_llm(agent)
    chat = Chat(agent, llm, tools, SystemClock(), use)
    async with chat.running():
        tell(Line("agent", agent.greeting))
        for words in _typed(quiet=console.quiet):
            lines.append(Line("you", words))
            answer = await chat.say(words)
            if answer or not chat.over:
                tell(Line("agent", answer))
            if chat.over:
                return Chatted(agent.name, "agent", lines)
    return Chatted(agent.name, "caller", lines)


def _json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


def _raised(error: BaseException) -> str:
    """What was raised, and the line that it came from: here nobody's words are in it but those that were typed."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"


def _typed(*, quiet: bool) -> Iterator[str]:
    """The lines that are typed, until there are no more. Nothing else goes on meanwhile."""
    while True:
        line = read_line(PROMPT if sys.stdin.isatty() and not quiet else "")
        if not line:
            return
        if line.strip():
            yield line.strip()
