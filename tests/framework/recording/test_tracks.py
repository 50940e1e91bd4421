"""Tracks against a naive model: a dictionary of positions."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from op26x import g711
from op26x.recording.tracks import Tracks

AUDIO = st.binary(max_size=40)
STEP = st.integers(-60, 90)


class TwoTracks(RuleBasedStateMachine):
    """Whatever is put wherever, what comes out is what was heard last at each place."""

    @initialize(zero=st.integers(0, 10_000))
    def begin(self, zero: int) -> None:
        self.tracks = Tracks(zero)
        self.taken = zero
        self.sides: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def _put(self, side: int, audio: bytes, position: int) -> None:
        for at, sample in enumerate(audio, position):
            if at >= self.taken:
                self.sides[side][at] = sample

    @rule(audio=AUDIO, step=STEP)
    def caller(self, audio: bytes, step: int) -> None:
        self.tracks.caller(audio, self.taken + step)
        self._put(0, audio, self.taken + step)

    @rule(audio=AUDIO, step=STEP)
    def agent(self, audio: bytes, step: int) -> None:
        self.tracks.agent(audio, self.taken + step)
        self._put(1, audio, self.taken + step)

    @rule(step=STEP)
    def cut(self, step: int) -> None:
        self.tracks.cut_agent(self.taken + step)
        for at in [at for at in self.sides[1] if at >= self.taken + step]:
            del self.sides[1][at]

    @rule(step=STEP)
    def take(self, step: int) -> None:
        until = self.taken + step
        expected = bytes(self.sides[side].get(at, g711.SILENCE) for at in range(self.taken, until) for side in (0, 1))
        assert self.tracks.take(until) == expected
        self.taken = max(self.taken, until)
        assert self.tracks.taken == self.taken


TestTwoTracks = TwoTracks.TestCase
