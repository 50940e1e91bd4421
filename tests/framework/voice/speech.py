"""Audio for these tests: somebody speaking, cut into the frames that a phone line sends."""

from pathlib import Path

FRAME = 160
SILENCE = b"\xff" * FRAME
SPEECH = (Path(__file__).parents[2] / "benchmarks" / "calls" / "speech.ulaw").read_bytes()
"""1.6 s of speech, 8 kHz mu-law."""


def frames(ulaw: bytes) -> list[bytes]:
    """Whole frames of 20 ms."""
    return [ulaw[at : at + FRAME] for at in range(0, len(ulaw) - FRAME + 1, FRAME)]


def quiet(seconds: float) -> bytes:
    """Near silence: a line that is open, not digital silence."""
    return b"\xff\x7e\xfe\x7f" * int(seconds * 2000)
