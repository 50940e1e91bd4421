"""Key tones in a caller's audio: the pair of frequencies by which a keypad dials (ITU-T Q.23)."""

import numpy as np

from op26x import g711
from op26x.g711 import SAMPLE_RATE

LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
WIDTH_HZ = 60
LEAST_SHARE = 0.6
"""Of the energy; a voice has far less in two such narrow places."""
QUIET = 200.0
"""Root mean square of what is no tone."""


def is_key_tone(ulaw: bytes) -> bool:
    """Whether a frame of 8 kHz mu-law is a key's tone."""
    samples = np.frombuffer(g711.decode(ulaw), "<i2").astype(float)
    if not len(samples) or np.sqrt(np.mean(samples**2)) < QUIET:
        return False
    energy = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    low, high = (max(float(energy[abs(hertz - tone) <= WIDTH_HZ].sum()) for tone in group) for group in (LOW, HIGH))
    share = (low + high) / float(energy.sum())
    return share >= LEAST_SHARE and min(low, high) > 0.1 * max(low, high)
