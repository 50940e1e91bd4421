"""Voice detection on a recording."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from framework.voice.speech import SPEECH, frames, quiet
from op26x import g711
from op26x.voice.hearing import vad


def _changes(detector: vad.PhoneVad, ulaw: bytes) -> list[tuple[bool, float]]:
    """What changed, and after how many seconds."""
    told = (
        (detector.feed(g711.decode(frame)), at) for frame, at in zip(frames(ulaw), itertools.count(1), strict=False)
    )
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
        change = one.feed(g711.decode(frame))
        assert other.feed(g711.decode(frames(quiet(0.02))[0])) is None
        if change is not None:
            together.append((change, round(at * 0.02, 2)))
    assert together == alone
    assert one._model.session is other._model.session


@pytest.mark.parametrize("loudness", [0, 50, 99])
def test_what_is_too_quiet_is_no_speech(loudness: int) -> None:
    wave = (loudness * np.sqrt(2) * np.sin(np.arange(8000) / 5)).astype("<i2").tobytes()
    detector = vad.PhoneVad()
    assert all(detector.feed(wave[at : at + 320]) is None for at in range(0, len(wave), 320))
    assert detector.voice_confidence(wave[:512]) == 0.0


def test_warm_loads_once() -> None:
    vad.warm()
    assert vad._session() is vad._session()


def test_the_model_notes_nothing_to_report(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from op26x.voice.hearing import vad; vad.warm()"]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_", "COV"))}
    subprocess.run(command, env={**own, "HOME": str(tmp_path)}, check=True)
    assert not list(tmp_path.rglob("*onnxruntime*"))
