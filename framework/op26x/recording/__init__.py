"""Recording: the wire tap, the recorder that needs a permit, transcripts, playback.

In the order of a call: the ``tap`` follows the wire; with a permit, ``store`` begins a ``recorder`` on it, which lines
up both ``tracks``, holds them back, seals and appends them; ``transcripts`` keeps the words; ``seal`` authenticates
what the row says; ``playback`` reads it all; ``redacting`` masks more of it; ``erasures`` end it; ``reconcile``
compares rows, keys and files.
"""

from op26x.recording.erasures import Erasures
from op26x.recording.model import Gap, Recording, RecordingInfo, RecordingState, TranscriptLine
from op26x.recording.playback import WavReader
from op26x.recording.reconcile import Difference, Found, Reconciliation
from op26x.recording.recorder import Recorder
from op26x.recording.redacting import Redacted, Redactions
from op26x.recording.store import Recordings
from op26x.recording.tap import WireTap
from op26x.recording.transcripts import SpokenTurn, Transcripts

__all__ = [
    "Difference",
    "Erasures",
    "Found",
    "Gap",
    "Reconciliation",
    "Recorder",
    "Recording",
    "RecordingInfo",
    "RecordingState",
    "Recordings",
    "Redacted",
    "Redactions",
    "SpokenTurn",
    "TranscriptLine",
    "Transcripts",
    "WavReader",
    "WireTap",
]
