"""The floor: whether the agent has it, and how it is made to wait when a caller may be about to speak."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from op26x.voice.speaking.mouth import Mouth
from op26x.voice.turns.answer_watch import AnswerWatch
from op26x.voice.turns.phase import Progress


class Floor(Protocol):
    """What the agent is doing, as far as a caller can break in on it."""

    @property
    def taken(self) -> bool:
        """Whether the agent speaks, or is about to: it thinks, or a tool is at work for it."""
        ...

    @property
    def heard(self) -> bool:
        """Whether the caller hears it speak."""
        ...

    async def pause(self) -> None:
        """The agent says nothing for a moment."""
        ...

    async def resume(self) -> None:
        """It goes on where it was."""
        ...


class AgentFloor:
    """A ``Floor`` made of the mouth, what the LLM owes, and the tools at work.

    Args:
        mouth: Speaks.
        answer: Knows what is owed; nothing is late while the agent waits.
        tool_running: Whether a tool is at work.
        progress: How far the call has come: only a conversation is paused.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self,
        mouth: Mouth,
        answer: AnswerWatch,
        tool_running: Callable[[], bool],
        progress: Progress,
        spawn: Callable[[Awaitable[object]], object],
    ) -> None:
        self._mouth = mouth
        self._answer = answer
        self._tool_running = tool_running
        self._progress = progress
        self._spawn = spawn

    @property
    def taken(self) -> bool:
        """Whether the agent speaks, thinks, or waits for a tool."""
        return self._mouth.speaking or self._tool_running() or not self._answer.nothing_owed

    @property
    def heard(self) -> bool:
        """Whether the caller hears it speak."""
        return self._mouth.speaking

    async def pause(self) -> None:
        """Falls silent, unless what is being said must be heard whole."""
        if self._progress.talking and self._mouth.may_be_paused:
            self._answer.pause()
            await self._mouth.pause()

    async def resume(self) -> None:
        """Goes on where it was."""
        if self._progress.talking and self._mouth.paused:
            self._answer.resume()
            self._spawn(self._mouth.resume())
