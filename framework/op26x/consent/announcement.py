"""What is played to the caller, and the core's own plugin that says it in five languages."""

import hashlib
from dataclasses import dataclass

from op26x.consent.answers import Answer, read_words
from op26x.consent.texts import Notice, texts
from op26x.hookspecs import hookimpl


@dataclass(frozen=True, slots=True)
class Announcement:
    """A sentence to the caller.

    Attributes:
        text: In words.
        language: As in BCP 47.
        audio: 16-bit mono PCM at 8 kHz; empty lets ``op26x_render_sentence`` speak the text.
    """

    text: str
    language: str
    audio: bytes = b""

    @property
    def version(self) -> str:
        """Names exactly this text and audio: language, and the first 16 digits of the SHA-256 of both."""
        text = self.text.encode()
        return f"{self.language}/{hashlib.sha256(b'%d|' % len(text) + text + self.audio).hexdigest()[:16]}"


class ConsentDefaults:
    """The standard announcements, and the reader of yes and no."""

    @hookimpl(trylast=True)
    def op26x_announce(self, notice: Notice, language: str) -> Announcement | None:
        """The sentence out of ``consent/texts``, if that language is there."""
        known = texts(language)
        return Announcement(known.sentences[notice], language) if known else None

    @hookimpl(trylast=True)
    def op26x_read_assent(self, words: str, language: str) -> tuple[Answer, str] | None:
        """Yes or no by the words of that language."""
        return read_words(words, language)
