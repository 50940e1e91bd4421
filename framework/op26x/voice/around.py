"""What every call of a service shares, and how far a call and its recording have come."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from op26x.calls import CallLog, LiveFeed
from op26x.calls.late_ends import LateEnds
from op26x.clock import Clock
from op26x.consent import ConsentLedger
from op26x.plugins.manager import Decide, Notify
from op26x.recording import Erasures, Recordings, Transcripts
from op26x.voice.notices import Notices
from op26x.voice.sentences import Sentences


@dataclass(frozen=True)
class RecordingOffice:
    """What the recordings of all calls share.

    Attributes:
        calls: Where a call's outcome is noted.
        recordings: Begins recordings.
        erasures: Ends them.
        transcripts: Keeps words.
        consents: Keeps what was agreed.
        notices: What can be said.
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
    notices: Notices
    clock: Clock
    started: Notify
    paused: Notify
    sealed: Notify


@dataclass(frozen=True)
class Around:
    """What every call of a service shares.

    Attributes:
        log: Where calls are written.
        late_ends: Takes the end of a call that can't be written.
        feed: Where live events go.
        sentences: The fixed sentences.
        clock: The time.
        office: What the recordings of all calls share.
        read_assent: Hook ``op26x_read_assent``.
        answered: Hook ``op26x_call_answered``.
        turn_finished: Hook ``op26x_turn_finished``.
        measured: Told the latency of each answer, in seconds.
    """

    log: CallLog
    late_ends: LateEnds
    feed: LiveFeed
    sentences: Sentences
    clock: Clock
    office: RecordingOffice
    read_assent: Decide
    answered: Notify
    turn_finished: Notify
    measured: Callable[[float], None]


class Phase(StrEnum):
    """How far a call has come.

    Attributes:
        OPENING: Announcement and assent; the brain hears nothing yet.
        GREETING: The agent greets, and is heard whole.
        TALKING: The conversation.
        ENDING: Nothing is said any more; what the caller demanded is still done.
        OVER: Nothing happens any more.
    """

    OPENING = "opening"
    GREETING = "greeting"
    TALKING = "talking"
    ENDING = "ending"
    OVER = "over"


class Stage(Enum):
    """How far the recording of a call has come; ``recorded_call`` draws it.

    Attributes:
        OPENING: It is announced and asked for; nothing is proved yet.
        STARTING: Everything is proved; key and file are being made.
        RECORDING: What is said is kept, unless it is paused.
        ENDED: Nothing is kept, now or later.
    """

    OPENING = auto()
    STARTING = auto()
    RECORDING = auto()
    ENDED = auto()
