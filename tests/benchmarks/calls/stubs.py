"""Stub providers that answer at once, so that a benchmark times the framework and nobody's network.

They are what a vendor's Pipecat service is, less the vendor: one STT service is a `SegmentedSTTService`, the
other takes a stream of audio, the LLM takes an `LLMContextFrame` and streams a reply between start and end
frames, the synthesiser streams audio of its context.
"""

from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    UserStoppedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService, STTService
from pipecat.services.tts_service import TTSService
from pipecat.utils.time import time_now_iso8601

SAMPLE_RATE = 8000
HEARD = "I would like an appointment."
SAID = ("We can ", "see you ", "on Monday ", "at nine.")
TONE_S = 1.5


def tone(seconds: float = TONE_S, rate: int = SAMPLE_RATE) -> bytes:
    """A 440 Hz tone of `seconds` as 16-bit mono PCM at `rate` samples per second."""
    wave = np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
    return (wave * 8000).astype("<i2").tobytes()


_TONE = tone()
_CHUNK = SAMPLE_RATE // 2 * 2


class StubSTT(SegmentedSTTService):
    """Hears the same sentence in every segment, in no time."""

    def __init__(self, **kwargs: Any) -> None:
        # A P99 of 0 s: the turn strategies wait for nothing but their own timers.
        settings = STTSettings(model=None, language=None)
        super().__init__(sample_rate=SAMPLE_RATE, ttfs_p99_latency=0.0, settings=settings, **kwargs)

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Yield the fixed transcript for a segment of `audio`."""
        yield TranscriptionFrame(HEARD, "", time_now_iso8601())


class StubStreamingSTT(STTService):
    """Is handed speech as it is spoken; hears the same sentence as soon as it is over.

    Vendors' services do the same when they are told to finalise at the end of speech. Without audio it hears
    nothing, and the answer comes seconds late: audio that does not arrive shows in the latency.
    """

    def __init__(self, **kwargs: Any) -> None:
        settings = STTSettings(model=None, language=None)
        super().__init__(sample_rate=SAMPLE_RATE, ttfs_p99_latency=0.0, settings=settings, **kwargs)
        self._got_audio = False

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        """Take a piece of the stream; the words come when speech ends."""
        self._got_audio = True
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer the end of speech."""
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame) and self._got_audio:
            self._got_audio = False
            await self.push_frame(TranscriptionFrame(HEARD, "", time_now_iso8601(), finalized=True))


def _settings() -> LLMSettings:
    return LLMSettings(
        model=None,
        system_instruction=None,
        temperature=None,
        max_tokens=None,
        top_p=None,
        top_k=None,
        frequency_penalty=None,
        presence_penalty=None,
        seed=None,
        filter_incomplete_user_turns=False,
        user_turn_completion_config=None,
    )


class StubLLM(LLMService[Any]):
    """Streams one short sentence in four pieces, in no time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(settings=_settings(), **kwargs)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a context; pass everything else on, as vendors' services do."""
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        try:
            for piece in SAID:
                await self._push_llm_text(piece)
        finally:
            await self.push_frame(LLMFullResponseEndFrame())


class StubSpeech(LLMService[Any]):
    """Hears and speaks by itself: answers a turn with the synthesiser's tone, if it was given audio."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(settings=_settings(), **kwargs)
        self._got_audio = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Take audio; answer the end of a turn; pass everything else on but contexts."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self._got_audio = True
        elif not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
        if isinstance(frame, UserStoppedSpeakingFrame) and self._got_audio:
            self._got_audio = False
            await self._answer()

    async def _answer(self) -> None:
        await self.push_frame(LLMFullResponseStartFrame())
        await self.push_frame(TTSStartedFrame())
        for start in range(0, len(_TONE), _CHUNK):
            await self.push_frame(TTSAudioRawFrame(_TONE[start : start + _CHUNK], SAMPLE_RATE, 1))
        await self.push_frame(TTSStoppedFrame())
        await self.push_frame(LLMFullResponseEndFrame())


class StubTTS(TTSService):
    """Answers any text with a 1.5 s tone, in chunks of 0.5 s, in no time."""

    def __init__(self, **kwargs: Any) -> None:
        settings = TTSSettings(model=None, voice=None, language=None)
        super().__init__(
            sample_rate=SAMPLE_RATE, push_start_frame=True, push_stop_frames=True, settings=settings, **kwargs
        )

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        """Yield the tone as frames of 16-bit mono PCM at 8 kHz."""
        for start in range(0, len(_TONE), _CHUNK):
            yield TTSAudioRawFrame(_TONE[start : start + _CHUNK], SAMPLE_RATE, 1, context_id=context_id)
