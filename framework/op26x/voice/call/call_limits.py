"""The limits of a call: how long the caller may be silent, how soon they must hear something, how long it may last."""

from collections.abc import Awaitable, Callable

from op26x.agents.document import Limits
from op26x.voice.conversation.prompts import Prompts
from op26x.voice.speaking.sentences import Sentence
from op26x.voice.timers import Timer
from op26x.voice.turns.silence_watch import SilenceWatch

FIRST_AUDIO_S = 10.0
"""Whoever was answered hears something within that time, or the call ends."""


class CallLimits:
    """Keeps the limits of one call.

    Args:
        limits: The agent's.
        prompts: Say why it ends.
        no_audio: What to do if the caller hears nothing.
        spawn: Starts a task that ends with the call.

    Attributes:
        silence: The watch on the caller.
    """

    def __init__(
        self,
        limits: Limits,
        prompts: Prompts,
        no_audio: Callable[[], Awaitable[None]],
        spawn: Callable[[Awaitable[None]], object],
    ) -> None:
        self._limits = limits
        self.silence = SilenceWatch(
            limits.silence_s,
            lambda: prompts.say(Sentence.STILL_THERE),
            lambda: prompts.goodbye(Sentence.NOBODY_THERE, "silence"),
            spawn,
        )
        self._first_audio = Timer(no_audio, spawn)
        self._duration = Timer(lambda: prompts.goodbye(Sentence.TIME_IS_UP, "time-limit"), spawn)

    def begin(self) -> None:
        """The call was answered."""
        self._duration.start(self._limits.duration_s)
        self._first_audio.start(FIRST_AUDIO_S)

    def agent_heard(self) -> None:
        """The caller hears the agent."""
        self._first_audio.stop()
        self.silence.pause()

    def stop(self) -> None:
        """Watches nothing any more."""
        self.silence.pause()
        self._duration.stop()
        self._first_audio.stop()
