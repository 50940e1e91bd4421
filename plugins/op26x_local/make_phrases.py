"""Makes ``phrases/``: the fixed English sentences, spoken by flite's voice ``rms``, 8 kHz mu-law without a header.

    python plugins/op26x_local/make_phrases.py

To change a sentence, change `SENTENCES` and run it again; it needs Debian's package ``flite``. The same flite gives
the same bytes. ``phrases/index.json`` lists text, language and file of each, and is all that the synthesiser reads.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from op26x.voice import g711

VOICE = "rms"
SAMPLE_RATE = 8000
# Active speech level: what espeak-ng gives, so that the two do not differ in loudness within a call.
LEVEL_DBFS = -20.0
MARGIN_MS = 50
PHRASES = Path(__file__).with_name("phrases")
SENTENCES = (
    "This call is being recorded.",
    "I am an automated assistant, not a person.",
    "Sorry, something went wrong. Could you say that again?",
    "Sorry, I am having technical trouble. Please call again later. Goodbye.",
    "Are you still there?",
    "I did not hear anything, so I will end the call now. Goodbye.",
    "This call has reached its time limit. Goodbye.",
    "Thank you for calling. Goodbye.",
    "Hello, this is the booking assistant of Example Clinic. How can I help you?",
)


def main() -> int:
    """Writes every sentence and the index; returns the exit code."""
    PHRASES.mkdir(exist_ok=True)
    for old in PHRASES.glob("*.ulaw"):
        old.unlink()
    entries = []
    for text in SENTENCES:
        name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].rstrip("-") + ".ulaw"
        try:
            (PHRASES / name).write_bytes(speak(text))
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"flite could not speak {text!r}: {error}. Install it: apt-get install flite", file=sys.stderr)
            return 1
        entries.append({"text": text, "language": "en", "file": name})
    (PHRASES / "index.json").write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
    print(f"{len(entries)} sentences in {PHRASES.name}/")
    return 0


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
