"""Makes ``audio/``: every sentence of the scripts and of ``audio/alternatives.yaml``, spoken by flite's voice ``rms``.

    python plugins/op26x_twilio/simulator/make_audio.py

The recordings are 8 kHz mu-law without a header; those of other sentences are removed. It needs Debian's package
``flite``; the same flite gives the same bytes.
``rms`` is the voice that the offline recogniser understands best; a real caller's would do as well.
"""

from __future__ import annotations

import io
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import soxr
import yaml
from numpy.typing import NDArray

from op26x.voice import g711
from op26x_twilio.simulator.script import load_script, scripts

VOICE = "rms"
SAMPLE_RATE = 8000
# The level of a caller who speaks up, well inside what telephone networks carry.
LEVEL_DBFS = -20.0
MARGIN_MS = 50
AUDIO = Path(__file__).with_name("audio")
# Sentences of no script: tests exchange them for a script's own, and expect another booking.
ALTERNATIVES = AUDIO / "alternatives.yaml"


def main() -> int:
    """Writes every recording, removes the unused ones; returns the exit code."""
    AUDIO.mkdir(exist_ok=True)
    said = {step.say for name in scripts() for step in load_script(name).steps if step.say}
    sentences = sorted(said | set(yaml.safe_load(ALTERNATIVES.read_text(encoding="utf-8"))))
    for old in AUDIO.glob("*.ulaw"):
        old.unlink()
    total = 0
    for text in sentences:
        try:
            spoken = speak(text)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"flite could not speak {text!r}: {error}. Install it: apt-get install flite", file=sys.stderr)
            return 1
        total += (AUDIO / f"{slug(text)}.ulaw").write_bytes(spoken)
    print(f"{len(sentences)} recordings, {total / 1000:.0f} kB, in {AUDIO.name}/")
    return 0


def slug(text: str) -> str:
    """Name of the recording of `text`, as the scripts' reader looks it up: "ten o'clock" is ``ten-oclock``."""
    return "-".join("".join(c for c in text.lower() if c.isalnum() or c == " ").split())


def speak(text: str) -> bytes:
    """`text` in flite's voice as mu-law: 8 kHz, silence trimmed to 50 ms, at `LEVEL_DBFS`."""
    command = ["flite", "-voice", VOICE, "-t", text, "-o", "/dev/stdout"]
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603
    with wave.open(io.BytesIO(done.stdout)) as spoken:
        samples = np.frombuffer(spoken.readframes(spoken.getnframes()), "<i2").astype(np.float32) / 32768
        telephone = soxr.resample(samples, spoken.getframerate(), SAMPLE_RATE)
    levelled = _level(_trim(telephone))
    return g711.encode((np.clip(levelled, -1, 1) * 32767).astype("<i2").tobytes())


def _trim(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    margin = SAMPLE_RATE * MARGIN_MS // 1000
    return samples[max(0, loud[0] - margin) : loud[-1] + margin] if loud.size else samples[:0]


def _level(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    rms = float(np.sqrt(np.mean(samples**2))) if samples.size else 0.0
    return samples * (10 ** (LEVEL_DBFS / 20) / rms) if rms else samples


if __name__ == "__main__":
    sys.exit(main())
