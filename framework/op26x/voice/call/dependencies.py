"""What every call of a service shares."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from op26x.calls import CallLog, LiveFeed
from op26x.calls.late_ends import LateEnds
from op26x.clock import Clock
from op26x.plugins.manager import Decide, Notify
from op26x.voice.consent.dependencies import RecordingDependencies
from op26x.voice.speaking.sentences import Sentences


@dataclass(frozen=True)
class CallDependencies:
    """What they share.

    Attributes:
        log: Where calls are written.
        late_ends: Takes the end of a call that can't be written.
        feed: Where live events go.
        sentences: The fixed sentences.
        clock: The time.
        recording: What the recordings of all calls share.
        read_assent: Hook ``op26x_read_assent``.
        answered: Hook ``op26x_call_answered``.
        turn_finished: Hook ``op26x_turn_finished``.
        measured: Told the latency of each answer, in seconds.
        missed: Told each wait that came to its limit: ``stream``, ``report``, ``first-audio``, ``drain``, ``end``.
        tools_running_on: Uses of tools that have outlived their calls.
    """

    log: CallLog
    late_ends: LateEnds
    feed: LiveFeed
    sentences: Sentences
    clock: Clock
    recording: RecordingDependencies
    read_assent: Decide
    answered: Notify
    turn_finished: Notify
    measured: Callable[[float], None]
    missed: Callable[[str], None]
    tools_running_on: set[asyncio.Future[Any]] = field(default_factory=set)
