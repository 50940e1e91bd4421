"""Mouth: how audio goes on the wire, what marks mean, what may be cut short."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from pipecat.frames.frames import (
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.workers.runner import WorkerRunner

from op26x import g711
from op26x.voice.speaking import mouth
from op26x.voice.speaking.mouth import MESSAGE_BYTES, Mouth

PATIENCE_S = 10.0


class FakeWire:
    """Writes down what is sent; echoes marks if it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.sent_at: list[float] = []

    async def send_audio(self, ulaw: bytes) -> None:
        self._note("audio", ulaw)

    async def send_mark(self, name: str) -> None:
        self._note("mark", name)

    async def clear(self) -> None:
        self._note("clear", None)

    async def close(self) -> None:
        self._note("close", None)

    def _note(self, kind: str, what: Any) -> None:
        self.sent.append((kind, what))
        self.sent_at.append(asyncio.get_running_loop().time())

    def all(self, kind: str) -> list[Any]:
        return [what for sent, what in self.sent if sent == kind]


class FakeSpeaker:
    """Writes down what the mouth tells."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    async def agent_started(self) -> None:
        self.told.append("started")

    async def agent_audio(self, ahead_s: float) -> None:
        assert 0 <= ahead_s < 1.0

    async def agent_stopped(self, text: str, interrupted: bool) -> None:
        self.told.append((text, interrupted))

    async def answer_begun(self) -> None:
        self.told.append("begun")

    async def answer_complete(self) -> None:
        self.told.append("complete")


class Stage:
    """A mouth in a pipeline of its own."""

    def __init__(self) -> None:
        self.wire, self.speaker = FakeWire(), FakeSpeaker()
        self.mouth = Mouth(self.wire, self.speaker)
        params = PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000)
        self.worker = PipelineWorker(
            Pipeline([self.mouth]),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
            check_dangling_tasks=False,
            params=params,
        )

    async def play(self, *items: Frame) -> None:
        await self.worker.queue_frames(list(items))

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.005)


@asynccontextmanager
async def _stage() -> AsyncIterator[Stage]:
    stage = Stage()
    runner = WorkerRunner(handle_sigint=False, check_dangling_tasks=False)
    await runner.add_workers(stage.worker)
    running = asyncio.create_task(runner.run())
    try:
        yield stage
    finally:
        stage.mouth.close()
        await runner.cancel()
        await running


def _audio(seconds: float, rate: int = 8000) -> TTSAudioRawFrame:
    wave = 8000 * np.sin(2 * np.pi * 500 * np.arange(int(seconds * rate)) / rate)
    return TTSAudioRawFrame(wave.astype("<i2").tobytes(), rate, 1)


def _text(words: str) -> TTSTextFrame:
    return TTSTextFrame(words, "sentence")


async def test_audio_goes_in_messages_of_200_ms_and_a_mark_behind_it() -> None:
    async with _stage() as stage:
        pcm = _audio(0.5)
        pieces = [TTSAudioRawFrame(pcm.audio[at : at + 1000], 8000, 1) for at in range(0, len(pcm.audio), 1000)]
        await stage.play(TTSStartedFrame(), *pieces, _text("hello"), TTSStoppedFrame())
        await stage.until(lambda: stage.wire.all("mark"))
        assert [len(audio) for audio in stage.wire.all("audio")] == [MESSAGE_BYTES, MESSAGE_BYTES, 800]
        assert b"".join(stage.wire.all("audio")) == g711.encode(pcm.audio)
        assert stage.wire.sent[-1] == ("mark", "1")
        assert stage.mouth.speaking
        await asyncio.sleep(0.5)
        await stage.mouth.mark_echoed("1")
        assert stage.speaker.told == ["started", ("hello", False)]
        assert not stage.mouth.speaking


async def test_sending_stays_a_little_ahead_of_playing() -> None:
    async with _stage() as stage:
        await stage.play(TTSStartedFrame(), _audio(2.0), TTSStoppedFrame())
        await stage.until(lambda: stage.wire.all("mark"))
        took = stage.wire.sent_at[-1] - stage.wire.sent_at[0]
        assert 2.0 - mouth.LEAD_S - 0.25 < took < 2.5
        assert len(stage.wire.all("audio")) == 10


@pytest.mark.parametrize("rate", [16000, 24000, 44100])
async def test_other_sample_rates_are_converted(rate: int) -> None:
    async with _stage() as stage:
        await stage.play(TTSStartedFrame(), _audio(0.25, rate), _audio(0.25, rate), TTSStoppedFrame())
        await stage.until(lambda: stage.wire.all("mark"))
        heard = np.frombuffer(g711.decode(b"".join(stage.wire.all("audio"))), "<i2").astype(float)
        loud = np.flatnonzero(np.abs(heard) > 1000)
        assert (loud[-1] - loud[0]) / 8000 == pytest.approx(0.5, abs=0.01), "to its very end"
        assert len(heard) / 8000 < 0.65
        spectrum = np.abs(np.fft.rfft(heard))
        assert spectrum.argmax() * 8000 / len(heard) == pytest.approx(500, abs=5)


async def test_an_interruption_clears_the_wire() -> None:
    async with _stage() as stage:
        await stage.play(TTSStartedFrame(), _audio(0.5), _text("hello"))
        await stage.until(lambda: len(stage.wire.all("audio")) == 2)
        await stage.play(InterruptionFrame())
        await stage.until(lambda: stage.wire.all("clear"))
        await stage.until(lambda: not stage.mouth.speaking)
        assert stage.speaker.told[-1][1] is True
        await stage.mouth.mark_echoed("1")
        await stage.mouth.cut_short()
        assert len(stage.wire.all("clear")) == 1
        await stage.play(TTSStartedFrame(), _audio(0.2), TTSStoppedFrame())
        await stage.until(lambda: stage.wire.all("mark"))
        assert len(stage.wire.all("audio")) == 3, "what was left of the first utterance is not said later"


async def test_what_is_protected_is_never_cleared() -> None:
    async with _stage() as stage:
        stage.mouth.protect()
        await stage.play(TTSStartedFrame(), _audio(0.3), _text("greeting"), InterruptionFrame())
        await stage.until(lambda: stage.wire.all("audio"))
        await stage.mouth.cut_short()
        assert stage.wire.all("clear") == []
        assert stage.mouth.speaking
        stage.mouth.release()
        await stage.mouth.cut_short()
        assert len(stage.wire.all("clear")) == 1


async def test_a_fixed_sentence_is_said_to_its_end() -> None:
    async with _stage() as stage:
        sentence = b"\x00" * 4000
        saying = asyncio.create_task(stage.mouth.say(sentence, "sorry"))
        await stage.until(lambda: stage.wire.all("mark"))
        await stage.mouth.cut_short()
        await stage.mouth.mark_echoed("99")
        assert not saying.done()
        assert stage.wire.all("clear") == []
        assert b"".join(stage.wire.all("audio")) == sentence
        await stage.mouth.mark_echoed("1")
        await asyncio.wait_for(saying, PATIENCE_S)
        assert stage.speaker.told == ["started", ("sorry", False)]


async def test_a_sentence_that_could_not_be_rendered_holds_nobody_up() -> None:
    async with _stage() as stage:
        saying = asyncio.create_task(stage.mouth.say(b"", "sorry"))
        await stage.until(lambda: stage.wire.all("mark"))
        await stage.mouth.mark_echoed("1")
        await asyncio.wait_for(saying, PATIENCE_S)
        assert stage.wire.all("audio") == []


@pytest.mark.parametrize("fixed", [False, True])
async def test_a_lost_mark_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, fixed: bool) -> None:
    monkeypatch.setattr(mouth, "LOST_MARK_S", 0.1)
    async with _stage() as stage:
        if fixed:
            await asyncio.wait_for(stage.mouth.say(b"\x00" * 800, "sorry"), PATIENCE_S)
        else:
            await stage.play(TTSStartedFrame(), _audio(0.1), _text("sorry"), TTSStoppedFrame())
        await stage.until(lambda: len(stage.speaker.told) == 2)
        assert stage.speaker.told == ["started", ("sorry", False)]


async def test_a_mark_with_more_behind_it_ends_nothing() -> None:
    async with _stage() as stage:
        await stage.play(TTSStartedFrame(), _audio(0.2), TTSStoppedFrame(), TTSStartedFrame(), _audio(0.5))
        await stage.until(lambda: len(stage.wire.all("audio")) >= 3)
        await stage.mouth.mark_echoed("1")
        assert stage.mouth.speaking
        await stage.play(TTSStoppedFrame())
        await stage.until(lambda: len(stage.wire.all("mark")) == 2)
        await stage.until(lambda: stage.mouth._playout.ahead_s < 0.1)
        await stage.mouth.mark_echoed("1")
        assert stage.mouth.speaking, "an old mark"
        await stage.mouth.mark_echoed("2")
        assert not stage.mouth.speaking


async def test_the_speaker_learns_of_the_answer() -> None:
    async with _stage() as stage:
        await stage.play(LLMFullResponseStartFrame(), LLMFullResponseEndFrame())
        await stage.until(lambda: len(stage.speaker.told) == 2)
        assert stage.speaker.told == ["begun", "complete"]


async def test_abandoned_and_closed() -> None:
    async with _stage() as stage:
        saying = asyncio.create_task(stage.mouth.say(b"\x00" * 800, "sorry"))
        await stage.until(lambda: stage.wire.all("mark"))
        await stage.mouth.abandon()
        stage.mouth.close()
        with pytest.raises(asyncio.CancelledError):
            await saying
        assert stage.speaker.told == ["started", ("", True)]
        await stage.mouth.abandon()
        assert len(stage.speaker.told) == 2


async def test_a_sentence_is_proved_by_its_own_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mouth, "EARLY_S", 5.0)
    async with _stage() as stage:
        for name in ("1", "2"):
            saying = asyncio.create_task(stage.mouth.say(b"\x00" * 800, "sorry"))
            await stage.until(lambda name=name: name in stage.wire.all("mark"))
            await stage.mouth.mark_echoed(name)
            assert await asyncio.wait_for(saying, PATIENCE_S) == name


async def test_a_mark_that_comes_back_before_it_can_have_been_played_proves_nothing() -> None:
    async with _stage() as stage:
        saying = asyncio.create_task(stage.mouth.say(b"\x00" * int(8000 * (mouth.EARLY_S + 0.1)), "sorry"))
        await stage.until(lambda: stage.wire.all("mark"))
        await stage.mouth.mark_echoed("1")
        assert await asyncio.wait_for(saying, PATIENCE_S) == ""


async def test_a_mark_that_does_not_come_back_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mouth, "LOST_MARK_S", 0.05)
    async with _stage() as stage:
        assert await asyncio.wait_for(stage.mouth.say(b"\x00" * 80, "sorry"), PATIENCE_S) == ""
        await stage.mouth.mark_echoed("1")


async def test_the_mark_of_another_sentence_proves_nothing() -> None:
    async with _stage() as stage:
        saying = asyncio.create_task(stage.mouth.say(b"\x00" * 80, "sorry"))
        await stage.until(lambda: stage.wire.all("mark"))
        for name in ("0", "2", "", "one"):
            await stage.mouth.mark_echoed(name)
        assert not saying.done()
        await stage.mouth.mark_echoed("1")
        assert await asyncio.wait_for(saying, PATIENCE_S) == "1"


async def test_sentences_are_said_one_after_the_other() -> None:
    async with _stage() as stage:
        sayings = [asyncio.create_task(stage.mouth.say(bytes([n]) * 80, str(n))) for n in (1, 2)]
        await stage.until(lambda: stage.wire.all("mark"))
        assert stage.wire.all("audio") == [b"\x01" * 80]
        await stage.mouth.mark_echoed("1")
        await stage.until(lambda: len(stage.wire.all("mark")) == 2)
        await stage.mouth.mark_echoed("2")
        assert await asyncio.gather(*sayings) == ["1", "2"]
        assert stage.wire.all("audio") == [b"\x01" * 80, b"\x02" * 80]


async def test_closed_it_says_nothing_more() -> None:
    async with _stage() as stage:
        stage.mouth.close()
        assert await stage.mouth.say(b"\x00" * 800, "sorry") == ""
        await stage.play(TTSStartedFrame(), _audio(0.5), _text("hello"), TTSStoppedFrame(), LLMFullResponseEndFrame())
        await stage.until(lambda: "complete" in stage.speaker.told)
        assert stage.wire.all("audio") == []
        assert stage.speaker.told == ["complete"]
        assert not stage.mouth.speaking


async def test_who_waits_for_their_turn_when_it_is_closed_proves_nothing() -> None:
    async with _stage() as stage:
        first = asyncio.create_task(stage.mouth.say(b"\x01" * 80, "one"))
        second = asyncio.create_task(stage.mouth.say(b"\x02" * 80, "two"))
        await stage.until(lambda: stage.wire.all("mark"))
        stage.mouth.close()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await asyncio.wait_for(second, PATIENCE_S) == ""
        assert stage.wire.all("audio") == [b"\x01" * 80]


async def test_a_mark_is_judged_by_its_own_audio_whatever_was_sent_behind_it() -> None:
    async with _stage() as stage:
        saying = asyncio.create_task(stage.mouth.say(b"\x01" * 800, "sorry"))
        await stage.until(lambda: stage.wire.all("mark"))
        await stage.play(TTSStartedFrame(), _audio(3.0), TTSStoppedFrame())
        await asyncio.sleep(0.05)
        assert stage.wire.all("audio") == [b"\x01" * 800], "one after the other"
        await stage.mouth.mark_echoed("1")
        assert await saying == "1"
        await stage.until(lambda: len(stage.wire.all("audio")) > 1)


async def test_a_pause_is_no_end() -> None:
    async with _stage() as stage:
        await stage.play(TTSStartedFrame(), _audio(0.5), _text("hello"), TTSStoppedFrame())
        await stage.until(lambda: stage.wire.all("mark"))
        await stage.mouth.pause()
        await stage.mouth.mark_echoed("1")  # as Twilio does when the audio before it was thrown away
        assert stage.mouth.speaking
        assert stage.mouth.paused
        await stage.mouth.resume()
        assert len(stage.wire.all("mark")) == 2
        await stage.mouth.mark_echoed("1")
        assert stage.mouth.speaking
        await asyncio.sleep(0.5)
        await stage.mouth.mark_echoed("2")
        assert stage.speaker.told == ["started", ("hello", False)]
        assert b"".join(stage.wire.all("audio"))[:4000] == g711.encode(_audio(0.5).audio)[:4000]
