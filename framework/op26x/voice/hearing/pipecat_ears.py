"""Makes an STT service of any Pipecat STT service, beside the call's pipeline.

The service runs in a small pipeline of its own. A ``SegmentedSTTService`` is handed each stretch of speech whole,
as one frame; any other gets the stream, in 100 ms frames, which costs more.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    TranscriptionFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.services.stt_service import SegmentedSTTService, STTService

from op26x.errors import ProviderError
from op26x.g711 import SAMPLE_RATE
from op26x.voice.hearing.vad import START_S, STOP_S
from op26x.voice.pipelines import give_another_chance, pipeline_of

STREAM_CHUNK_BYTES = SAMPLE_RATE // 10 * 2
ANSWER_S = 2.2
MORE_S = 0.3


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word and when it was said, in milliseconds from the start of the utterance: a ``hearing.ears.HeardWord``.

    Attributes:
        text: The word.
        start_ms: Where it begins.
        end_ms: Where it ends.
    """

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Words:
    """What was heard.

    Attributes:
        text: All of it.
        words: Each word with its times, if the service tells them.
    """

    text: str
    words: tuple[TimedWord, ...] = ()


class PipecatSTT:
    """A Pipecat STT service as an ``op26x.voice.SpeechToText``.

    Args:
        service: The service, fresh.
    """

    def __init__(self, service: STTService) -> None:
        self.service = service
        self.whole = isinstance(service, SegmentedSTTService)
        self.worker = pipeline_of([service])
        self.worker.set_reached_downstream_filter((TranscriptionFrame,))
        self.worker.add_event_handler("on_frame_reached_downstream", self._on_frame)
        self.worker.add_event_handler("on_pipeline_error", self._on_error)
        self.transcripts: asyncio.Queue[Words | Exception] = asyncio.Queue()

    def utterance(self) -> "PipecatUtterance":
        """Begins an utterance; what came late for the one before is not taken for this one's."""
        while not self.transcripts.empty():
            self.transcripts.get_nowait()
        return PipecatUtterance(self)

    def arrived(self) -> list[Words]:
        """What has come in, in order. Raises what the service reported instead."""
        words: list[Words] = []
        while not self.transcripts.empty():
            answer = self.transcripts.get_nowait()
            if isinstance(answer, Exception):
                raise answer
            words.append(answer)
        return words

    async def _on_frame(self, _worker: object, frame: Frame) -> None:
        if isinstance(frame, TranscriptionFrame):
            # A stream's times count from its start, and we hand over speech only: there they would be wrong.
            self.transcripts.put_nowait(Words(frame.text, timed_words(frame.result) if self.whole else ()))

    async def _on_error(self, _worker: object, frame: Any) -> None:
        error = ProviderError(f"The STT service failed: {frame.error}")
        error.__cause__ = frame.exception
        self.transcripts.put_nowait(error)


class PipecatUtterance:
    """One stretch of speech handed to a Pipecat STT service.

    Args:
        stt: The call's.
        wait: Bounds the wait for an answer; ``asyncio.wait_for`` but in tests.
    """

    def __init__(
        self,
        stt: PipecatSTT,
        wait: Callable[[Awaitable[Words | Exception], float], Awaitable[Words | Exception]] = asyncio.wait_for,
    ) -> None:
        self._stt = stt
        self._wait = wait
        self._buffer = bytearray()
        self._queue: list[Frame] = [VADUserStartedSpeakingFrame(start_secs=START_S)]
        self._sender: asyncio.Task[None] | None = None

    def feed(self, pcm: bytes) -> None:
        """Takes audio; a streaming service gets it at once, in frames of 100 ms."""
        self._buffer += pcm
        if not self._stt.whole and len(self._buffer) >= STREAM_CHUNK_BYTES:
            self._flush()

    async def finish(self) -> Words:
        """Waits for the words.

        Raises:
            ProviderError: The service failed, or did not answer within ``ANSWER_S``.
        """
        words = self._stt.arrived()
        await give_another_chance(self._stt.service)
        self._flush()
        self._queue.append(VADUserStoppedSpeakingFrame(stop_secs=STOP_S))
        if self._sender:
            await self._sender
        await self._send()
        try:
            # A streaming service may have told most of it, or all, while the caller was speaking.
            answer = await self._wait(self._stt.transcripts.get(), MORE_S if words else ANSWER_S)
        except TimeoutError as late:
            if not words:
                raise ProviderError("The STT service did not answer in time.") from late
            return _joined(words)
        if isinstance(answer, Exception):
            raise answer
        return _joined([*words, answer])

    def cancel(self) -> None:
        """Drops what was not sent yet."""
        self._queue.clear()

    def _flush(self) -> None:
        audio, self._buffer = bytes(self._buffer), bytearray()
        if audio:
            self._queue.append(InputAudioRawFrame(audio=audio, sample_rate=SAMPLE_RATE, num_channels=1))
        if not self._stt.whole and (self._sender is None or self._sender.done()):
            self._sender = asyncio.ensure_future(self._send())

    async def _send(self) -> None:
        while self._queue:
            await self._stt.worker.queue_frame(self._queue.pop(0))


def timed_words(result: Any) -> tuple[TimedWord, ...]:
    """The times in a vendor's answer of the form that OpenAI gave it: a list ``words`` of ``word``, ``start``, ``end``.

    Seconds from the start of the audio
    (https://platform.openai.com/docs/api-reference/audio/verbose-json-object). Any other answer has none.
    """
    listed = getattr(result, "words", None) or ()
    try:
        return tuple(TimedWord(str(w.word), round(w.start * 1000), round(w.end * 1000)) for w in listed)
    except (AttributeError, TypeError):
        return ()


def _joined(heard: list[Words]) -> Words:
    return Words(" ".join(one.text for one in heard).strip(), tuple(word for one in heard for word in one.words))
