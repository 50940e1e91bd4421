"""The watch on answers: what the LLM owes the caller, and for how long it may show no sign of life."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from op26x.voice.timers import Timer


@dataclass
class _Owed:
    """What the LLM still owes the caller.

    Attributes:
        answer: It was asked, or given a tool's result, and has not begun to answer.
        more: It has begun an answer and not ended it.
        silent: Nothing of that answer was heard.
    """

    answer: bool = False
    more: bool = False
    silent: bool = True

    @property
    def nothing(self) -> bool:
        """Whether it has done its part."""
        return not (self.answer or self.more)


class AnswerWatch:
    """Raises the alarm when there is no sign of life of an answer for a while: no token, no tool, no audio.

    Args:
        reply_s: Longest time without one.
        alarm: What to do about it.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self, reply_s: float, alarm: Callable[[], Awaitable[None]], spawn: Callable[[Awaitable[None]], object]
    ) -> None:
        self._reply_s = reply_s
        self._timer = Timer(alarm, spawn)
        self._owed = _Owed()
        self._paused = False
        self._waiting = False
        self._words = False

    @property
    def nothing_owed(self) -> bool:
        """Whether the LLM has done its part."""
        return self._owed.nothing

    @property
    def spoken_for(self) -> bool:
        """Whether the LLM has said all that it had to say, and it is the TTS service that is silent."""
        return self._words and self._owed.nothing and self._owed.silent

    def expect(self) -> None:
        """The LLM owes an answer from now on."""
        self._waiting = False
        self._owed.answer = True
        self._within(self._reply_s)

    def expect_speech(self, within_s: float) -> None:
        """The TTS service must begin to speak within that time; the LLM was not asked."""
        self._words = True
        self._within(within_s)

    def begun(self) -> None:
        """The LLM has begun to answer; words must follow in time."""
        self._owed = _Owed(more=True)
        self._words = False
        if not self._timer.running:
            self._within(self._reply_s)

    def alive(self) -> None:
        """A token came; more of the answer must follow in time, as text or as audio."""
        self._words = True
        if self._timer.running:
            self._within(max(self._reply_s, self._timer.left_s))

    def heard(self, ahead_s: float) -> None:
        """Audio went out, with that many seconds yet to be played; more must follow in time."""
        self._owed.silent = False
        self._within(ahead_s + self._reply_s)

    def complete(self) -> bool:
        """The answer is over; ``False`` if nothing of it was heard: an LLM that has said nothing still owes one."""
        self._owed.more = False
        if self._owed.nothing and not self._owed.silent:
            self._timer.stop()
        return not self._owed.silent

    def wait(self) -> None:
        """The LLM waits for a tool, which has a limit of its own; until an answer is expected, nothing is late."""
        self._waiting = True
        self._timer.stop()

    def pause(self) -> None:
        """A caller may be about to speak: whatever comes meanwhile, nothing is late."""
        self._paused = True
        self._timer.stop()

    def resume(self) -> None:
        """They did not; what is owed must go on in time."""
        self._paused = False
        self.go_on()

    def go_on(self) -> None:
        """The LLM could not have begun before now, such as while the agent was taken to speak."""
        if not self._owed.nothing:
            self._within(self._reply_s)

    def drop(self) -> None:
        """Nothing is owed any more: the LLM was interrupted, or is done."""
        self._paused = False
        self._owed = _Owed()
        self._timer.stop()

    def _within(self, seconds: float) -> None:
        if not (self._paused or self._waiting):
            self._timer.start(seconds)
