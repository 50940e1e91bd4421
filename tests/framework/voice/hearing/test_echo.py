"""Echo: our own voice is told from a caller's, at every delay and loudness, and a caller's is never taken for it."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import op26x_local
from journeys.line import SPEECH
from op26x import g711
from op26x.voice.hearing.echo import OFTEN, REACH, SELDOM, WINDOW, EchoDetector, EchoReference

FRAME = 160
LOUD = 100.0
ROOM = np.concatenate(([1.0], np.zeros(19), [0.3], np.zeros(39), [0.1]))
HANDSET = np.hanning(11) / np.hanning(11).sum()


@cache
def _agent() -> Any:
    """Ten seconds of the agent's fixed sentences."""
    phrases = sorted((Path(op26x_local.__file__).parent / "phrases").glob("*.ulaw"))
    return _pcm(b"".join(phrase.read_bytes() + b"\xff" * 1600 for phrase in phrases))[: 10 * 8000]


def _pcm(ulaw: bytes) -> Any:
    return np.frombuffer(g711.decode(ulaw), "<i2").astype(float)


def _ulaw(pcm: Any) -> bytes:
    return g711.encode(np.clip(pcm, -32000, 32000).astype("<i2").tobytes())


def _caller(length: int) -> Any:
    once = np.concatenate((_pcm(SPEECH), np.zeros(4000)))
    return np.tile(once, length // len(once) + 1)[:length]


def _noise(length: int) -> Any:
    return np.random.default_rng(1).normal(0, 8, length)


def _judged(incoming: Any, agent: Any) -> tuple[Any, Any]:
    """Which frames were taken for an echo, and which were loud."""
    reference, position, echoes, loud = EchoReference(), 0, [], []
    detector = EchoDetector(reference, lambda: position)
    played, heard = _ulaw(agent), _ulaw(incoming)
    for position in range(FRAME, min(len(played), len(heard)), FRAME):
        reference.agent(played[position - FRAME : position], position - FRAME)
        frame = heard[position - FRAME : position]
        echoes.append(detector.hear(frame, voice=True))
        loud.append(np.sqrt(np.mean(_pcm(frame) ** 2)) > LOUD)
    return np.array(echoes), np.array(loud)


@pytest.mark.parametrize(
    ("below_db", "delay_ms"),
    [(10, 0), (10, 500), (15, 150), (20, 20), (20, 500), (25, 0), (25, 300), (30, 20), (40, 150)],
)
@pytest.mark.parametrize("way", [np.array([1.0]), HANDSET, ROOM], ids=["plain", "handset", "room"])
def test_an_echo_is_not_a_caller(way: Any, below_db: int, delay_ms: int) -> None:
    agent = _agent()
    echo = np.convolve(agent, way)[: len(agent)] * 10 ** (-below_db / 20)
    incoming = np.concatenate((np.zeros(delay_ms * 8), echo))[: len(agent)] + _noise(len(agent))
    echoes, loud = _judged(incoming, agent)
    missed = loud & ~echoes
    runs = np.diff(np.flatnonzero(np.diff(np.concatenate(([0], missed, [0])))))[::2]
    assert runs.max(initial=0) * 0.02 < 0.2, "never so long that voice detection takes it for a voice"
    assert missed.sum() <= 0.05 * loud.sum()


@pytest.mark.parametrize("level", [1.0, 0.5, 0.2])
def test_a_caller_over_the_agent_is_not_an_echo(level: float) -> None:
    agent = _agent()
    caller = _caller(len(agent)) * level
    echoes, loud = _judged(caller + _noise(len(agent)), agent)
    assert not (echoes & loud).any()


@pytest.mark.parametrize("below_db", [10, 15, 20, 25])
def test_a_caller_is_heard_through_the_echo(below_db: int) -> None:
    agent = _agent()
    caller = _caller(len(agent))
    echoes, _ = _judged(caller + agent * 10 ** (-below_db / 20), agent)
    speaks = np.sqrt(np.mean(caller[: len(echoes) * FRAME].reshape(-1, FRAME) ** 2, axis=1)) > 300
    assert (echoes & speaks).sum() <= 0.05 * speaks.sum()


def test_the_same_voice_with_other_words_is_not_an_echo() -> None:
    agent = _agent()
    echoes, loud = _judged(np.roll(agent, 8000 * 3), agent)
    assert (echoes & loud).sum() <= 0.05 * loud.sum()


def test_nothing_was_played() -> None:
    caller = _caller(16000)
    echoes, _ = _judged(caller, np.zeros(16000))
    assert not echoes.any()


def test_what_was_cut_is_not_played() -> None:
    reference = EchoReference()
    reference.agent(b"\x00" * 800, 0)
    reference.cut(400)
    reference.agent(b"\x80" * 80, 1000)
    played = reference.until(1100, 1200)
    assert (played[:100] == 0).all(), "before the call"
    assert (played[100:500] != 0).all()
    assert (played[500:1100] == 0).all(), "a gap is silent"
    assert (played[1100:1180] > 0).all()
    assert (played[1180:] == 0).all(), "not yet"


def test_it_remembers_no_more_than_can_come_back() -> None:
    reference = EchoReference()
    for second in range(600):
        reference.agent(b"\x10" * 8000, second * 8000)
    assert len(reference._played) <= WINDOW + 2 * REACH + 8000
    assert reference.until(600 * 8000, WINDOW + REACH).all()


def test_a_plain_voice_is_judged_seldom() -> None:
    agent, judged = _agent(), 0
    reference, position = EchoReference(), 0
    detector = EchoDetector(reference, lambda: position)
    judge = detector._judge

    def counted() -> None:
        nonlocal judged
        judged += 1
        judge()

    detector._judge = counted  # type: ignore[method-assign]
    caller, played = _ulaw(_caller(24000)), _ulaw(agent)
    for position in range(FRAME, 16000, FRAME):
        reference.agent(played[position - FRAME : position], position - FRAME)
        detector.hear(caller[position - FRAME : position], voice=True)
    assert judged <= 100 // SELDOM + 2 * (SELDOM // OFTEN)
