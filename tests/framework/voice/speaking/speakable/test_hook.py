"""What a voice is handed, and what everybody else gets, through Pipecat's own service."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pipecat.frames.frames import (
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSTextFrame,
)
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TextAggregationMode, TTSService
from pipecat.utils.text.simple_text_aggregator import SimpleTextAggregator

from counterparts.pipeline import Heard, listen
from op26x.voice.speaking.speakable import hook
from op26x.voice.speaking.speakable.hook import SpeakableText
from op26x.voice.speaking.speakable.sentences import SentenceAggregator

RATE = 8000


class Voice(TTSService):
    """Keeps what it is handed; speaks silence, and reports the times of words if it is to."""

    def __init__(self, *, reports_words: bool = False, **options: Any) -> None:
        super().__init__(
            sample_rate=RATE,
            push_start_frame=True,
            push_stop_frames=True,
            push_text_frames=not reports_words,
            settings=TTSSettings(model=None, voice=None, language=None),
            **options,
        )
        self.handed: list[str] = []
        self._reports_words = reports_words

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yields a tenth of a second."""
        self.handed.append(text)
        yield TTSAudioRawFrame(bytes(RATE // 5), RATE, 1, context_id=context_id)
        if self._reports_words:
            await self.start_word_timestamps()
            await self.add_word_timestamps([(word, 0.01) for word in text.split()], context_id)


def answered(text: str, size: int = 4) -> list[Frame]:
    pieces = [LLMTextFrame(text[start : start + size]) for start in range(0, len(text), size)]
    return [LLMFullResponseStartFrame(), *pieces, LLMFullResponseEndFrame()]


def over(heard: Heard) -> bool:
    return bool(heard.of(LLMFullResponseEndFrame))


def written(heard: Heard) -> str:
    """What Pipecat's context keeps."""
    return " ".join(frame.raw_text or frame.text for frame in heard.of(TTSTextFrame) if frame.append_to_context)


async def test_the_voice_gets_words_and_everybody_else_the_text() -> None:
    voice = Voice()
    SpeakableText("en-US").apply(voice)
    text = "See **Dr. Weber** on Nov 25. It costs $5.30, i.e. 1/2 off. 👍 Really!"
    heard = await listen(voice, *answered(text), until=over)
    assert voice.handed == [
        "See Doctor Weber on November twenty-fifth.",
        "It costs five dollars and thirty cents, that is one half off.",
        "Really!",
    ]
    assert written(heard) == text
    assert not heard.errors


async def test_a_voice_that_reports_words_has_the_text_written_as_well() -> None:
    voice = Voice(reports_words=True)
    SpeakableText("en-US").apply(voice)
    heard = await listen(voice, *answered("It costs **$5.30** now. Good."), until=over)
    assert voice.handed == ["It costs five dollars and thirty cents now.", "Good."]
    assert written(heard) == "It costs **$5.30** now. Good."


async def test_what_can_not_be_said_does_not_reach_the_voice_and_is_no_failure() -> None:
    voice = Voice()
    SpeakableText("en-US").apply(voice)
    heard = await listen(voice, *answered("👍\n\n---\n```\ncode. More code.\n```"), until=over)
    assert voice.handed == []
    assert not heard.errors


async def test_code_and_tables_over_several_sentences() -> None:
    voice = Voice()
    SpeakableText("en-US").apply(voice)
    text = (
        "Look:\n```python\na = 1. # Yes. No.\n```\nDone. Now:\n\n| Day | At |\n|---|---|\n| Mon. | 9 |\n\nBye. 1. One"
    )
    await listen(voice, *answered(text), until=over)
    assert voice.handed == ["Look: Done.", "Now:", "Day, At. Monday, nine", "Bye.", "one, One"]


async def test_a_fence_that_is_never_closed_does_not_silence_the_next_answer() -> None:
    voice = Voice()
    SpeakableText("en-US").apply(voice)
    frames = [*answered("Look:\n```\na = 1. b = 2."), *answered("I am back.")]
    await listen(voice, *frames, until=lambda heard: len(heard.of(LLMFullResponseEndFrame)) == 2)
    assert voice.handed == ["Look:", "I am back."]


async def test_a_greeting() -> None:
    voice = Voice()
    SpeakableText("de-DE").apply(voice)
    heard = await listen(
        voice, TTSSpeakFrame("Praxis **Dr. Weber**!"), until=lambda heard: bool(heard.of(TTSTextFrame))
    )
    assert voice.handed == ["Praxis Doktor Weber!"]
    assert written(heard) == "Praxis **Dr. Weber**!"


async def test_a_voice_that_is_handed_pieces_of_words_loses_signs_and_keeps_spaces() -> None:
    voice = Voice(text_aggregation_mode=TextAggregationMode.TOKEN)
    SpeakableText("en-US").apply(voice)
    await listen(voice, *answered("**At 5** 👍 yes", 3), until=over)
    assert "".join(voice.handed).split() == ["At", "5", "yes"]


async def test_an_aggregator_of_its_own_is_kept() -> None:
    class Own(SimpleTextAggregator):
        """A voice's own."""

    voice, other = Voice(), Voice()
    voice._text_aggregator = own = Own()
    SpeakableText("en").apply(voice)
    SpeakableText("en").apply(other)
    assert voice._text_aggregator is own
    assert isinstance(other._text_aggregator, SentenceAggregator)


async def test_what_goes_wrong_is_spoken_as_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_text: str, _language: str) -> str:
        raise ValueError

    monkeypatch.setattr(hook, "speakable", fails)
    voice = Voice()
    SpeakableText("en").apply(voice)
    await listen(voice, *answered("At 5."), until=over)
    assert voice.handed == ["At 5."]
