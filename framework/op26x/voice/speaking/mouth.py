"""Mouth: the last stop of the agent's audio, where it goes on the wire.

Audio is sent in messages of 200 ms, a little ahead of what is being played (``playout``); a ``mark`` behind it proves
that it was played. Words reach the context behind the mouth when they were heard, not before (``script``).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pipecat.audio.utils import create_stream_resampler
from pipecat.frames.frames import (
    AggregatedTextFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    LLMAssistantPushAggregationFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.utils.string import TextPartForConcatenation, concatenate_aggregated_text
from pipecat.utils.text.base_text_aggregator import TextType

from op26x import g711
from op26x.calls import Wire
from op26x.g711 import SAMPLE_RATE
from op26x.voice.speaking.playout import LEAD_S, MESSAGE_BYTES, Playout
from op26x.voice.speaking.script import Script
from op26x.voice.vendors.frames import AnswerRefusedFrame, Refusal

LOST_MARK_S = 2.0
EARLY_S = 0.5
"""A mark that comes back so long before its audio can have been played proves nothing."""
RESAMPLER_TAIL_S = 0.2
"""So much silence brings the end of an utterance out of the resampler, which holds back 90 ms at 24 kHz."""


class Speaker(Protocol):
    """Who is told what the mouth does."""

    async def agent_started(self) -> None:
        """The first audio of an utterance went out."""
        ...

    async def agent_audio(self, ahead_s: float) -> None:
        """More went out; there are that many seconds yet to be played."""
        ...

    async def agent_stopped(self, text: str, interrupted: bool) -> None:
        """All of an utterance was played, or it was cut short."""
        ...

    async def answer_begun(self) -> None:
        """The LLM has begun to answer, not yet in words."""
        ...

    async def answer_complete(self) -> None:
        """The LLM's answer is over."""
        ...

    async def answer_refused(self, reason: Refusal) -> None:
        """The LLM's answer has no words, or no more of them."""
        ...


@dataclass(frozen=True)
class _Awaited:
    """A mark that somebody waits for.

    Attributes:
        played: Told whether its echo proves that its audio was played.
        due: When it can come back, in the loop's time.
    """

    played: asyncio.Future[bool]
    due: float


