"""The wire tap: both sides stand where they were heard, however long the call is."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from framework.recording.given import FRAME, talk
from op26x import g711
from op26x.clock import ManualClock
from op26x.recording import WireTap
from op26x.recording.tracks import Tracks

MESSAGE = 1600
AHEAD_S = 0.6
RATE = 8000
SILENT = g711.SILENCE


def nothing() -> None:
    """A listener that does nothing."""


@pytest.fixture
def tap(clock: ManualClock) -> WireTap:
    """At the beginning of a stream."""
    return WireTap(clock)


def hear(tap: WireTap, clock: ManualClock, frames: int, ulaw: bytes = b"\x01" * FRAME) -> None:
    for _ in range(frames):
        clock.advance(0.02)
        tap.caller(ulaw)


def sides(tracks: Tracks, until: int) -> tuple[bytes, bytes]:
    stereo = tracks.take(until)
    return stereo[::2], stereo[1::2]


@dataclass
class Phone:
    """The other end: plays what arrives after what it has, and throws away what it has not played when told to.

    Attributes:
        played: Each stretch: sample values, and when the first of them was played, in seconds.
    """

    played: list[tuple[bytes, float]] = field(default_factory=list)
    end: float = 0.0

    def receive(self, ulaw: bytes, now: float) -> None:
        start = max(now, self.end)
        self.played.append((ulaw, start))
        self.end = start + len(ulaw) / RATE

    def clear(self, now: float) -> None:
        kept = []
        for ulaw, start in self.played:
            heard = max(0, int((now - start) * RATE))
            if heard:
                kept.append((ulaw[:heard], start))
        self.played, self.end = kept, min(self.end, now)


def arrivals(minutes: float, dice: random.Random, pace: float) -> Iterator[float]:
    """When frames come in: every 20 ms by the other side's clock, each a little late."""
    for number in range(1, int(minutes * 60 / 0.02) + 1):
        yield number * 0.02 * pace + dice.uniform(0, 0.008)


@pytest.mark.parametrize("pace", [1.0, 1.0001, 0.9999])
def test_ten_minutes_do_not_drift(clock: ManualClock, tap: WireTap, pace: float) -> None:
    """With a line whose clock is not quite ours, and a caller who keeps barging in."""
    dice = random.Random(26)
    tracks, phone, words = tap.attach(nothing), Phone(), talk(RATE * 60 * 10)
    said, next_turn, turn_ends = 0, 1.0, 0.0
    for moment in arrivals(10, dice, pace):
        clock.elapsed = moment
        tap.caller(bytes([SILENT]) * FRAME)
        if next_turn <= moment < 588:
            turn_ends, next_turn = moment + dice.uniform(1, 9), moment + dice.uniform(10, 15)
        while moment < turn_ends and phone.end - moment < AHEAD_S - MESSAGE / RATE:
            tap.agent(words[said : said + MESSAGE])
            phone.receive(words[said : said + MESSAGE], moment)
            said += MESSAGE
        if moment < turn_ends and dice.random() < 0.002:
            tap.cleared()
            phone.clear(moment)
            turn_ends = 0.0
    caller, agent = sides(tracks, tap.position)
    assert len(caller) == len(agent) == tap.position == 10 * 60 * RATE
    offsets = [(start, _recorded_at(agent, ulaw) - start / pace) for ulaw, start in phone.played if len(ulaw) > 400]
    assert len(offsets) > 500
    middle = (max(o for _, o in offsets) + min(o for _, o in offsets)) / 2
    assert max(abs(offset - middle) for _, offset in offsets) <= 0.02, "but for the line's own constant delay"
    assert abs(middle) < 0.03
    early = np.mean([offset for start, offset in offsets if start < 120])
    late = np.mean([offset for start, offset in offsets if start > 480])
    assert abs(early - late) < 0.005, "no drift"
    recorded, played = len(agent) - agent.count(SILENT), sum(len(ulaw) for ulaw, _ in phone.played)
    assert abs(recorded - played) / played < 0.005, "and next to nothing but what was played"


def _recorded_at(agent: bytes, ulaw: bytes) -> float:
    """Where a stretch stands on the track, in seconds; a barge-in may have cut it a frame sooner or later."""
    place = agent.find(ulaw[:-240])
    assert place >= 0, "each stretch that was played is there, in one piece"
    return place / RATE


