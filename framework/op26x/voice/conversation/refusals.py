"""Answers without words, which are no failures: the caller is told, and the conversation goes on."""

from collections.abc import Awaitable, Callable

from op26x.voice.conversation.call_report import CallReport
from op26x.voice.conversation.prompts import Prompts
from op26x.voice.speaking.sentences import Sentence
from op26x.voice.timers import Timer
from op26x.voice.turns.answer_watch import AnswerWatch
from op26x.voice.turns.phase import Progress
from op26x.voice.vendors.frames import Refusal

EMPTY_S = 0.2
"""An answer that is empty since the vendor failed is told of as a failure, which comes as soon."""


class Refusals:
    """Tells the caller of one call.

    Args:
        progress: How far the call has come.
        prompts: Has the sentences.
        answer: Owes nothing any more.
        report: Told why.
        tool_used: Whether a tool is or was at work for that answer, which then was not empty.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self,
        progress: Progress,
        prompts: Prompts,
        answer: AnswerWatch,
        report: CallReport,
        tool_used: Callable[[], bool],
        spawn: Callable[[Awaitable[object]], object],
    ) -> None:
        self._progress = progress
        self._prompts = prompts
        self._answer = answer
        self._report = report
        self._tool_used = tool_used
        self._telling = Timer(self._tell, spawn)
        self._reason = Refusal.EMPTY

    def refused(self, reason: Refusal) -> None:
        """There are no words, or no more of them."""
        self._reason = reason
        self._telling.start(EMPTY_S if reason is Refusal.EMPTY else 0.0)

    def stop(self) -> None:
        """Something else is told instead, or the call is over."""
        self._telling.stop()

    async def _tell(self) -> None:
        if self._reason is Refusal.EMPTY and self._tool_used():
            return
        self._answer.drop()
        if self._progress.talking and not self._progress.ending:
            self._report.publish("refusal", text=self._reason.value)
            await self._prompts.say(Sentence.NOTHING_TO_SAY if self._reason is Refusal.EMPTY else Sentence.CANT_ANSWER)
