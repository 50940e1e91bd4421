"""The set of two hundred overlaps: what comes in while the agent speaks, and what it should lead to."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

RATE = 8000
PHRASES = Path(__file__).with_name("phrases.yaml")


@dataclass(frozen=True)
class Overlap:
    """One.

    Attributes:
        kind: ``echo``, ``backchannel``, ``cough``, ``noise`` or ``interruption``.
        language: The agent's.
        words: What an STT service makes of it; empty if there are none.
        sound: Mu-law's 16-bit PCM that comes in, or ``None`` for a voice.
        seconds: How long it lasts.
        at: When it begins, in seconds of the agent's answer.
        echo: How far below the agent its own voice comes back, in dB, and after how many seconds.
    """

    kind: str
    language: str = "en"
    words: str = ""
    sound: Any = field(default=None, compare=False)
    seconds: float = 0.0
    at: float = 1.0
    echo: tuple[float, float] | None = None

    @property
    def real(self) -> bool:
        """Whether the caller wants to speak."""
        return self.kind == "interruption"


def overlaps() -> list[Overlap]:
    """Forty of each kind."""
    said = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    courtesies, interruptions = (_voices(kind, said[kind]) for kind in ("backchannel", "interruption"))
    return [*_echoes(), *courtesies, *_coughs(), *_noises(), *interruptions]


def _echoes() -> Iterator[Overlap]:
    for below_db, delay_s in itertools.product((10, 14, 18, 20, 22, 25, 30, 40), (0.0, 0.06, 0.15, 0.3, 0.5)):
        yield Overlap("echo", words="what an STT service makes of an echo", echo=(below_db, delay_s))


def _voices(kind: str, said: dict[str, str]) -> Iterator[Overlap]:
    phrases = [(language, words) for language, together in said.items() for words in together.split(" | ")]
    for number, (language, words) in enumerate(phrases):
        echo = (25.0, 0.1) if number % 4 == 3 else None
        seconds = max(0.5, min(2.0, 0.09 * len(words))) if kind == "interruption" else 0.45 + 0.05 * (number % 5)
        yield Overlap(kind, language, words, seconds=seconds, at=0.7 + 0.2 * (number % 9), echo=echo)


def _coughs() -> Iterator[Overlap]:
    """One to three bursts of noise that swell at once and die away."""
    rng = np.random.default_rng(1)
    for number in range(40):
        bursts = []
        for _ in range(1 + number % 3):
            length = int(RATE * rng.uniform(0.15, 0.4))
            swell = np.exp(-np.arange(length) / (length / 4)) * np.minimum(1, np.arange(length) / 80)
            bursts += [rng.normal(0, 1, length) * swell, np.zeros(int(RATE * 0.12))]
        sound = np.concatenate(bursts) * (2000 + 300 * (number % 20))
        words = ["", "[cough]", "(coughs)", ""][number % 4]
        yield Overlap("cough", words=words, sound=sound, seconds=len(sound) / RATE, at=0.7 + 0.2 * (number % 9))


def _noises() -> Iterator[Overlap]:
    """Streets, fans, hums and clicks, of which an STT service makes nothing."""
    rng = np.random.default_rng(2)
    for number in range(40):
        length = int(RATE * (1 + number % 4))
        white = rng.normal(0, 1, length)
        times = np.arange(length) / RATE
        sound = [
            white,
            np.convolve(white, np.ones(16) / 4, "same"),
            np.sin(2 * np.pi * 120 * times) + 0.3 * white,
            (rng.uniform(size=length) > 0.999) * white * 8,
        ][number % 4] * (400 + 200 * (number % 10))
        yield Overlap("noise", sound=sound, seconds=length / RATE, at=0.7 + 0.2 * (number % 9))
