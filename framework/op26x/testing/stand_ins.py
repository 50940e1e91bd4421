"""The services that an agent uses in a test where no plugin takes their place.

STT ``heard`` hears what the caller is said to say; LLM ``scripted-steps`` answers by a script; TTS ``one-tone`` speaks
a text as a tone of 60 ms for each character. Telephony ``test-line`` places calls that somebody always answers.
"""

import asyncio
import itertools
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import numpy as np
from pipecat.frames.frames import Frame, TTSAudioRawFrame
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService

from op26x import PhoneNumber, Provider, hookimpl

RATE = 8000
HERTZ = 440
SECONDS_PER_CHARACTER = 0.06
TEST_LINE = "test-line"
RECOGNISED_S = 0.3
"""How long the STT service takes once the caller has said something."""


@dataclass
class Words:
    """What was heard."""

    text: str


class CallersWords:
    """An ``op26x.voice.SpeechToText`` that knows what the caller is saying on the line, without listening.

    Attributes:
        words: What the caller says now; ``raises`` fails.
        breaks: Whether it fails while it listens.
    """

    def __init__(self) -> None:
        self.words = ""
        self.breaks = False

    def utterance(self) -> "HeardUtterance":
        """Begins one."""
        return HeardUtterance(self)


class HeardUtterance:
    """Whatever the caller has been saying; known a while after they have said it."""

    def __init__(self, stt: CallersWords) -> None:
        self._stt = stt

    def feed(self, pcm: bytes) -> None:
        """Listens."""
        if self._stt.breaks:
            raise OSError("the STT service is gone")

    async def finish(self) -> Words:
        """The words."""
        await asyncio.sleep(RECOGNISED_S)
        if self._stt.words == "raises":
            raise asyncio.CancelledError
        return Words(self._stt.words)

    def cancel(self) -> None:
        """Has nothing to cancel."""


class ToneTTS(TTSService):
    """Speaks in one tone."""

    def __init__(self) -> None:
        settings = TTSSettings(model=None, voice=None, language=None)
        super().__init__(sample_rate=RATE, push_start_frame=True, push_stop_frames=True, settings=settings)

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yields the tone in frames of half a second."""
        pcm = tone(len(text) * SECONDS_PER_CHARACTER)
        for start in range(0, len(pcm), RATE):
            yield TTSAudioRawFrame(pcm[start : start + RATE], RATE, 1, context_id=context_id)


def tone(seconds: float) -> bytes:
    """The tone as 16-bit mono PCM at 8 kHz."""
    wave = np.sin(2 * np.pi * HERTZ * np.arange(int(seconds * RATE)) / RATE)
    return (wave * 8000).astype("<i2").tobytes()


CALLED = PhoneNumber("+12125550199")


class TestLine:
    """An ``op26x.calls.Telephony`` over which nothing goes."""

    own_number = CALLED
    can_hang_up = False

    def __init__(self) -> None:
        self._sids = itertools.count(1)

    def check_settings(self) -> None:
        """There is nothing to set."""

    async def place_call(self, *, to: PhoneNumber, caller: PhoneNumber) -> str:
        """Somebody will answer."""
        return f"placed-{next(self._sids)}"

    async def hang_up(self, provider_call_id: str) -> None:
        """The stream is closed in any case."""

    async def transfer(self, provider_call_id: str, to: PhoneNumber) -> None:
        """Somebody answers there, whom nobody hears."""


class StandIns:
    """The plugin that provides telephony, STT and TTS, and speaks every fixed sentence for half a second.

    Args:
        stt: What the caller says.
    """

    def __init__(self, stt: CallersWords) -> None:
        self._stt = stt

    @hookimpl
    def op26x_telephony(self) -> Provider[Any]:
        """Telephony ``test-line``."""
        return Provider(TEST_LINE, lambda request: TestLine())

    @hookimpl
    def op26x_stt_service(self) -> Provider[Any]:
        """STT service ``heard``."""
        return Provider("heard", lambda request: self._stt)

    @hookimpl
    def op26x_tts_service(self) -> Provider[Any]:
        """TTS service ``one-tone``."""
        return Provider("one-tone", lambda request: ToneTTS())

    @hookimpl(trylast=True)
    def op26x_render_sentence(self, text: str, language: str) -> bytes:
        """Half a second of the tone, where no other plugin speaks the sentence."""
        return tone(0.5)
