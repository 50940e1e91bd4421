"""Makes the recordings that plugins carry, spoken by flite's voice ``rms``: 8 kHz mu-law without a header.

    python plugins/make_recordings.py

- ``op26x_local/phrases``: the fixed English sentences, with an ``index.json`` of text, language and file of each.
- ``op26x_twilio/simulator/audio``: every sentence of the callers' scripts and of ``alternatives.yaml``.

Recordings of other sentences are removed. It needs Debian's package ``flite``; the same flite gives the same bytes.
``rms`` is the voice that the offline STT service understands best, and clearer than espeak-ng. The script belongs to no
plugin and is in no wheel.
"""

import io
import json
import subprocess
import sys
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soxr
import yaml
from numpy.typing import NDArray

from op26x import g711
from op26x.agents import built_in
from op26x.consent.texts import texts
from op26x.voice.speaking.sentences import Sentence
from op26x_local.espeak import PHRASES
from op26x_local.llm import FAREWELL
from op26x_twilio.simulator.script import AUDIO, load_script, scripts, slug

VOICE = "rms"
SAMPLE_RATE = 8000
# Active speech level: what espeak-ng gives, so that the two do not differ in loudness within a call; and a caller who
# speaks up, well inside what telephone networks carry.
LEVEL_DBFS = -20.0
MARGIN_MS = 50
# Sentences of no script: tests exchange them for a script's own, and expect another booking.
ALTERNATIVES = AUDIO / "alternatives.yaml"


def main() -> int:
    """Writes every recording; returns the exit code."""
    try:
        make_phrases()
        make_audio()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"flite could not speak: {error}. Install it: apt-get install flite", file=sys.stderr)
        return 1
    return 0


def make_phrases() -> None:
    """Writes the fixed sentences of the core, of the rehearsal agent and its LLM, and their index."""
    greetings = [agent.greeting for agent in (built_in(),)]
    notices = texts("en")
    assert notices is not None
    sentences = [
        *(text for text in notices.sentences.values() if "{" not in text),
        *(sentence.value for sentence in Sentence),
        *FAREWELL.values(),
        *greetings,
    ]
    record(sentences, PHRASES)
    entries = [{"text": text, "language": "en", "file": f"{slug(text)}.ulaw"} for text in sentences]
    (PHRASES / "index.json").write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")


def make_audio() -> None:
    """Writes what the simulated callers say."""
    callers = [load_script(name) for name in scripts()]
    said = {step.say for caller in callers for step in caller.all_steps(asked=True) if step.say}
    record(said | set(yaml.safe_load(ALTERNATIVES.read_text(encoding="utf-8"))), AUDIO)


def record(sentences: Iterable[str], folder: Path) -> None:
    """Replaces the recordings in a folder."""
    recordings = {f"{slug(text)}.ulaw": speak(text) for text in sentences}
    for old in folder.glob("*.ulaw"):
        old.unlink()
    size = sum((folder / name).write_bytes(spoken) for name, spoken in recordings.items())
    print(f"{len(recordings)} recordings, {size / 1000:.0f} kB, in {folder.name}/")


def speak(text: str) -> bytes:
    """A text in flite's voice as mu-law: 8 kHz, silence trimmed to 50 ms, at `LEVEL_DBFS`."""
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
