"""Which of the agent's words were heard: what nobody heard was not said.

A voice announces each sentence before its audio, and tells when it is through with it, or when each word is due.
Positions are those of ``playout``.
"""

from dataclasses import dataclass

from pipecat.frames.frames import AggregatedTextFrame, TTSTextFrame
from pipecat.utils.text.base_text_aggregator import TextType

from op26x.g711 import SAMPLE_RATE

CHARACTER_BYTES = 600.0
"""How much audio a character takes, before a voice has shown it: some 13 characters a second."""


@dataclass
class _Part:
    """A sentence, or a word of a voice that gives times.

    Attributes:
        frame: Its text.
        begin: Where its audio begins.
        end: Where it ends; unknown while it is being spoken.
    """

    frame: AggregatedTextFrame
    begin: int
    end: int | None = None


class Script:
    """Follows the words of one call's agent."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._received = 0
        self._context_begin = 0
        self._clock_zero: int | None = None
        self._timed = False
        self._character_bytes = CHARACTER_BYTES

    def begin(self, position: int) -> None:
        """The voice begins to speak there, after all that it said before; what it speaks may be announced already."""
        announced = self._parts and self._parts[-1].end is None and self._parts[-1].begin == self._received
        if not announced:
            self._close(self._received)
        self._received = max(self._received, position)
        if announced:
            self._parts[-1].begin = self._received
        self._context_begin = self._received
        self._clock_zero = None

    def aside(self, frame: TTSTextFrame, size: int, position: int) -> None:
        """Something else is said there, all at once; what is announced already comes behind it.

        Args:
            frame: Its words.
            size: Bytes of its audio.
            position: Where it begins.
        """
        announced = self._parts and self._parts[-1].end is None and self._parts[-1].begin == self._received
        waiting = [self._parts.pop()] if announced else []
        self._close(self._received)
        begin = max(self._received, position)
        self._parts.append(_Part(frame, begin, begin + size))
        self._context_begin = begin + size if self._clock_zero is None else self._context_begin + size
        self._received = begin + size
        for part in waiting:
            part.begin = self._received
            self._parts.append(part)

    def audio(self, size: int, clock_ns: int) -> None:
        """The voice gave so many bytes.

        Args:
            size: Bytes of mu-law.
            clock_ns: The pipeline's clock; words are timed from when the first audio came.
        """
        if self._clock_zero is None:
            self._clock_zero = clock_ns
        self._received += size

    def announced(self, frame: AggregatedTextFrame) -> None:
        """The audio of a sentence comes next."""
        if not self._timed:
            self._close(self._received)
            self._parts.append(_Part(frame, self._received))

    def spoken(self, frame: TTSTextFrame) -> None:
        """All audio of a sentence has come, or a word is due at ``frame.pts``."""
        if frame.pts is not None and self._clock_zero is not None:
            self._word(frame, frame.pts - self._clock_zero)
            return
        if self._parts and self._parts[-1].end is None:
            begin = self._parts.pop().begin
        else:
            begin = self._parts[-1].end or 0 if self._parts else self._context_begin
        self._parts.append(_Part(frame, begin, self._received))
        if frame.text and self._received > begin:
            self._character_bytes = (self._received - begin) / len(frame.text)

    def finished(self) -> None:
        """All audio of what was announced has come."""
        self._close(self._received)

    def heard(self, played: int) -> list[TTSTextFrame]:
        """The words that were heard whole, each once."""
        heard: list[TTSTextFrame] = []
        while self._parts and (end := self._parts[0].end) is not None and end <= played:
            part = self._parts.pop(0)
            if end > part.begin or self._timed:
                heard.append(_said(part.frame, part.frame.text))
        return heard

    def cut(self, played: int) -> list[TTSTextFrame]:
        """The words that were heard before we were cut short there; the rest is forgotten."""
        heard = self.heard(played)
        if self._parts and not self._timed and played > self._parts[0].begin:
            begun = self._parts[0]
            if text := self._heard_of(begun, played - begun.begin):
                heard.append(_said(begun.frame, text))
        self._parts.clear()
        self._received = self._context_begin = played
        return heard

    def _word(self, frame: TTSTextFrame, after_ns: int) -> None:
        if not self._timed:
            self._timed = True
            self._parts = [part for part in self._parts if part.end is not None]
        begin = self._context_begin + max(0, after_ns) * SAMPLE_RATE // 1_000_000_000
        self._close(begin)
        self._parts.append(_Part(frame, begin))

    def _close(self, position: int) -> None:
        if self._parts and self._parts[-1].end is None:
            self._parts[-1].end = max(position, self._parts[-1].begin)

    def _heard_of(self, part: _Part, played: int) -> str:
        """The whole words of a sentence that fit into what was played of it."""
        words = part.frame.text.split()
        total = part.end - part.begin if part.end is not None else len(part.frame.text) * self._character_bytes
        characters = len(part.frame.text) * min(1.0, played / total) if total else 0
        heard, length = [], 0
        for word in words:
            length += len(word)
            if length > characters:
                break
            heard.append(word)
            length += 1
        return " ".join(heard)


def _said(frame: AggregatedTextFrame, text: str) -> TTSTextFrame:
    if isinstance(frame, TTSTextFrame) and frame.text == text:
        return frame
    said = TTSTextFrame(text, frame.text_type if frame.text_type else TextType.SENTENCE)
    said.append_to_context = True
    return said
