"""What a caller says, as sound: our recordings, files beside the script, or words that a plugin speaks."""

import wave
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from op26x import g711
from op26x.errors import UsageError
from op26x.types import primary_language
from op26x_twilio.simulator.script import Step, is_recorded, recording

Render = Callable[..., Awaitable[Any]]
"""Speaks a ``text`` in a ``language``: the hook ``op26x_render_sentence``."""


async def sounds(steps: Iterable[Step], language: str, folder: Path, render: Render) -> dict[Step, bytes]:
    """The sound of every step that has one, as 8 kHz mu-law, before anybody rings.

    Args:
        steps: What the caller does.
        language: What the caller speaks.
        folder: Where the files are.
        render: Speaks what is not recorded.

    Raises:
        UsageError: A file can't be read, or nobody speaks the language.
    """
    made = {}
    for step in steps:
        if step.audio:
            made[step] = _from_file(folder / step.audio)
        elif step.say:
            made[step] = await _spoken(step.say, language, render)
    return made


async def _spoken(words: str, language: str, render: Render) -> bytes:
    if primary_language(language) == "en" and is_recorded(words):
        return recording(words)
    pcm = await render(text=words, language=language)
    if not pcm:
        raise UsageError(
            f"No plugin speaks {language!r}, so the caller can't say {words!r}.",
            "Give the step a file, audio: words.wav, or set the script's language to one that op26x_local speaks.",
        )
    return g711.encode(pcm)


def _from_file(file: Path) -> bytes:
    try:
        with wave.open(str(file)) as sound:
            channels, width, rate, frames = sound.getparams()[:4]
            pcm = sound.readframes(frames)
    except (OSError, EOFError, wave.Error) as error:
        raise UsageError(f"{file} can't be read: {error}.", "It must be a WAV file of 16-bit PCM.") from None
    if width != 2:
        raise UsageError(f"{file} has {8 * width} bits a sample.", "It must be a WAV file of 16-bit PCM.")
    mono = np.frombuffer(pcm, np.int16).reshape(-1, channels).mean(axis=1).astype(np.float32)
    return g711.encode(soxr.resample(mono, rate, g711.SAMPLE_RATE).clip(-32768, 32767).astype(np.int16).tobytes())
