"""Tones: what stands on a recording where something is not."""

import numpy as np

from op26x import g711
from op26x.g711 import SAMPLE_RATE

HERTZ = 1400
AMPLITUDE = 6000


def tone(samples: int) -> bytes:
    """A tone of so many samples, 8 kHz mu-law."""
    wave = np.sin(2 * np.pi * HERTZ * np.arange(samples) / SAMPLE_RATE)
    return g711.encode((wave * AMPLITUDE).astype("<i2").tobytes())
