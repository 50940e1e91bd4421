"""The outline of a waveform, from a file that comes in pieces."""

import numpy as np
import pytest

from op26x.recording.playback import wav_header
from op26x_dashboard import waveform

FRAMES = 1003


def file_of(frames: int) -> tuple[bytes, "np.ndarray[tuple[int, ...], np.dtype[np.int16]]"]:
    """A WAV file of noise, and its samples."""
    samples = np.random.default_rng(7).integers(-32768, 32768, (frames, 2)).astype("<i2")
    return wav_header(frames) + samples.tobytes(), samples


@pytest.mark.parametrize("cut", [1, 7, 44, 64, 4096, 65536])
def test_it_is_the_largest_swing_of_each_stretch_however_the_file_is_cut(cut: int) -> None:
    wav, samples = file_of(FRAMES)
    drawn = waveform.outline((wav[at : at + cut] for at in range(0, len(wav), cut)), bins=10)
    stretches = [np.abs(samples[at : at + 101].astype(int)).max(axis=0) / 32768 for at in range(0, FRAMES, 101)]
    assert drawn.tracks == [[pytest.approx(stretch[track], abs=1e-4) for stretch in stretches] for track in (0, 1)]
    assert drawn.duration_s == FRAMES / 8000


def test_of_silence_without_length_there_is_none() -> None:
    assert waveform.outline([file_of(0)[0]]) == waveform.Outline([[], []], 0.0)
