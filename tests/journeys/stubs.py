"""Providers whose every word is scripted in the agent's document; loaded as a plugin by the journeys.

STT service ``scripted`` hears ``words``, one entry per utterance. LLM ``scripted`` takes the next of ``answers``,
each a list of steps, at every turn and repeats the last one. Voice ``tone`` speaks a text as a tone of 50 ms per
character, as high in hertz as the last number in the text says, so that a caller's ears can tell what was said.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from itertools import count
from typing import Any

import msgspec
import numpy as np
from num2words import num2words
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TextType,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallFromLLM, LLMService
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from op26x import Provider, ServiceRequest, hookimpl
from op26x.agents import Tool, ToolCall, ToolResult
from op26x.consent import Notice
from op26x.consent.texts import texts
from op26x.testing.scripted_llm import no_settings
from op26x.voice import SpeechToSpeech
from op26x.voice.speaking.sentences import Sentence

LINE_RATE = 8000
SECONDS_PER_CHARACTER = 0.05
FIXED_S = 0.6
_EN = texts("en")
assert _EN is not None
FIXED = {sentence: 1500 + 100 * number for number, sentence in enumerate(Sentence)}
"""How high each fixed sentence sounds."""
_SAID = list(dict.fromkeys(_EN.sentences[notice] for notice in Notice))
NOTICES = {notice: 2200 + 60 * _SAID.index(_EN.sentences[notice]) for notice in Notice}
"""How high each notice sounds; those with the same words sound the same."""
_PITCHES = {
    **{sentence.value: pitch for sentence, pitch in FIXED.items()},
    **{_EN.sentences[notice]: pitch for notice, pitch in NOTICES.items()},
}


class Scripted(Exception):
    """What a scripted provider raises."""


_HERTZ = {num2words(hertz, to="cardinal" if hertz < 1100 else "year"): str(hertz) for hertz in range(100, 1500)}
_SPOKEN_HERTZ = re.compile(rf"\b(?:{'|'.join(sorted(_HERTZ, key=len, reverse=True))})\b")


def as_written(text: str) -> str:
    """What the LLM wrote, of a text that the voice was handed with its numbers in words."""
    return _SPOKEN_HERTZ.sub(lambda words: _HERTZ[words.group()], text)


def pitch_of(text: str) -> int:
    """How high a text sounds, in hertz."""
    numbers = re.findall(r"\d+", text)
    return int(numbers[-1]) if numbers else 440


def tone(hertz: int, seconds: float, rate: int = LINE_RATE) -> bytes:
    """A tone as 16-bit mono PCM."""
    wave = np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)
    return (wave * 8000).astype("<i2").tobytes()


@dataclass
class Heard:
    """The words of an utterance."""

    text: str


class ScriptedUtterance:
    """Hears one entry of the script."""

    def __init__(self, words: str) -> None:
        self._words = words

    def feed(self, pcm: bytes) -> None:
        """Listens to nothing."""

    async def finish(self) -> Heard:
        """The scripted words; ``!`` before them raises."""
        if self._words.startswith("!"):
            raise Scripted(self._words)
        return Heard(self._words)

    def cancel(self) -> None:
        """Has nothing to cancel."""


class ScriptedSTT:
    """Hears what the agent's document says."""

    def __init__(self, request: ServiceRequest) -> None:
        self._words = iter(request.options.get("words", []))

    def utterance(self) -> ScriptedUtterance:
        """The next entry; after the last one, nothing is understood."""
        return ScriptedUtterance(next(self._words, ""))


class ScriptedLLM(LLMService[Any]):
    """Answers by script: steps ``say``, ``use`` (a tool, with ``arguments``), ``raise``, ``error``, ``hang``."""

    def __init__(self, request: ServiceRequest) -> None:
        super().__init__(settings=no_settings())
        self._answers = request.options["answers"]
        self._turns = count()
        self._calls = count(1)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answers a context; passes everything else on."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        steps = self._answers[min(next(self._turns), len(self._answers) - 1)]
        said = [m for m in frame.context.get_messages() if m.get("role") == "user"]
        heard = str(said[-1]["content"]) if said else ""
        await self.push_frame(LLMFullResponseStartFrame())
        for step in steps:
            await self._do(step, heard, frame)
        await self.push_frame(LLMFullResponseEndFrame())

    async def _do(self, step: dict[str, Any], heard: str, frame: LLMContextFrame) -> None:
        if "say" in step:
            await self._push_llm_text(step["say"].format(heard=heard))
        elif "use" in step:
            await self._use(step, heard, frame)
        elif "raise" in step:
            raise Scripted(step["raise"])
        elif "error" in step:
            await self.push_error(step["error"])
        elif "hang" in step:
            await asyncio.Event().wait()

    async def _use(self, step: dict[str, Any], heard: str, frame: LLMContextFrame) -> None:
        arguments = {name: value.format(heard=heard) for name, value in step.get("arguments", {}).items()}
        call = FunctionCallFromLLM(step["use"], f"scripted-{next(self._calls)}", arguments, frame.context)
        await self.run_function_calls([call])


