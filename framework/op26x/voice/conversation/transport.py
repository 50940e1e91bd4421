"""The call's transport, on Pipecat's base classes: speech events come in, audio goes out."""

from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    InputDTMFFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_transport import BaseTransport, TransportParams
from pipecat.utils.time import time_now_iso8601

from op26x.g711 import SAMPLE_RATE
from op26x.voice.hearing.vad import START_S, STOP_S
from op26x.voice.speaking.mouth import Mouth


class CallInput(BaseInputTransport):
    """Pushes what the ears heard into the pipeline."""

    def __init__(self) -> None:
        super().__init__(TransportParams(audio_in_enabled=False, audio_in_sample_rate=SAMPLE_RATE))

    async def speech_started(self) -> None:
        """The caller has begun to speak."""
        await self.push_frame(VADUserStartedSpeakingFrame(start_secs=START_S))

    async def speech_stopped(self) -> None:
        """The caller has stopped speaking."""
        await self.push_frame(VADUserStoppedSpeakingFrame(stop_secs=STOP_S))

    async def words_heard(self, text: str) -> None:
        """What the caller said; final, so that the turn waits for nothing more."""
        await self.push_frame(TranscriptionFrame(text, "", time_now_iso8601(), finalized=True))

    async def digit(self, digit: str) -> None:
        """The caller pressed a key.

        Raises:
            ValueError: There is no such key.
        """
        await self.push_frame(InputDTMFFrame(button=KeypadEntry(digit)))


class CallTransport(BaseTransport):
    """Both halves of a call.

    Args:
        mouth: The output half.
    """

    def __init__(self, mouth: Mouth) -> None:
        super().__init__()
        self.ears = CallInput()
        self.mouth = mouth

    def input(self) -> FrameProcessor:
        """The half that pushes speech events."""
        return self.ears

    def output(self) -> FrameProcessor:
        """The half that plays audio."""
        return self.mouth
