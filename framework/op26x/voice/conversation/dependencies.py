"""What every call of a service shares."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from op26x.calls import CallLog, LiveFeed
from op26x.calls.late_ends import LateEnds
from op26x.clock import Clock
from op26x.plugins.manager import Decide, Notify
from op26x.types import Recognizer
from op26x.voice.consent.dependencies import RecordingDependencies
from op26x.voice.speaking.notices import Notices
from op26x.voice.speaking.sentences import Sentences
from op26x.voice.vendors.trouble import Trouble


class Meters:
    """Told what can be counted; these count nothing."""

    def replied(self, seconds: float) -> None:
        """An answer began so long after the caller had finished."""

    def missed(self, deadline: str) -> None:
        """A wait came to its limit: ``stream``, ``report``, ``first-audio``, ``drain``, ``end``."""

    def recording(self, what: str) -> None:
        """Something became of a recording."""

    def failed(self, part: str) -> None:
        """A part of a call failed: ``llm``, ``stt``, ``tts``, ``tool``, ``ears``."""

    def vendor_failed(self, trouble: Trouble) -> None:
        """A vendor failed."""


@dataclass(frozen=True)
class CallDependencies:
    """What they share.

    Attributes:
        log: Where calls are written.
        late_ends: Takes the end of a call that can't be written.
        feed: Where live events go.
        sentences: The fixed sentences.
        notices: What callers are told about the call, its recording and their rights.
        clock: The time.
        recording: What the recordings of all calls share.
        read_assent: Hook ``op26x_read_assent``.
        answered: Hook ``op26x_call_answered``.
        turn_finished: Hook ``op26x_turn_finished``.
        meters: Told what can be counted.
        recognizers: Of personal data, besides the core's.
        tools_running_on: Uses of tools that have outlived their calls.
    """

    log: CallLog
    late_ends: LateEnds
    feed: LiveFeed
    sentences: Sentences
    notices: Notices
    clock: Clock
    recording: RecordingDependencies
    read_assent: Decide
    answered: Notify
    turn_finished: Notify
    meters: Meters
    recognizers: tuple[Recognizer, ...] = ()
    tools_running_on: set[asyncio.Future[Any]] = field(default_factory=set)
