"""What the recordings of all calls share."""

from dataclasses import dataclass

from op26x.calls import CallLog
from op26x.clock import Clock
from op26x.consent import ConsentLedger, Suppressions
from op26x.plugins.manager import Notify
from op26x.recording import Erasures, Recordings, Transcripts


@dataclass(frozen=True)
class RecordingDependencies:
    """What the recordings of all calls share.

    Attributes:
        calls: Where a call's outcome is noted.
        recordings: Begins recordings.
        erasures: Ends them.
        transcripts: Keeps words.
        consents: Keeps what was agreed.
        suppressions: Keeps who is not to be called.
        clock: The time.
        started: Hook ``op26x_recording_started``.
        paused: Hook ``op26x_recording_paused``.
        sealed: Hook ``op26x_recording_sealed``.
    """

    calls: CallLog
    recordings: Recordings
    erasures: Erasures
    transcripts: Transcripts
    consents: ConsentLedger
    suppressions: Suppressions
    clock: Clock
    started: Notify
    paused: Notify
    sealed: Notify
