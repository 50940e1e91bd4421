"""What the LLM has to be asked again: a question that a demand cut off, a tool's result that came at a bad moment."""

from collections.abc import Callable

from op26x.voice.conversation.conversation import Conversation
from op26x.voice.speaking.mouth import Mouth
from op26x.voice.turns.answer_watch import AnswerWatch
from op26x.voice.turns.phase import Progress


class Unanswered:
    """Knows what the LLM has not answered, and asks it at the next moment when nobody else has the floor.

    Args:
        progress: How far the call has come.
        answer: Watches over what is asked.
        mouth: Whether the agent is being heard.
        conversation: Asks.
        tool_running: Whether a tool is at work.

    Attributes:
        callers_turn: The caller has begun a turn, and not ended it; its end asks the LLM.
        result: A tool's result that the LLM has not begun to answer.
    """

    def __init__(
        self,
        progress: Progress,
        answer: AnswerWatch,
        mouth: Mouth,
        conversation: Conversation,
        tool_running: Callable[[], bool],
    ) -> None:
        self._progress = progress
        self._answer = answer
        self._mouth = mouth
        self._conversation = conversation
        self._tool_running = tool_running
        self.callers_turn = False
        self.result = False
        self._question = False

    def tool_ended(self) -> None:
        """Its result was added to the context; the end of the caller's turn, or of the last tool, asks the LLM."""
        self.result = True
        if not (self.callers_turn or self._tool_running()):
            self._answer.expect()

    async def nothing_said(self) -> None:
        """The caller's turn is over and was none: a result that came meanwhile is told now."""
        if self.result and not self._tool_running():
            await self._ask()

    def demanded(self) -> None:
        """The caller demands something in the middle of the conversation, and nothing is late until they are told."""
        self._question = self._question or self._thinking
        self._answer.drop()

    def notice_begins(self) -> bool:
        """A notice is about to be said over what the agent was doing; returns whether that was to answer."""
        question = self._question or self._thinking
        self._question = False
        if self._progress.talking:
            self._answer.drop()
        return question

    async def notice_ended(self, *, question: bool) -> None:
        """It was said; what was asked before it is asked again."""
        if question and self._progress.talking and not (self._progress.ending or self.callers_turn):
            await self._ask()

    async def _ask(self) -> None:
        self._answer.expect()
        await self._conversation.go_on()

    @property
    def _thinking(self) -> bool:
        """Whether the LLM has been asked, and the caller has heard nothing of its answer."""
        busy = self._answer.nothing_owed or self._mouth.speaking or self._tool_running()
        return self._progress.talking and not busy
