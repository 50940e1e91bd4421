"""The fixed sentences: what is said when no LLM is asked, rendered when the service starts, without any vendor."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

from op26x import g711, logs
from op26x.errors import HookFailed
from op26x.plugins import Plugins
from op26x.types import primary_language

log = logs.get("voice")

TRANSLATIONS = Path(__file__).with_suffix(".yaml")
ENGLISH = "en"


class Sentence(StrEnum):
    """The sentences, in English."""

    SAY_AGAIN = "Sorry, something went wrong. Could you say that again?"
    TROUBLE = "Sorry, I am having technical trouble. Please call again later. Goodbye."
    STILL_THERE = "Are you still there?"
    NOBODY_THERE = "I did not hear anything, so I will end the call now. Goodbye."
    TIME_IS_UP = "This call has reached its time limit. Goodbye."
    ONE_MOMENT = "One moment, please."
    TOOK_TOO_LONG = "Sorry, that took too long, and I can't tell whether it was done."
    CANT_ANSWER = "Sorry, I can't help with that. Is there anything else?"
    NOTHING_TO_SAY = "Sorry, I have no answer to that. Could you put it another way?"
    ENTER_DIGITS = "Please enter it on your keypad, and press the hash or pound key at the end."

    def text(self, language: str) -> str | None:
        """The sentence in a language; a region is passed over (``en-IN`` is ``en``). ``None`` if it is not there."""
        primary = primary_language(language)
        return self.value if primary == ENGLISH else _translations().get(primary, {}).get(self.name)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that can be played.

    Attributes:
        text: In words.
        ulaw: 8 kHz mu-law; empty if no plugin could speak it.
    """

    text: str
    ulaw: bytes


class Sentences:
    """Audio of the fixed sentences, in the languages of the agents.

    Args:
        plugins: Asked by ``op26x_render_sentence``.
    """

    def __init__(self, plugins: Plugins) -> None:
        self._render = plugins.decider("op26x_render_sentence", lambda pcm, _: g711.fault_of(pcm))
        self._said: dict[tuple[Sentence, str], Said] = {}

    async def warm(self, language: str) -> None:
        """Renders every sentence in a language, and in English, which stands in for one that can't be spoken."""
        for spoken in dict.fromkeys((primary_language(language), ENGLISH)):
            for sentence in Sentence:
                if (sentence, spoken) not in self._said:
                    await self._add(sentence, spoken)

    def get(self, sentence: Sentence, language: str) -> Said:
        """A sentence in a language, else in English, else without audio."""
        return (
            self._said.get((sentence, primary_language(language)))
            or self._said.get((sentence, ENGLISH))
            or Said(sentence.value, b"")
        )

    async def _add(self, sentence: Sentence, language: str) -> None:
        text = sentence.text(language)
        if text is None:
            return
        try:
            pcm = await self._render(text=text, language=language)
        except HookFailed as error:
            log.error("a fixed sentence can't be spoken", sentence=sentence.name, language=language, why=error.message)
            return
        if pcm:
            self._said[sentence, language] = Said(text, g711.encode(pcm))


@cache
def _translations() -> dict[str, dict[str, str]]:
    return msgspec.yaml.decode(TRANSLATIONS.read_bytes(), type=dict[str, dict[str, str]])
