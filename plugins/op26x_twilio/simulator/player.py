"""Plays a caller's script on a media stream."""

import asyncio
from collections.abc import Mapping, Sequence

from op26x_twilio.simulator.script import AGENT_SPEAKING, Step
from op26x_twilio.testing import CallEnd, MediaStream

QUIET_S = 0.5
POLL_S = 0.02
KEY_S = 0.3


class Caller:
    """A caller on the line.

    Args:
        steps: What to do.
        sounds: What is heard of each step that says something, as 8 kHz mu-law.
        stream: The line.
        patient: Whether to keep the script's pauses.

    Attributes:
        left: How many steps were not done.
    """

    def __init__(
        self, steps: Sequence[Step], sounds: Mapping[Step, bytes], stream: MediaStream, *, patient: bool = True
    ) -> None:
        self._steps = steps
        self._sounds = sounds
        self._stream = stream
        self._patient = patient
        self.left = len(steps)

    async def call(self) -> CallEnd:
        """Lives through the call and returns who ended it."""
        acting = asyncio.create_task(self._act())
        try:
            return await self._stream.run()
        finally:
            acting.cancel()

    async def _act(self) -> None:
        for step in self._steps:
            await self._cue(step)
            if step.pause_ms and self._patient:
                await asyncio.sleep(step.pause_ms / 1000)
            self.left -= 1
            await self._do(step)

    async def _cue(self, step: Step) -> None:
        if step.when == AGENT_SPEAKING:
            while not self._stream.agent_speaking:
                await asyncio.sleep(POLL_S)
        else:
            while self._stream.speaking or self._stream.quiet_for() < QUIET_S:
                await asyncio.sleep(POLL_S)
        await asyncio.sleep(step.after)

    async def _do(self, step: Step) -> None:
        if step in self._sounds:
            spoken = len(self._stream.ears.first_audio_at)
            self._stream.say(self._sounds[step])
            await self._until_answered(spoken)
        for digit in step.press:
            spoken = len(self._stream.ears.first_audio_at)
            await self._stream.press(digit)
            await asyncio.sleep(KEY_S)
        if step.press:
            await self._until_answered(spoken)
        if step.hang_up:
            await self._stream.hang_up()

    async def _until_answered(self, spoken: int) -> None:
        """The next cue counts from the agent's next words, not from its last ones."""
        while self._stream.speaking or len(self._stream.ears.first_audio_at) <= spoken:
            await asyncio.sleep(POLL_S)
