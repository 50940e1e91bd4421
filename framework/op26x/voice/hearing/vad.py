"""Voice detection on a phone line: Pipecat's Silero analyzer on one model per process, run in the event loop.

Pipecat's own way, a model and a thread per call, is most of what a call costs: a hand-over every 32 ms and
about 20 MB. Here all calls share one ONNX session, each with a recurrent state of its own (1 KB), and windows
that are too quiet to be speech are not scored at all. Where many people speak at once, the windows of a few
milliseconds are scored together, which gives the same figures to the last bit for a third of the time.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import onnxruntime
from pipecat.audio.vad.silero import SileroOnnxModel, SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams, VADState

from op26x import g711
from op26x.g711 import SAMPLE_RATE, Samples

STOP_S = 0.2
START_S = 0.2
QUIET_RMS = 100.0
"""About -50 dBFS: Pipecat's minimum volume of 0.6 is -50 LUFS (ITU-R BS.1770)."""
WINDOW = 256
"""Samples that are scored together, 32 ms."""
CONTEXT = 32
"""Samples of the window before that the model is given too."""
WAIT_S = 0.005
"""How long a window may wait for those of other calls."""
CROWD = 6
"""So many people who speak within 32 ms make it worth while to wait."""
MOST = 64
"""More at once save nothing."""


@cache
def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    model = resources.files("pipecat.audio.vad.data").joinpath("silero_vad.onnx").read_bytes()
    return onnxruntime.InferenceSession(model, sess_options=options, providers=["CPUExecutionProvider"])


def warm() -> None:
    """Loads the model."""
    _session()


class _SharedModel(SileroOnnxModel):
    """Pipecat's wrapper, with a state of its own and the session of the process."""

    def __init__(self) -> None:
        self.session = _session()
        self.reset_states()

    def reset_states(self, batch_size: int = 1) -> None:
        """Forgets what was heard."""
        self.state = np.zeros((2, batch_size, 128), np.float32)
        self.context = np.zeros((batch_size, CONTEXT), np.float32)