class HearingLLM(LLMService[Any]):
    """Hears and speaks by itself: answers a turn with a tone at 800 Hz that lasts as long as the speech it heard."""

    def __init__(self) -> None:
        super().__init__(settings=no_settings())
        self._heard = bytearray()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Listens while the caller has the floor, answers when they are done."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            if np.abs(np.frombuffer(frame.audio, "<i2")).max() > 500:
                self._heard += frame.audio
            return
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
        if isinstance(frame, UserStoppedSpeakingFrame):
            await self._answer()

    async def _answer(self) -> None:
        pcm = tone(800, len(self._heard) / 2 / LINE_RATE)
        self._heard.clear()
        await self.push_frame(LLMFullResponseStartFrame())
        await self._push_llm_text("At 900 the voice must not say this.")
        await self.push_frame(TTSStartedFrame())
        await self.push_frame(TTSAudioRawFrame(pcm, LINE_RATE, 1))
        await self.push_frame(TTSTextFrame("I heard you.", TextType.SENTENCE))
        await self.push_frame(TTSStoppedFrame())
        await self.push_frame(LLMFullResponseEndFrame())


class ToneVoice(TTSService):
    """Speaks in tones; raises at a text that has ``raises_at`` in it; options ``rate``, ``silent_at``."""

    def __init__(self, request: ServiceRequest) -> None:
        self._rate = int(request.options.get("rate", LINE_RATE))
        super().__init__(
            sample_rate=self._rate,
            push_start_frame=True,
            push_stop_frames=True,
            settings=TTSSettings(model=None, voice=None, language=None),
        )
        self._raises_at = request.options.get("raises_at", "\0")
        self._silent_at = request.options.get("silent_at", "\0")

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yields the tone in frames of half a second."""
        text = as_written(text)
        if self._raises_at in text:
            raise Scripted(text)
        if self._silent_at in text:
            await asyncio.Event().wait()
        pcm = tone(pitch_of(text), len(text) * SECONDS_PER_CHARACTER, self._rate)
        for start in range(0, len(pcm), self._rate):
            yield TTSAudioRawFrame(pcm[start : start + self._rate], self._rate, 1, context_id=context_id)


class Note(msgspec.Struct):
    """Arguments of ``note``."""

    words: str


def note(_call: ToolCall, wish: Note) -> ToolResult:
    """Notes something; nowhere."""
    return ToolResult({"status": "noted", "words": wish.words}, outcome="noted")


@hookimpl
def op26x_stt_service() -> Provider[Any]:
    """STT service ``scripted``."""
    return Provider("scripted", ScriptedSTT)


@hookimpl
def op26x_llm_service() -> list[Provider[Any]]:
    """LLMs ``scripted`` and ``hearing``."""
    return [
        Provider("scripted", ScriptedLLM),
        Provider("hearing", lambda request: SpeechToSpeech(HearingLLM())),
    ]


@hookimpl
def op26x_tts_service() -> list[Provider[Any]]:
    """Voice ``tone``, and one that can't be built for a call, though it could be when the agent was checked."""
    return [Provider("tone", ToneVoice), Provider("unbuildable", _unbuildable)]


@hookimpl
def op26x_tools() -> list[Tool]:
    """Tool ``note``."""
    return [Tool("note", "Notes what was said.", Note, note)]


@hookimpl
def op26x_render_sentence(text: str, language: str) -> bytes | None:
    """Each fixed sentence and notice as a tone of its own; other plugins speak what else there is."""
    return tone(_PITCHES[text], FIXED_S) if text in _PITCHES else None


def _unbuildable(request: ServiceRequest) -> Any:
    if request.call_id:
        raise Scripted("no such voice")
    return ToneVoice(request)
