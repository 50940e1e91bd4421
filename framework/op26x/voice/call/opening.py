"""How a call opens: what the law wants to be said, announcement, assent and recording; then the greeting."""

from collections.abc import Awaitable, Callable, Sequence

from op26x.consent import Notice
from op26x.policy import RecordingMode
from op26x.voice.consent.assent import AssentListener
from op26x.voice.consent.callers_word import CallersWord
from op26x.voice.consent.recorded_call import RecordedCall
from op26x.voice.conversation.conversation import Conversation
from op26x.voice.conversation.prompts import Prompts
from op26x.voice.hearing.ears import Ears, Listener
from op26x.voice.turns.phase import Phase, Progress

LAST_WORDS_S = 4.0
"""How long it waits for what the caller was saying when the question was settled."""
NOT_TOLD = "listening-not-announced"


class Opening:
    """Opens one call.

    Args:
        first: What is said before anything else.
        mode: What must come before a recording.
        progress: How far the call has come.
        conversation: Must have started.
        ears: Are lent to whoever waits for the assent.
        listener: Has the ears otherwise.
        prompts: Greet.
        recorded: The recording.
        assent: Hears the caller's yes or no.
        word: What the caller demanded meanwhile, of which they are told before the greeting.
        end: Ends the call.
    """

    def __init__(
        self,
        first: Sequence[Notice],
        mode: RecordingMode,
        progress: Progress,
        conversation: Conversation,
        ears: Ears,
        listener: Listener,
        prompts: Prompts,
        recorded: RecordedCall,
        assent: AssentListener,
        word: CallersWord,
        end: Callable[[str], Awaitable[None]],
    ) -> None:
        self._first = first
        ears.deaf = Notice.LISTENING in first
        self._mode = mode
        self._progress = progress
        self._conversation = conversation
        self._ears = ears
        self._listener = listener
        self._prompts = prompts
        self._recorded = recorded
        self._assent = assent
        self._word = word
        self._end = end

    async def open(self) -> None:
        """Says what must be said first, begins the recording, if it may begin, and then greets.

        Whoever must be told that a machine listens is not heard before it is proved that they were: neither voice
        detection nor the STT service gets any sound. Without that proof there is nobody to talk to, and the call ends.
        """
        await self._conversation.started.wait()
        if not await self._said_first():
            await self._end(NOT_TOLD)
            return
        if self._mode is RecordingMode.ASSENT:
            self._ears.listener = self._assent
            self._prompts.forget()
        await self._recorded.begin(self._assent)
        if self._mode is RecordingMode.ASSENT:
            await self._ears.settled(LAST_WORDS_S)  # a no that was begun before the thanks were over is one
        self._ears.listener = self._listener
        if self._mode.announces:
            # What was said before the gate opened, or while it did, is nobody's business.
            self._prompts.forget()
        await self._word.told()
        if not self._progress.ending and self._progress.phase is Phase.OPENING:
            await self._prompts.greet()

    async def _said_first(self) -> bool:
        """Says it; ``False`` if a notice without which nobody may listen could not be proved, said twice."""
        for notice in self._first:
            mark = await self._prompts.notice(notice, self._recorded)
            if notice is Notice.LISTENING:
                if not (mark or await self._prompts.notice(notice, self._recorded)):
                    return False
                self._ears.deaf = False
        return True
