"""Mouth: the last stop of the agent's audio, where it goes on the wire.

Audio is sent in messages of 200 ms, a little ahead of what is being played: Twilio buffers it, ``clear`` throws
it away when the caller barges in, and a ``mark`` behind it proves that it was played. Because sending waits for
playing, text reaches the context behind it only when it was (nearly) heard.
"""

import asyncio
from typing import Protocol

from pipecat.audio.utils import create_stream_resampler
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
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

from op26x import g711
from op26x.calls import Wire
from op26x.g711 import SAMPLE_RATE

MESSAGE_BYTES = SAMPLE_RATE // 5
LEAD_S = 0.6
"""How far sending runs ahead of playing."""
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
        """The brain has begun to answer, not yet in words."""
        ...

    async def answer_complete(self) -> None:
        """The brain's answer is over."""
        ...


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
        self._resampler = create_stream_resampler()
        self._resampled_from = 0
        self._pending = bytearray()
        self._text: list[str] = []
        self._speaking = False
        self._protected = False
        self._saying = False
        self._closed = False
        self._turns = asyncio.Lock()
        self._played_at = 0.0
        self._marks = 0
        self._awaited: dict[str, asyncio.Future[bool]] = {}
        self._lost_mark: asyncio.TimerHandle | None = None
        self._assuming: asyncio.Task[None] | None = None

    @property
    def speaking(self) -> bool:
        """Whether the caller is hearing the agent."""
        return self._speaking

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Sends audio, notes the words, and passes everything else on."""
        await FrameProcessor.process_frame(self, frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            await self._play(frame)
            return
        if isinstance(frame, InterruptionFrame):
            await self.cut_short()
        elif isinstance(frame, TTSTextFrame):
            self._text.append(frame.text)
        elif isinstance(frame, TTSStoppedFrame):
            await self._flush()
            await self._mark()
        elif isinstance(frame, TTSStartedFrame):
            self._pending.clear()
        await self.push_frame(frame, direction)
        if isinstance(frame, LLMFullResponseStartFrame):
            await self._speaker.answer_begun()
        elif isinstance(frame, LLMFullResponseEndFrame):
            await self._speaker.answer_complete()

    async def say(self, ulaw: bytes, text: str) -> str:
        """Plays a fixed sentence to its end, come what may.

        Returns:
            The name of the mark that proves that it was played; empty if nobody echoed it in time, or audio was thrown
            away meanwhile, or the call is over.
        """
        async with self._turns:
            if self._closed:
                return ""
            self._saying = True
            try:
                await self._begin()
                self._text.append(text)
                await self._send(ulaw)
                played = self._loop.create_future()
                name = await self._mark()
                self._awaited[name] = played
                proved = await played
            finally:
                self._saying = False
            await self._stopped(interrupted=False)
        return name if proved else ""

    def protect(self) -> None:
        """Nothing cuts short what is said from now on, until its mark comes back."""
        self._protected = True

    def release(self) -> None:
        """Lifts the protection: what is being said may be cut short."""
        self._protected = False

    async def abandon(self) -> None:
        """Nobody listens any more: what is being said counts as cut short."""
        self._protected = False
        await self._stopped(interrupted=True)

    async def cut_short(self) -> None:
        """Stops speaking at once, unless what is being said is protected."""
        if self._protected or self._saying:
            return
        self._pending.clear()
        if self._speaking:
            for played in self._awaited.values():
                played.set_result(False)
            self._awaited.clear()
            await self._wire.clear()
            await self._stopped(interrupted=True)

    async def mark_echoed(self, name: str, *, assumed: bool = False) -> None:
        """The audio before a mark was played, or cleared.

        Args:
            name: The mark.
            assumed: It did not come back; by our own reckoning it was played.
        """
        future = self._awaited.pop(name, None)
        if future and not future.done():
            too_early = self._loop.time() < self._played_at - EARLY_S
            future.set_result(not (assumed or too_early))
        elif name == str(self._marks) and self._speaking and not self._more_to_play():
            await self._stopped(interrupted=False)

    def close(self) -> None:
        """The call is over; nothing is said any more, and whoever waits for a mark waits no more."""
        self._closed = True
        if self._lost_mark:
            self._lost_mark.cancel()
        for future in self._awaited.values():
            future.cancel()

    def _more_to_play(self) -> bool:
        """Whether audio was sent behind the newest mark; a mark of its own will follow."""
        return bool(self._pending) or self._played_at - self._loop.time() > LEAD_S / 2

    async def _play(self, frame: TTSAudioRawFrame) -> None:
        if self._closed:
            return
        audio = frame.audio
        if frame.sample_rate != SAMPLE_RATE:
            self._resampled_from = frame.sample_rate
            audio = await self._resampler.resample(audio, frame.sample_rate, SAMPLE_RATE)
        self._pending += g711.encode(audio)
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
            self._pending += tail.rstrip(b"\xff\x7f")  # both zeros of mu-law
        if self._pending:
            rest = bytes(self._pending)
            self._pending.clear()
            await self._send(rest)

    async def _begin(self) -> None:
        if not self._speaking:
            self._speaking = True
            if self._lost_mark:
                self._lost_mark.cancel()
            await self._speaker.agent_started()
            await self.broadcast_frame(BotStartedSpeakingFrame)

    async def _send(self, ulaw: bytes) -> None:
        if not ulaw:
            return
        now = self._loop.time()
        ahead = self._played_at - now
        if ahead > LEAD_S:
            await asyncio.sleep(ahead - LEAD_S)
        self._played_at = max(self._loop.time(), self._played_at) + len(ulaw) / SAMPLE_RATE
        await self._wire.send_audio(ulaw)
        await self._speaker.agent_audio(self._played_at - self._loop.time())

    async def _mark(self) -> str:
        """Asks for an echo; if none comes in time, the estimate of the play-out must do."""
        self._marks += 1
        name = str(self._marks)
        await self._wire.send_mark(name)
        if self._lost_mark:
            self._lost_mark.cancel()
        delay = max(0.0, self._played_at - self._loop.time()) + LOST_MARK_S
        self._lost_mark = self._loop.call_later(delay, self._assume_played, name)
        return name

    def _assume_played(self, name: str) -> None:
        self._assuming = asyncio.create_task(self.mark_echoed(name, assumed=True))

    async def _stopped(self, *, interrupted: bool) -> None:
        if not self._speaking:
            return
        self._speaking = False
        self._protected = False
        self._played_at = 0.0
        if self._lost_mark:
            self._lost_mark.cancel()
        text, self._text = " ".join(self._text), []
        await self._speaker.agent_stopped(text, interrupted)
        await self.broadcast_frame(BotStoppedSpeakingFrame)