class Mouth(BaseOutputTransport):
    """The output transport of one call.

    Args:
        wire: Where audio goes.
        speaker: Told what happens.
    """

    def __init__(self, wire: Wire, speaker: Speaker) -> None:
        params = TransportParams(audio_out_enabled=True, audio_out_sample_rate=SAMPLE_RATE)
        super().__init__(params, enable_direct_mode=True)
        self._wire = wire
        self._speaker = speaker
        self._loop = asyncio.get_running_loop()
        self._playout = Playout(wire)
        self._script = Script()
        self._resampler = create_stream_resampler()
        self._resampled_from = 0
        self._pending = bytearray()
        self._said: list[TextPartForConcatenation] = []
        self._speaking = False
        self._protected = False
        self._saying = False
        self._answering = False
        self._free = asyncio.Event()
        self._free.set()
        self._silent = asyncio.Event()
        self._silent.set()
        self._closed = False
        self._turns = asyncio.Lock()
        self._marks = 0
        self._mark_sent = False
        self._awaited: dict[str, _Awaited] = {}
        self._lost_mark: asyncio.TimerHandle | None = None
        self._assuming: asyncio.Task[None] | None = None

    @property
    def speaking(self) -> bool:
        """Whether the caller is hearing the agent, or would if it were not paused."""
        return self._speaking

    @property
    def paused(self) -> bool:
        """Whether nothing is said until ``resume``."""
        return self._playout.paused

    @property
    def may_be_paused(self) -> bool:
        """Whether what is being said, or is said next, is nothing that must be heard whole."""
        return not self._protected and not self._saying

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Sends audio, keeps the words until they were heard, and passes everything else on."""
        await FrameProcessor.process_frame(self, frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            await self._play(frame)
            return
        if isinstance(frame, TTSTextFrame):
            self._script.spoken(frame)
            return
        if isinstance(frame, InterruptionFrame):
            self._answering = False
            await self.cut_short()
        elif isinstance(frame, AggregatedTextFrame):
            self._script.announced(frame)
        elif isinstance(frame, TTSStoppedFrame):
            await self._flush()
            self._script.finished()
            await self._mark()
        elif isinstance(frame, TTSStartedFrame):
            self._pending.clear()
            self._script.begin(self._playout.sent)
        elif isinstance(frame, LLMFullResponseEndFrame | LLMAssistantPushAggregationFrame | AnswerRefusedFrame):
            await self._hear_out()
        await self.push_frame(frame, direction)
        if isinstance(frame, LLMFullResponseStartFrame):
            self._answering = True
            await self._speaker.answer_begun()
        elif isinstance(frame, LLMFullResponseEndFrame):
            self._answering = False
            await self._speaker.answer_complete()
        elif isinstance(frame, AnswerRefusedFrame):
            await self._speaker.answer_refused(frame.reason)

    async def say(self, ulaw: bytes, text: str, begins: Callable[[], None] = lambda: None) -> str:
        """Plays a fixed sentence to its end, come what may, behind what is being said; what comes next waits meanwhile.

        Args:
            ulaw: Its audio.
            text: Its words.
            begins: Told when its turn has come.

        Returns:
            The name of the mark that proves that it was played; empty if nobody echoed it in time, or audio was thrown
            away meanwhile, or the call is over.
        """
        async with self._turns:
            if self._closed:
                return ""
            self._free.clear()
            try:
                await self._playout.resume()
                await self._silent.wait()
                if self._closed:
                    return ""
                self._saying = True
                begins()
                await self._begin()
                self._script.aside(TTSTextFrame(text, TextType.SENTENCE), len(ulaw), self._playout.sent)
                await self._send(ulaw)
                played = self._loop.create_future()
                name = await self._mark(played)
                proved = await played
            finally:
                self._saying = False
                self._free.set()
            await self.push_frame(TTSStartedFrame())
            await self._stopped(interrupted=False)
            await self.push_frame(LLMAssistantPushAggregationFrame())
            if self._answering:  # it has waited, and its words belong to a turn of their own
                await self.push_frame(LLMFullResponseStartFrame())
        return name if proved else ""

    def protect(self) -> None:
        """Nothing cuts short what is said from now on, until its mark comes back."""
        self._protected = True

    def release(self) -> None:
        """Lifts the protection: what is being said may be cut short."""
        self._protected = False

    async def pause(self) -> None:
        """Says nothing for a moment, unless what is being said is protected; ``resume`` goes on where it was."""
        if self.may_be_paused and not self._closed:
            self._drop_lost_mark()
            await self._playout.pause()

    async def resume(self) -> None:
        """Goes on with what was being said."""
        if not self._playout.paused:
            return
        await self._playout.resume()
        if self._speaking and self._mark_sent:  # its echo may have been that of the pause
            await self._mark()

    async def abandon(self) -> None:
        """Nobody listens any more: what is being said counts as cut short."""
        self._protected = False
        await self._cut()

    async def cut_short(self) -> None:
        """Stops speaking at once, unless what is being said is protected."""
        if not self.may_be_paused:
            return
        self._pending.clear()
        played = self._playout.played
        if self._speaking or self._playout.paused:
            await self._playout.clear()
        await self._cut(played)

    async def mark_echoed(self, name: str, *, assumed: bool = False) -> None:
        """The audio before a mark was played, or cleared.

        Args:
            name: The mark.
            assumed: It did not come back; by our own reckoning it was played.
        """
        awaited = self._awaited.pop(name, None)
        if awaited and not awaited.played.done():
            too_early = self._loop.time() < awaited.due - EARLY_S
            awaited.played.set_result(not (assumed or too_early))
        elif name == str(self._marks) and self._speaking and not self._more_to_play():
            await self._stopped(interrupted=False)

    def close(self) -> None:
        """The call is over; nothing is said any more, and whoever waits for a mark waits no more."""
        self._closed = True
        self._silent.set()
        self._drop_lost_mark()
        for awaited in self._awaited.values():
            awaited.played.cancel()

    def _more_to_play(self) -> bool:
        """Whether audio was sent behind the newest mark, or waits; a mark of its own will follow."""
        return bool(self._pending) or self._playout.paused or self._playout.ahead_s > LEAD_S / 2

    async def _play(self, frame: TTSAudioRawFrame) -> None:
        if self._saying or not self._speaking:
            await self._free.wait()
        if not await self._playout.going() or self._closed:
            return
        audio = frame.audio
        if frame.sample_rate != SAMPLE_RATE:
            if self._resampled_from not in (0, frame.sample_rate):
                self._resampler = create_stream_resampler()
            self._resampled_from = frame.sample_rate
            audio = await self._resampler.resample(audio, frame.sample_rate, SAMPLE_RATE)
        ulaw = g711.encode(audio)
        self._script.audio(len(ulaw), self.get_clock().get_time())
        self._pending += ulaw
        await self._begin()
        while len(self._pending) >= MESSAGE_BYTES:
            message = bytes(self._pending[:MESSAGE_BYTES])
            del self._pending[:MESSAGE_BYTES]
            await self._send(message)

    async def _flush(self) -> None:
        if self._resampled_from:
            rate, self._resampled_from = self._resampled_from, 0
            push_out = bytes(int(rate * RESAMPLER_TAIL_S) * 2)
            tail = g711.encode(await self._resampler.resample(push_out, rate, SAMPLE_RATE))
            tail = tail.rstrip(b"\xff\x7f")  # both zeros of mu-law
            self._script.audio(len(tail), self.get_clock().get_time())
            self._pending += tail
        if self._pending:
            rest = bytes(self._pending)
            self._pending.clear()
            await self._send(rest)

    async def _begin(self) -> None:
        if not self._speaking:
            self._speaking = True
            self._silent.clear()
            self._drop_lost_mark()
            await self._speaker.agent_started()
            await self.broadcast_frame(BotStartedSpeakingFrame)

    async def _send(self, ulaw: bytes) -> None:
        if ulaw and await self._playout.send(ulaw):
            self._mark_sent = False
            await self._speaker.agent_audio(self._playout.ahead_s)

    async def _mark(self, played: asyncio.Future[bool] | None = None) -> str:
        """Asks for an echo; if none comes in time, the estimate of the play-out must do."""
        self._marks += 1
        name = str(self._marks)
        if played is not None:
            self._awaited[name] = _Awaited(played, self._playout.ends_at)
        self._mark_sent = True
        await self._wire.send_mark(name)
        self._drop_lost_mark()
        self._lost_mark = self._loop.call_later(self._playout.ahead_s + LOST_MARK_S, self._assume_played, name)
        return name

    def _assume_played(self, name: str) -> None:
        self._assuming = asyncio.create_task(self.mark_echoed(name, assumed=True))

    def _drop_lost_mark(self) -> None:
        if self._lost_mark:
            self._lost_mark.cancel()

    async def _hear_out(self) -> None:
        """What comes next ends what was said: the caller hears that first."""
        if not self._closed:
            await self._flush()
            await self._playout.played_out()
            await self._tell(self._script.heard(self._playout.played))

    async def _cut(self, played: int | None = None) -> None:
        await self._tell(self._script.cut(self._playout.played if played is None else played))
        await self._stopped(interrupted=True)

    async def _tell(self, words: list[TTSTextFrame]) -> None:
        """Hands on words that were heard, to the context and to whoever keeps the turn."""
        for frame in words:
            written = frame.raw_text or frame.text  # where what was spoken is not what was written
            self._said.append(TextPartForConcatenation(written, frame.includes_inter_frame_spaces))
            await self.push_frame(frame)

    async def _stopped(self, *, interrupted: bool) -> None:
        if not self._speaking:
            return
        self._speaking = False
        self._silent.set()
        self._protected = False
        self._mark_sent = False
        self._drop_lost_mark()
        if not interrupted:
            await self._tell(self._script.heard(self._playout.sent))
        text, self._said = concatenate_aggregated_text(self._said), []
        await self._speaker.agent_stopped(text, interrupted)
        await self.broadcast_frame(BotStoppedSpeakingFrame)
