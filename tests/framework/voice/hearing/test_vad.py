"""Voice detection on a recording."""

import asyncio
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framework.voice.speech import SPEECH, frames, quiet
from op26x import g711
from op26x.voice.hearing import vad

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


def _changes(detector: vad.PhoneVad, ulaw: bytes) -> list[tuple[bool, float]]:
    """What changed, and after how many seconds."""
    told = ((detector.feed(frame), at) for frame, at in zip(frames(ulaw), itertools.count(1), strict=False))
    return [(change, round(at * 0.02, 2)) for change, at in told if change is not None]


def test_speech_begins_and_ends_once() -> None:
    changes = _changes(vad.PhoneVad(), quiet(0.5) + SPEECH + quiet(1.0))
    assert [change for change, _ in changes] == [True, False]
    (_, began), (_, ended) = changes
    assert 0.5 < began < 1.3
    assert began < ended < 0.5 + len(SPEECH) / 8000 + 0.6


def test_it_goes_on_for_the_next_utterance() -> None:
    detector = vad.PhoneVad()
    for _ in range(2):
        assert [change for change, _ in _changes(detector, quiet(0.5) + SPEECH + quiet(1.0))] == [True, False]


def test_calls_share_the_model_and_not_its_state() -> None:
    one, other = vad.PhoneVad(), vad.PhoneVad()
    alone = _changes(vad.PhoneVad(), quiet(0.5) + SPEECH + quiet(1.0))
    together = []
    for at, frame in enumerate(frames(quiet(0.5) + SPEECH + quiet(1.0)), 1):
        change = one.feed(frame)
        assert other.feed(frames(quiet(0.02))[0]) is None
        if change is not None:
            together.append((change, round(at * 0.02, 2)))
    assert together == alone
    assert one.model.session is other.model.session


@pytest.mark.parametrize("loudness", [0, 50, 99])
def test_what_is_too_quiet_is_no_speech(loudness: int, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = g711.encode((loudness * np.sqrt(2) * np.sin(np.arange(8000) / 5)).astype("<i2").tobytes())
    detector = vad.PhoneVad()
    asked: list[object] = []
    monkeypatch.setattr(vad._BATCHES, "_score", asked.append)
    assert all(detector.feed(wave[at : at + 160]) is None for at in range(0, len(wave), 160))
    assert not asked
    assert not detector.voice


def test_warm_loads_once() -> None:
    vad.warm()
    assert vad._session() is vad._session()


def test_the_model_notes_nothing_to_report(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from op26x.voice.hearing import vad; vad.warm()"]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_", "COV"))}
    subprocess.run(command, env={**own, "HOME": str(tmp_path)}, check=True)
    assert not list(tmp_path.rglob("*onnxruntime*"))


def test_windows_scored_together_have_the_same_scores_to_the_last_bit(
    happens: Happens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call hears another part of a recording; one is silent in between, one comes and goes in bursts."""
    heard = frames(quiet(0.5) + SPEECH + quiet(0.7) + SPEECH + quiet(1.0))

    def run(crowd: int) -> tuple[list[list[float]], list[list[bool]]]:
        monkeypatch.setattr(vad, "CROWD", crowd)
        scores: list[list[float]] = [[] for _ in range(20)]
        changes: list[list[bool]] = [[] for _ in range(20)]

        async def story() -> None:
            detectors = []
            for number in range(20):
                detector = vad.PhoneVad(changes[number].append)
                scored = detector.scored

                def note(confidence: float, number: int = number, scored: Callable[[float], None] = scored) -> None:
                    scores[number].append(confidence)
                    scored(confidence)

                detector.scored = note  # type: ignore[method-assign]
                detectors.append(detector)
            for at in range(len(heard)):
                for number, detector in enumerate(detectors):
                    pieces = [heard[(at + 3 * number) % len(heard)]]
                    if number == 7:
                        pieces = heard[at - 4 : at + 1] if at % 5 == 4 else []
                    for piece in pieces:
                        if (change := detector.feed(piece)) is not None:
                            changes[number].append(change)
                await asyncio.sleep(0.02)
            await asyncio.sleep(1)

        happens(story)
        return scores, changes

    alone, together = run(10**9), run(1)
    assert together == alone
    assert all(len(scored) > 100 for scored in together[0])
    assert any(together[1])


def test_with_few_calls_no_window_waits(happens: Happens) -> None:
    async def story() -> None:
        detectors = [vad.PhoneVad() for _ in range(5)]
        for piece in frames(SPEECH):
            for detector in detectors:
                detector.feed(piece)
            assert not vad._BATCHES._waiting
            await asyncio.sleep(0.02)

    happens(story)


def test_with_many_no_window_waits_longer_than_it_may(happens: Happens) -> None:
    async def story() -> None:
        detectors = [vad.PhoneVad() for _ in range(60)]
        for piece in frames(SPEECH):
            for number, detector in enumerate(detectors):
                detector.feed(piece)
                if number % 10 == 9:
                    await asyncio.sleep(0.002)
            assert len(vad._BATCHES._waiting) <= vad.MOST
            await asyncio.sleep(vad.WAIT_S)
            assert not vad._BATCHES._waiting

    happens(story)
