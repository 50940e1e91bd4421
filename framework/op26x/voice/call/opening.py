"""How a call opens: announcement, assent and recording first, then the greeting."""

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


class Opening:
    """Opens one call.

    Args:
        mode: What must come before a recording.
        progress: How far the call has come.
        conversation: Must have started.
        ears: Are lent to whoever waits for the assent.
        listener: Has the ears otherwise.
        prompts: Greet.
        recorded: The recording.
        assent: Hears the caller's yes or no.
        word: What the caller demanded meanwhile, of which they are told before the greeting.
    """

    def __init__(
        self,
        mode: RecordingMode,
        progress: Progress,
        conversation: Conversation,
        ears: Ears,
        listener: Listener,
        prompts: Prompts,
        recorded: RecordedCall,
        assent: AssentListener,
        word: CallersWord,
    ) -> None:
        self._mode = mode
        self._progress = progress
        self._conversation = conversation
        self._ears = ears
        self._listener = listener
        self._prompts = prompts
        self._recorded = recorded
        self._assent = assent
        self._word = word

    async def open(self) -> None:
        """Begins the recording, if it may begin, and then greets."""
        await self._conversation.started.wait()
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
