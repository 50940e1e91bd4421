"""Turn-taking: what a voice over the agent's means. Nothing, a moment's silence, or the caller's turn.

The ears tell what they hear, the conversation is told what is a turn. A cough, a backchannel or a noise over an answer
leaves the answer as it is; where the agent has fallen silent to listen, it goes on where it was.
"""

from collections.abc import Awaitable, Callable

from op26x.agents import InterruptedBy, Interruptions
from op26x.consent import Right
from op26x.types import Personal, Word
from op26x.voice.hearing.backchannels import Backchannels
from op26x.voice.hearing.ears import Listener
from op26x.voice.hearing.vad import START_S
from op26x.voice.timers import Timer
from op26x.voice.turns.floor import Floor
from op26x.voice.turns.turns import TurnBook

UNCLEAR_S = 1.5
"""So long after a voice the agent waits for what it said; without words it goes on."""
ANSWER_MS = 1000
"""An "okay" that ends so shortly before the agent has finished is an answer."""


class TurnTaking:
    """Stands between the ears of one call and whoever leads the conversation; a ``Listener`` itself.

    Args:
        rule: The agent's.
        language: The agent's.
        floor: What the agent is doing.
        book: Keeps the times of the caller's turns.
        listener: Told what is a turn.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self,
        rule: Interruptions,
        language: str,
        floor: Floor,
        book: TurnBook,
        listener: Listener,
        spawn: Callable[[Awaitable[object]], object],
    ) -> None:
        self._by = rule.by
        self._after_s = rule.after_s - START_S
        self._backchannels = Backchannels(language, rule.backchannels)
        self._floor = floor
        self._book = book
        self._listener = listener
        self._lasting = Timer(floor.pause, spawn)
        self._unclear = Timer(floor.resume, spawn)
        self._untold = False
        self._began_ms = 0
        self._ended_ms: int | None = 0
        self._courtesy: tuple[Personal, tuple[Word, ...]] | None = None
        self._kept: list[Callable[[], Awaitable[None]]] = []

    async def speech_started(self) -> None:
        """A voice over the agent's is not told yet."""
        self._began_ms, self._ended_ms = self._book.now_ms(), None
        self._unclear.stop()
        if not self._floor.taken:
            await self._tell_started()
            return
        self._untold = True
        if self._by is InterruptedBy.NONE:
            return
        if not self._floor.heard:
            await self._floor.pause()
        elif self._by is InterruptedBy.VOICE:
            self._lasting.start(self._after_s)

    async def speech_stopped(self) -> None:
        """The voice is over; what it said is known soon."""
        self._ended_ms = self._book.now_ms()
        self._lasting.stop()
        if self._untold:
            self._unclear.start(UNCLEAR_S)
        else:
            await self._tell_stopped()

    async def words_heard(self, text: Personal, words: tuple[Word, ...]) -> None:
        """Now it is known what the voice said."""
        if not self._untold:
            await self._listener.words_heard(text, words)
        elif self._backchannels.nothing_in(text.reveal()):
            await self._nothing()
        elif not self._floor.taken:
            await self._take(text, words)
        elif self._backchannels.only(text.reveal()):
            self._courtesy = (text, words)
            await self._nothing()
        elif self._by is InterruptedBy.NONE:
            self._untold = self._ended_ms is None
            self._kept.append(lambda: self._take(text, words))
        else:
            await self._take(text, words)

    async def key_pressed(self, digit: str) -> None:
        """A key is never a mistake."""
        if self._by is InterruptedBy.NONE and self._floor.taken:
            self._kept.append(lambda: self._listener.key_pressed(digit))
        else:
            await self._listener.key_pressed(digit)

    async def right_demanded(self, right: Right) -> None:
        """The voice demanded something, which is done and told elsewhere."""
        self._untold = False
        self._unclear.start(UNCLEAR_S)
        await self._listener.right_demanded(right)

    async def stt_failed(self, error: Exception) -> None:
        """Nobody will know what the voice said."""
        await self._nothing()
        await self._listener.stt_failed(error)

    async def agent_stopped(self, *, interrupted: bool) -> None:
        """The agent has finished: what was said over its last words is the caller's turn."""
        courtesy, self._courtesy = self._courtesy, None
        kept, self._kept = self._kept, []
        if interrupted:
            courtesy = None
        if self._untold and self._ended_ms is None:
            self._untold = False
            self._lasting.stop()
            await self._tell_started()
        elif courtesy and self._ended_ms is not None and self._book.now_ms() - self._ended_ms <= ANSWER_MS:
            await self._take(*courtesy)
        for tell in kept:
            await tell()

    def reset(self) -> None:
        """Forgets what was heard; nothing more will be told of it."""
        self._untold = False
        self._ended_ms = 0
        self._courtesy = None
        self._kept.clear()
        self._lasting.stop()
        self._unclear.stop()

    async def _nothing(self) -> None:
        """The voice meant nothing, or will never be understood."""
        self._untold = self._untold and self._ended_ms is None
        self._lasting.stop()
        self._unclear.stop()
        await self._floor.resume()

    async def _take(self, text: Personal, words: tuple[Word, ...]) -> None:
        self._untold = False
        self._lasting.stop()
        self._unclear.stop()
        await self._tell_started()
        if self._ended_ms is not None:
            await self._tell_stopped()
        await self._listener.words_heard(text, words)

    async def _tell_started(self) -> None:
        self._book.caller_started(self._began_ms)
        await self._listener.speech_started()

    async def _tell_stopped(self) -> None:
        self._book.caller_stopped(self._ended_ms or self._book.now_ms())
        await self._listener.speech_stopped()
