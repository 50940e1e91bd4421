"""Prompts: the sentences that no LLM has to think of, said in their place in the call."""

from collections.abc import Callable

from op26x.agents import Agent
from op26x.consent import MEANT, Notice
from op26x.voice.consent.recorded_call import RecordedCall
from op26x.voice.conversation.conversation import Conversation
from op26x.voice.conversation.dependencies import CallDependencies
from op26x.voice.hearing.ears import Ears
from op26x.voice.hearing.word_ear import WordEar
from op26x.voice.speaking.mouth import Mouth
from op26x.voice.speaking.notices import Spoken
from op26x.voice.speaking.sentences import Said, Sentence
from op26x.voice.turns.answer_watch import AnswerWatch
from op26x.voice.turns.phase import Phase, Progress
from op26x.voice.turns.turn_taking import TurnTaking

GREETING_LATE_S = 2.5
QUESTIONS = (Notice.ASSENT, Notice.ASK_AGAIN, *MEANT.values())


class Prompts:
    """Says fixed sentences and notices in one call; what the caller says meanwhile is held back, and not lost.

    Args:
        agent: In whose language.
        shared: Has the sentences.
        spoken: The notices, as they are said in this call.
        progress: How far the call has come.
        mouth: Says them.
        answer: Raises the alarm if the greeting does not come.
        conversation: Is interrupted by a notice.
        ears: Hold back what the caller says.
        turn_taking: Listens in the conversation.
        word_ear: Must not take our own sentence for the caller's.
    """

    def __init__(
        self,
        agent: Agent,
        shared: CallDependencies,
        spoken: Callable[[Notice], Spoken | None],
        progress: Progress,
        mouth: Mouth,
        answer: AnswerWatch,
        conversation: Conversation,
        ears: Ears,
        turn_taking: TurnTaking,
        word_ear: WordEar,
    ) -> None:
        self._agent = agent
        self._shared = shared
        self._spoken = spoken
        self._progress = progress
        self._mouth = mouth
        self._answer = answer
        self._conversation = conversation
        self._ears = ears
        self._turn_taking = turn_taking
        self._word_ear = word_ear
        self._leaving = False

    def text(self, sentence: Sentence) -> str:
        """A sentence in the agent's language."""
        return self._said(sentence).text

    async def greet(self) -> None:
        """Says the agent's greeting, which is heard whole."""
        self._progress.phase = Phase.GREETING
        self._ears.hold()
        self._mouth.protect()
        self._answer.expect_speech(GREETING_LATE_S)
        await self._conversation.speak(self._agent.greeting)

    async def say(self, sentence: Sentence) -> None:
        """Says a sentence to its end."""
        said = self._said(sentence)
        await self._say(said.ulaw, said.text)

    async def ask_for_digits(self) -> None:
        """Asks the caller to enter something, with the agent's own voice."""
        await self._conversation.speak(self.text(Sentence.ENTER_DIGITS))

    async def notice(self, notice: Notice, recorded: RecordedCall) -> str:
        """Says a notice over whatever but the greeting; returns the mark that proves it, if it was proved.

        Args:
            notice: What.
            recorded: Tells whether it is still true when its turn has come.
        """
        spoken = self._spoken(notice)
        if self._progress.phase is Phase.GREETING:
            await self._progress.greeted.wait()
        if spoken is None or not recorded.holds(notice):
            return ""
        if self._progress.talking:
            await self.break_off()
        mark = await self._say(spoken.ulaw, spoken.text)
        if notice in QUESTIONS:
            # Whoever answers a question that is not yet asked has not answered it.
            self.forget()
        return mark

    async def goodbye(self, sentence: Sentence, reason: str) -> None:
        """Says a last sentence; the call ends when it was heard."""
        if self._progress.ending or self._leaving:
            return
        self._leaving = True
        if self._progress.phase is Phase.GREETING and not self._mouth.may_be_paused:
            await self._progress.greeted.wait()
        self._ears.hold()
        await self.break_off()
        said = self._said(sentence)

        def begins() -> None:
            self._progress.ending = reason

        await self._mouth.say(said.ulaw, said.text, begins)

    async def break_off(self) -> None:
        """The agent says no more of what it was saying."""
        await self._conversation.interrupt()
        await self._mouth.cut_short()

    def forget(self) -> None:
        """Nothing of what is being said now is told to anybody."""
        self._ears.forget()
        self._turn_taking.reset()

    def _said(self, sentence: Sentence) -> Said:
        return self._shared.sentences.get(sentence, self._agent.language)

    async def _say(self, ulaw: bytes, text: str) -> str:
        if self._ears.listener is self._turn_taking:
            self._ears.hold()
        self._word_ear.saying(text)
        mark = await self._mouth.say(ulaw, text)
        if self._progress.talking:
            await self._ears.release()
        return mark
