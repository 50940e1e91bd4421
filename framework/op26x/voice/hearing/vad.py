"""Voice detection on a phone line: Pipecat's Silero analyzer on one model per process, run in the event loop.

Pipecat's own way, a model and a thread per call, is most of what a call costs: a hand-over every 32 ms and
about 20 MB. Here all calls share one ONNX session, each with a recurrent state of its own (1 KB), and windows
that are too quiet to be speech are not scored at all.
"""

from functools import cache
from importlib import resources

import numpy as np
import onnxruntime
from pipecat.audio.vad.silero import SileroOnnxModel, SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams, VADState

from op26x.g711 import SAMPLE_RATE

STOP_S = 0.2
START_S = 0.2
QUIET_RMS = 100.0
"""About -50 dBFS: Pipecat's minimum volume of 0.6 is -50 LUFS (ITU-R BS.1770)."""


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
        self.reset_states()  # type: ignore[no-untyped-call]
        self.sample_rates = [SAMPLE_RATE]


class PhoneVad(SileroVADAnalyzer):
    """Tells when the caller starts and stops speaking.

    Attributes:
        speaking: Whether they are.
    """

    def __init__(self) -> None:
        VADAnalyzer.__init__(self, sample_rate=SAMPLE_RATE, params=VADParams(start_secs=START_S, stop_secs=STOP_S))
        self._model = _SharedModel()
        self._windows_since_reset = 0
        self._low_confidence_windows = 0
        self.speaking = False
        self.set_sample_rate(SAMPLE_RATE)

    def feed(self, pcm: bytes) -> bool | None:
        """Takes 16-bit PCM at 8 kHz; ``True`` when speech has begun, ``False`` when it has ended, else ``None``."""
        state = self._run_analyzer(pcm)
        if state is VADState.SPEAKING and not self.speaking:
            self.speaking = True
            return True
        if state is VADState.QUIET and self.speaking:
            self.speaking = False
            return False
        return None

    def voice_confidence(self, buffer: bytes) -> float:
        """Pipecat's confidence for a window of 32 ms; 0 without asking the model if it is too quiet."""
        samples = np.frombuffer(buffer, np.int16).astype(np.float32)
        if float(np.dot(samples, samples)) < QUIET_RMS**2 * len(samples):
            self._maybe_reset_model(0.0)
            return 0.0
        confidence = float(self._model(samples / 32768.0, SAMPLE_RATE)[0, 0])
        self._maybe_reset_model(confidence)
        return confidence

    def _get_smoothed_volume(self, audio: bytes) -> float:
        """Loudness was judged with the window; measuring it by BS.1770 as well costs more than the model."""
        return 1.0
