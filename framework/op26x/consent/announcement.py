"""What is played to the caller, and the core's own plugin that says it in five languages."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from op26x.consent.reading.answers import Answer, read_words
from op26x.consent.texts import Notice, texts
from op26x.hookspecs import hookimpl
from op26x.plugins import of_type
from op26x.types import primary_language

EVIDENCE = re.compile(r"[^\d@]{1,40}")


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


def fits_announcement(result: Any, arguments: Mapping[str, Any]) -> str:
    """What keeps an answer from being an announcement: no recording begins after one that says nothing."""
    from op26x.g711 import fault_of

    if wrong := of_type(Announcement)(result, arguments):
        return wrong
    if not (isinstance(result.text, str) and any(letter.isalpha() for letter in result.text)):
        return "its Announcement has no words: they are stored with the consent, with a sound of your own too"
    if primary_language(str(result.language)) != primary_language(arguments["language"]):
        return "its Announcement is in another language than it was asked for"
    return fault_of(result.audio) if result.audio else ""


def fits_answer(result: Any, _arguments: Mapping[str, Any]) -> str:
    """What keeps a plugin's reading of yes or no from being one. It is not quoted: the caller's words may be in it."""
    if not (isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], Answer)):
        return f"it returned a {type(result).__name__}, not None or (Answer.YES or Answer.NO, the word that gave it)"
    if not (isinstance(result[1], str) and EVIDENCE.fullmatch(result[1])):
        return "the word that gave the answer, which is stored, is not a word or two"
    return ""
