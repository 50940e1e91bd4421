"""What is on the recording of a virtual call."""

import numpy as np
import pytest

from op26x.g711 import SAMPLE_RATE
from op26x.recording.playback import HEADER_BYTES
from op26x.recording.tones import HERTZ
from virtual.call import READER, Board, VirtualLine


async def masked_s(one: Board, line: VirtualLine) -> list[float]:
    """The seconds of the recording at which the tone stands on both sides that covers something."""
    kept = await one.kept(line)
    assert kept.recording is not None
    _, wav = await one.workspace.recordings.open(kept.recording.call_id, READER)
    stereo = np.frombuffer(await wav.read(HEADER_BYTES), "<i2").reshape(-1, 2)
    window = SAMPLE_RATE // 4
    found = []
    for at in range(0, len(stereo) - window, window):
        sides = np.abs(np.fft.rfft(stereo[at : at + window].astype(float), axis=0))
        loudest = sides.argmax(axis=0) * SAMPLE_RATE / window
        if loudest == pytest.approx(HERTZ, abs=8) and sides.max(axis=0).min() > 0:
            found.append(at / SAMPLE_RATE)
    return found
