"""The voice, in a call: what the caller hears of it."""

import numpy as np
import op26x_beeps


def test_a_later_letter_beeps_higher(telephone):
    telephone.set_up(op26x_beeps, tts="beeps", greeting="AAAA BBBB.")

    assert pitches(telephone.ring().heard) == {440, 480}


def pitches(pcm):
    tenths = np.frombuffer(pcm[: len(pcm) // 1600 * 1600], "<i2").reshape(-1, 800).astype(float)
    loud = tenths[np.abs(tenths).max(axis=1) > 1000]
    return set(10 * np.abs(np.fft.rfft(loud)).argmax(axis=1))
