"""Any Pipecat STT service as a stt: segmented and streaming ones, and those that fail."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from openai.types.audio import Transcription, TranscriptionVerbose, TranscriptionWord
from pipecat.frames.frames import Frame, TranscriptionFrame, VADUserStoppedSpeakingFrame
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import SegmentedSTTService, STTService
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from op26x.errors import ProviderError
from op26x.voice.hearing import pipecat_ears
from op26x.voice.hearing.pipecat_ears import PipecatSTT, TimedWord, Words, timed_words

SECOND = bytes(range(256)) * 62 + bytes(128)
SETTINGS: dict[str, Any] = {"sample_rate": 8000, "ttfs_p99_latency": 0.0}


def _words(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text, "", time_now_iso8601())


class Whole(SegmentedSTTService):
    """Is handed each stretch of speech whole."""

    def __init__(self, *answers: str | Exception | None) -> None:
        super().__init__(settings=STTSettings(model=None, language=None), **SETTINGS)
        self._answers = iter(answers)
        self.got: list[bytes] = []

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        self.got.append(audio)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            yield _words(answer)


class Streaming(STTService):
    """Gets audio as it comes, and answers when speech has stopped."""

    def __init__(self) -> None:
        super().__init__(settings=STTSettings(model=None, language=None), **SETTINGS)
        self.chunks: list[bytes] = []

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        self.chunks.append(audio)
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            await self.push_frame(_words(f"{len(b''.join(self.chunks))} bytes"))


@asynccontextmanager
async def _running(service: STTService) -> AsyncIterator[PipecatSTT]:
    stt = PipecatSTT(service)
    runner = WorkerRunner(handle_sigint=False, check_dangling_tasks=False)
    await runner.add_workers(stt.worker)
    running = asyncio.create_task(runner.run())
    try:
        yield stt
    finally:
        await runner.cancel()
        await running


async def _hear(stt: PipecatSTT) -> str:
    utterance = stt.utterance()
    for at in range(0, len(SECOND), 320):
        utterance.feed(SECOND[at : at + 320])
        await asyncio.sleep(0)
    return (await utterance.finish()).text


async def test_a_segmented_service_gets_speech_whole() -> None:
    service = Whole("one", "two")
    async with _running(service) as stt:
        assert stt.whole
        assert [await _hear(stt), await _hear(stt)] == ["one", "two"]
    assert len(service.got) == 2
    assert all(SECOND in audio for audio in service.got)


async def test_a_streaming_service_gets_speech_as_it_comes() -> None:
    service = Streaming()
    async with _running(service) as stt:
        assert not stt.whole
        assert await _hear(stt) == f"{len(SECOND)} bytes"
    assert b"".join(service.chunks) == SECOND
    assert len(service.chunks) == 10


async def test_a_service_that_raises() -> None:
    async with _running(Whole(ValueError("dead"), "two")) as stt:
        with pytest.raises(ProviderError, match="failed"):
            await _hear(stt)
        assert await _hear(stt) == "two"


async def test_a_service_that_keeps_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipecat_ears, "ANSWER_S", 0.1)
    async with _running(Whole(None)) as stt:
        with pytest.raises(ProviderError, match="in time"):
            await _hear(stt)


async def test_late_words_do_not_answer_the_next_utterance() -> None:
    async with _running(Whole("two")) as stt:
        stt.transcripts.put_nowait(Words("late words of the first"))
        assert await _hear(stt) == "two"


async def test_words_told_while_the_caller_speaks_belong_to_the_utterance() -> None:
    async with _running(Whole("two")) as stt:
        utterance = stt.utterance()
        utterance.feed(SECOND)
        stt.transcripts.put_nowait(Words("one"))
        assert (await utterance.finish()).text == "one two"


async def test_a_cancelled_utterance_sends_nothing_more() -> None:
    service = Whole("one")
    async with _running(service) as stt:
        dropped = stt.utterance()
        dropped.feed(SECOND)
        dropped.cancel()
        assert await _hear(stt) == "one"
    assert len(service.got) == 1


async def test_times_of_words_come_with_a_segment_and_are_joined_in_order() -> None:
    async with _running(Whole("at ten")) as stt:
        utterance = stt.utterance()
        stt.transcripts.put_nowait(Words("Monday", (TimedWord("Monday", 300, 700),)))
        heard = await utterance.finish()
    assert heard == Words("Monday at ten", (TimedWord("Monday", 300, 700),))


def test_times_are_read_from_the_form_in_which_openai_gives_them() -> None:
    said = [TranscriptionWord(word="on", start=0.3, end=0.42), TranscriptionWord(word="Monday", start=0.42, end=0.9004)]
    verbose = TranscriptionVerbose(duration=1.0, language="english", text="on Monday", words=said)
    assert timed_words(verbose) == (TimedWord("on", 300, 420), TimedWord("Monday", 420, 900))
    verbose.words = None
    for other in (verbose, None, Transcription(text="on Monday"), SimpleNamespace(words=["on", "Monday"])):
        assert timed_words(other) == ()


async def test_a_service_that_pipecat_has_written_off_is_asked_again() -> None:
    service = Whole("one")
    async with _running(service) as stt:
        await service.set_usable(False)
        assert await _hear(stt) == "one"
        assert service.is_usable
