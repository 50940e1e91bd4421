"""The book-keeping of turns: who spoke when, how long the answer took."""

from dataclasses import dataclass

from op26x.clock import Clock
from op26x.types import Personal, Word
from op26x.voice.hearing.vad import STOP_S


@dataclass(frozen=True, slots=True)
class UnredactedTurn:
    """A finished turn, before redaction makes of it what each sink may have; it has what ``TurnInfo`` has."""

    number: int
    speaker: str
    text: Personal
    started_ms: int
    ended_ms: int
    latency_ms: int | None = None
    interrupted: bool = False
    words: tuple[Word, ...] = ()


@dataclass
class _Open:
    started_ms: int
    ended_ms: int | None = None
    latency_ms: int | None = None


class TurnBook:
    """Makes turns out of what the ears and the mouth report.

    Args:
        clock: Its monotonic time is used; the book's zero is when it was made.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._zero = clock.monotonic()
        self._count = 0
        self._caller: _Open | None = None
        self._words: list[Word] = []
        self._agent: _Open | None = None
        self._speech_ended_ms: int | None = None

    def now_ms(self) -> int:
        """Milliseconds since the start of the media stream."""
        return round((self._clock.monotonic() - self._zero) * 1000)

    def caller_started(self, at_ms: int) -> None:
        """Speech began then, as far as voice detection knows."""
        self._speech_ended_ms = None
        if self._caller is None:
            self._caller = _Open(at_ms)

    def caller_stopped(self, at_ms: int) -> None:
        """Voice detection noticed then that speech had ended, ``vad.STOP_S`` before."""
        self._speech_ended_ms = at_ms - round(STOP_S * 1000)
        if self._caller is not None:
            self._caller.ended_ms = self._speech_ended_ms

    def caller_words(self, words: tuple[Word, ...]) -> None:
        """What was heard of the turn that is open, word by word."""
        self._words += words

    def caller_finished(self, text: str) -> UnredactedTurn:
        """The caller's turn is over."""
        now = self.now_ms()
        turn, self._caller = self._caller or _Open(now), None
        ended = max(turn.started_ms, turn.ended_ms if turn.ended_ms is not None else now)
        words, self._words = tuple(self._words), []
        return self._finished("caller", text, turn, ended, words=words)

    def agent_started(self) -> None:
        """The first audio of the agent's turn went out."""
        now = self.now_ms()
        ended, self._speech_ended_ms = self._speech_ended_ms, None
        self._agent = _Open(now, latency_ms=now - ended if ended is not None else None)

    def agent_finished(self, text: str, *, interrupted: bool) -> UnredactedTurn:
        """The agent's turn was played to its end, or cut short."""
        now = self.now_ms()
        turn, self._agent = self._agent or _Open(now), None
        return self._finished("agent", text, turn, now, interrupted=interrupted)

    def _finished(
        self,
        speaker: str,
        text: str,
        turn: _Open,
        ended_ms: int,
        *,
        interrupted: bool = False,
        words: tuple[Word, ...] = (),
    ) -> UnredactedTurn:
        self._count += 1
        return UnredactedTurn(
            number=self._count,
            speaker=speaker,
            text=Personal(text),
            started_ms=turn.started_ms,
            ended_ms=ended_ms,
            latency_ms=turn.latency_ms,
            interrupted=interrupted,
            words=words,
        )