class Batches:
    """Scores the windows of all calls of a process."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[PhoneVad, Samples | None]] = deque()
        self._queued: set[PhoneVad] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flush: asyncio.TimerHandle | None = None
        self._span = 0
        self._calls: set[PhoneVad] = set()
        self._before = 0

    def add(self, vad: "PhoneVad", samples: Samples | None) -> None:
        """Scores a window, now or in a moment; ``None`` is one that is too quiet, and waits only for its call's own."""
        if samples is None and vad not in self._queued:
            vad.quiet()
            return
        loop = asyncio._get_running_loop()
        if loop is None or not (self._crowded(vad, loop) or self._waiting):
            self._score([(vad, samples)])
            return
        self._queued.add(vad)
        self._waiting.append((vad, samples))
        if self._flush is None or loop is not self._loop:
            self._loop, self._flush = loop, loop.call_later(WAIT_S, self.flush)
        elif len(self._waiting) >= MOST:
            self.flush()

    def flush(self) -> None:
        """Scores what waits, and tells each call."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        told: list[PhoneVad] = []
        while self._waiting:
            batch: dict[PhoneVad, Samples | None] = {}
            later: deque[tuple[PhoneVad, Samples | None]] = deque()
            for vad, samples in self._waiting:
                if vad in batch:
                    later.append((vad, samples))
                else:
                    batch[vad] = samples
            self._waiting = later
            self._score(list(batch.items()))
            told += batch
        self._queued.clear()
        for vad in told:
            vad.tell()

    def _crowded(self, vad: "PhoneVad", loop: asyncio.AbstractEventLoop) -> bool:
        span = int(loop.time() * SAMPLE_RATE) // WINDOW
        if span != self._span:
            self._before = len(self._calls) if span == self._span + 1 else 0
            self._span = span
            self._calls.clear()
        self._calls.add(vad)
        return max(self._before, len(self._calls)) >= CROWD

    def _score(self, batch: "list[tuple[PhoneVad, Samples | None]]") -> None:
        loud = [(vad, samples) for vad, samples in batch if samples is not None]
        if loud:
            models = [vad.model for vad, _ in loud]
            heard = np.stack([samples for _, samples in loud])
            confidences, state = _session().run(
                None,
                {
                    "input": np.concatenate((np.concatenate([model.context for model in models]), heard), axis=1),
                    "state": np.concatenate([model.state for model in models], axis=1),
                    "sr": _RATE,
                },
            )
            for at, (vad, _) in enumerate(loud):
                vad.model.state, vad.model.context = state[:, at : at + 1], heard[at : at + 1, -CONTEXT:]
                vad.scored(float(confidences[at, 0]))
        for vad, samples in batch:
            if samples is None:
                vad.quiet()


_RATE = np.array(SAMPLE_RATE, np.int64)
_BATCHES = Batches()


class PhoneVad(SileroVADAnalyzer):
    """Tells when the caller starts and stops speaking.

    Args:
        changed: Told ``True`` when speech has begun, ``False`` when it has ended, if that is known only after ``feed``.

    Attributes:
        speaking: Whether they are.
    """

    def __init__(self, changed: Callable[[bool], Any] = lambda speaking: None) -> None:
        VADAnalyzer.__init__(self, sample_rate=SAMPLE_RATE, params=VADParams(start_secs=START_S, stop_secs=STOP_S))
        self._model = self.model = _SharedModel()
        self._windows_since_reset = 0
        self._low_confidence_windows = 0
        self._changed = changed
        self._incoming = b""  # mu-law
        self._confidence = 0.0
        self._changes: deque[bool] = deque()
        self.speaking = False
        self.set_sample_rate(SAMPLE_RATE)

    @property
    def voice(self) -> bool:
        """Whether there is a voice, or may be one: that is known sooner than that they are speaking."""
        return self._vad_state is not VADState.QUIET

    def feed(self, ulaw: bytes) -> bool | None:
        """Takes 8 kHz mu-law; ``True`` when speech has begun, ``False`` when it has ended, else ``None``."""
        self._incoming += ulaw
        while len(self._incoming) >= WINDOW:
            window, self._incoming = self._incoming[:WINDOW], self._incoming[WINDOW:]
            _BATCHES.add(self, _loud(window))
        return self._changes.popleft() if self._changes else None

    def scored(self, confidence: float) -> None:
        """The next window was scored."""
        self._confidence = confidence
        state = self._run_analyzer(_WINDOW_BYTES)
        if state in (VADState.SPEAKING, VADState.QUIET) and self.speaking is not (state is VADState.SPEAKING):
            self.speaking = not self.speaking
            self._changes.append(self.speaking)

    def quiet(self) -> None:
        """The next window was too quiet to be speech."""
        if self.voice:
            self.scored(0.0)
        else:  # nothing can change but the model's state
            self._maybe_reset_model(0.0)

    def tell(self) -> None:
        """Tells what has become known since ``feed``."""
        while self._changes:
            self._changed(self._changes.popleft())

    def voice_confidence(self, buffer: bytes) -> float:
        """The confidence of the window that was just scored."""
        self._maybe_reset_model(self._confidence)
        return self._confidence

    def _get_smoothed_volume(self, audio: bytes) -> float:
        """Loudness was judged with the window; measuring it by BS.1770 as well costs more than the model."""
        return 1.0


def _loud(window: bytes) -> Samples | None:
    """A window as the model takes it; ``None`` if it is too quiet to be speech, for which mostly no sample is asked."""
    if not window.translate(None, _QUIET_CODES):
        return None
    samples = g711.samples(window)
    return samples / np.float32(32768) if float(samples @ samples) >= QUIET_RMS**2 * WINDOW else None


_QUIET_CODES = bytes(code for code in range(256) if abs(float(g711.samples(bytes([code]))[0])) < QUIET_RMS)
_WINDOW_BYTES = bytes(2 * WINDOW)
