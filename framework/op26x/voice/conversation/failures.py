"""Failures of vendors: the caller is asked to say it again, and the call ends when it happens twice in a row."""

from op26x import logs
from op26x.agents import Agent, services_of
from op26x.voice.conversation.call_report import CallReport
from op26x.voice.conversation.prompts import Prompts
from op26x.voice.conversation.refusals import Refusals
from op26x.voice.speaking.mouth import Mouth
from op26x.voice.speaking.sentences import Sentence
from op26x.voice.turns.answer_watch import AnswerWatch
from op26x.voice.turns.phase import Phase, Progress
from op26x.voice.vendors.trouble import Trouble

log = logs.get("voice")

IN_A_ROW = 2


class Failures:
    """Tells the caller of one call.

    Args:
        call_id: The call, for the log.
        agent: Names the vendors.
        progress: How far it has come.
        prompts: Has the sentences.
        mouth: Says nothing more of what it was saying.
        answer: Owes nothing any more.
        refusals: An answer that is empty since a vendor failed was not refused.
        report: Counts them.
    """

    def __init__(
        self,
        call_id: str,
        agent: Agent,
        progress: Progress,
        prompts: Prompts,
        mouth: Mouth,
        answer: AnswerWatch,
        refusals: Refusals,
        report: CallReport,
    ) -> None:
        self._call_id = call_id
        self._vendors = {role: choice.use for role, choice in services_of(agent)}
        self._progress = progress
        self._prompts = prompts
        self._mouth = mouth
        self._answer = answer
        self._refusals = refusals
        self._report = report
        self._count = 0
        self._told = False

    def asked(self) -> None:
        """Something new is asked of the vendors: what fails from now on is another failure."""
        self._told = False

    def none(self) -> None:
        """All went well: an answer was heard."""
        self._count = 0

    async def failed(self, what: str, error: Exception | None, *, of_an_answer: bool = False) -> None:
        """A vendor reported an error, raised, or kept silent for too long.

        Args:
            what: Which part of the call: ``ears``, ``stt``, ``llm``, ``tts``.
            error: What was raised; ``None`` for silence.
            of_an_answer: Of several errors of one answer, the first counts.
        """
        if self._progress.ending or self._progress.over or (of_an_answer and self._told):
            return
        self._told = True
        self._count += 1
        self._note(what, error)
        self._answer.drop()
        self._refusals.stop()
        if self._progress.phase is Phase.OPENING:
            return
        self._mouth.release()
        await self._prompts.break_off()
        if self._count < IN_A_ROW and self._progress.talking:
            await self._prompts.say(Sentence.SAY_AGAIN)
        else:
            await self._prompts.goodbye(Sentence.TROUBLE, "vendor-error")

    def _note(self, what: str, error: Exception | None) -> None:
        if what not in self._vendors:
            log.error("a call's own part failed", call=self._call_id, part=what, exc_info=error)
            self._report.failed(what)
            return
        trouble = Trouble.of(what, self._vendors[what], error)
        log.error(
            "a vendor failed",
            call=self._call_id,
            role=trouble.role,
            vendor=trouble.vendor,
            kind=trouble.kind,
            **({"status": trouble.status} if trouble.status else {}),
            remedy=trouble.remedy,
            exc_info=error,
        )
        self._report.vendor_failed(trouble)
