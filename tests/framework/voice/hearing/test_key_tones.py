"""Key tones: all sixteen are known, and no voice is taken for one."""

import numpy as np
import pytest

from op26x import g711
from op26x.voice.hearing.key_tones import HIGH, LOW, is_key_tone
from op26x_twilio.simulator.script import AUDIO

FRAME = 160


def tones(*hertz: float, amplitude: float = 6000.0, noise: float = 0.0) -> bytes:
    time = np.arange(FRAME) / 8000
    wave = sum((np.sin(2 * np.pi * one * time + one) for one in hertz), np.zeros(FRAME)) * amplitude
    wave += np.random.default_rng(1).normal(0, noise or 1e-9, FRAME)
    return g711.encode(wave.astype("<i2").tobytes())


@pytest.mark.parametrize("low", LOW)
@pytest.mark.parametrize("high", HIGH)
def test_every_key_is_known(low: int, high: int) -> None:
    assert is_key_tone(tones(low, high))
    assert is_key_tone(tones(low * 1.01, high * 0.99, noise=800)), "phones are not exact, and lines not clean"


def test_nothing_else_is_one() -> None:
    assert not is_key_tone(tones(697))
    assert not is_key_tone(tones(697, 1209, amplitude=50))
    assert not is_key_tone(g711.silence(FRAME))
    assert not is_key_tone(b"")


def test_a_voice_is_hardly_ever_taken_for_a_key() -> None:
    """Of a second of speech a frame may sound like one; a word is heard all the same."""
    frames = taken = 0
    for file in sorted(AUDIO.glob("*.ulaw")):
        speech = file.read_bytes()
        for at in range(0, len(speech) - FRAME, FRAME):
            frames += 1
            taken += is_key_tone(speech[at : at + FRAME])
    assert taken / frames < 0.02