def test_the_callers_bytes_are_the_wires(clock: ManualClock, tap: WireTap) -> None:
    tracks, words = tap.attach(nothing), talk(50 * FRAME)
    for at in range(0, len(words), FRAME):
        hear(tap, clock, 1, words[at : at + FRAME])
    assert sides(tracks, tap.position) == (words, bytes([SILENT]) * len(words))
    assert tap.ms == 1000


def test_lost_audio_leaves_a_hole(clock: ManualClock, tap: WireTap) -> None:
    tracks = tap.attach(nothing)
    hear(tap, clock, 100)
    clock.advance(3)
    hear(tap, clock, 200, b"\x02" * FRAME)
    caller, _ = sides(tracks, tap.position)
    assert abs(tap.position / RATE - clock.elapsed) < 0.05, "in step again"
    hole = caller.count(SILENT)
    assert abs(hole / RATE - 3) < 0.05
    assert caller.count(b"\x02") == 200 * FRAME


def test_delayed_audio_leaves_no_hole(clock: ManualClock, tap: WireTap) -> None:
    tracks = tap.attach(nothing)
    hear(tap, clock, 100)
    clock.advance(3)
    for _ in range(150):
        tap.caller(b"\x02" * FRAME)
    hear(tap, clock, 200, b"\x03" * FRAME)
    caller, _ = sides(tracks, tap.position)
    assert caller == b"\x01" * FRAME * 100 + b"\x02" * FRAME * 150 + b"\x03" * FRAME * 200


def test_what_was_not_played_is_not_recorded(clock: ManualClock, tap: WireTap) -> None:
    tracks, words = tap.attach(nothing), talk(3 * MESSAGE)
    hear(tap, clock, 10)
    tap.agent(words)
    hear(tap, clock, 5)
    tap.cleared()
    tap.agent(b"\x07" * 80)
    hear(tap, clock, 10)
    _, agent = sides(tracks, tap.position)
    assert agent[10 * FRAME : 15 * FRAME] == words[: 5 * FRAME]
    assert agent[15 * FRAME :] == b"\x07" * 80 + bytes([SILENT]) * (10 * FRAME - 80)


def test_only_what_was_to_be_remembered_is(clock: ManualClock, tap: WireTap) -> None:
    hear(tap, clock, 10)
    tap.agent(b"\x05" * FRAME)
    hear(tap, clock, 10)
    tap.remember_agent()
    tap.agent(b"\x06" * FRAME)
    hear(tap, clock, 10)
    tracks = tap.attach(nothing)
    assert tracks.taken == 20 * FRAME, "the recording begins with the announcement"
    caller, agent = sides(tracks, tap.position)
    assert agent == b"\x06" * FRAME + bytes([SILENT]) * 9 * FRAME
    assert caller == bytes([SILENT]) * 10 * FRAME, "and with nothing that the caller said before it was over"


def test_what_was_forgotten_is_not_recorded(clock: ManualClock, tap: WireTap) -> None:
    tap.remember_agent()
    tap.agent(b"\x06" * FRAME)
    hear(tap, clock, 10)
    tap.forget()
    tracks = tap.attach(nothing)
    assert tracks.taken == tap.position
    assert sides(tracks, tap.position + 10) == (bytes([SILENT]) * 10,) * 2


def test_nobody_listens_after_detaching(clock: ManualClock, tap: WireTap) -> None:
    told: list[int] = []
    tracks = tap.attach(lambda: told.append(tap.position))
    hear(tap, clock, 2)
    tap.detach()
    hear(tap, clock, 2)
    tap.agent(b"\x05" * FRAME)
    tap.cleared()
    assert told == [FRAME, 2 * FRAME]
    assert sides(tracks, 4 * FRAME)[0] == b"\x01" * 2 * FRAME + bytes([SILENT]) * 2 * FRAME


def test_deaf_it_hears_neither_side(clock: ManualClock, tap: WireTap) -> None:
    tracks = tap.attach(nothing)
    tap.deafen(deaf=True)
    tap.agent(b"\x05" * FRAME)
    hear(tap, clock, 2)
    tap.deafen(deaf=False)
    tap.agent(b"\x06" * FRAME)
    hear(tap, clock, 1)
    caller, agent = sides(tracks, tap.position)
    assert caller == bytes([SILENT]) * 2 * FRAME + b"\x01" * FRAME
    assert agent == bytes([SILENT]) * 2 * FRAME + b"\x06" * FRAME
