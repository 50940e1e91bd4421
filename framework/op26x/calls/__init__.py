"""Calls: their states, admission, storage, lifecycle, and the seams to telephony and media.

A telephony plugin announces an ``Arrival`` at the ``Switchboard``, gets an ``Admission`` with a one-time token,
and hands the media stream over as a ``Wire``; what it gets back is a ``MediaSession``.
"""

from op26x.calls.admission import Admissions
from op26x.calls.info import Admission, Arrival, CallInfo, NewCall, Refuse, TurnInfo
from op26x.calls.installation import Installation
from op26x.calls.live import LiveEvent, LiveFeed
from op26x.calls.log import CallLog
from op26x.calls.model import Call, ScheduledCall, Turn
from op26x.calls.records import Records
from op26x.calls.records_of_processing import records_of_processing
from op26x.calls.seams import MediaSession, Switchboard, Telephony, Wire
from op26x.calls.states import CallState, Direction, ScheduleState, advance
from op26x.calls.workspace import Workspace

__all__ = [
    "Admission",
    "Admissions",
    "Arrival",
    "Call",
    "CallInfo",
    "CallLog",
    "CallState",
    "Direction",
    "Installation",
    "LiveEvent",
    "LiveFeed",
    "MediaSession",
    "NewCall",
    "Records",
    "Refuse",
    "ScheduleState",
    "ScheduledCall",
    "Switchboard",
    "Telephony",
    "Turn",
    "TurnInfo",
    "Wire",
    "Workspace",
    "advance",
    "records_of_processing",
]
