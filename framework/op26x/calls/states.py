"""The states of a call, as Twilio has them (https://www.twilio.com/docs/voice/api/call-resource#call-status-values)."""

from enum import StrEnum

from op26x.errors import IllegalTransition


class Direction(StrEnum):
    """Who called whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CallState(StrEnum):
    """Where a call stands."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return not NEXT[self]


class ScheduleState(StrEnum):
    """Where a scheduled call stands.

    Attributes:
        WAITING: For its time.
        PLACING: It is being placed.
        PLACED: It is a call now.
        REFUSED: The person may not be called, and waiting would not help.
        FAILED: It could not be placed; nobody tries again, since the telephone may have rung.
        CANCELED: It was called off.
        EXPIRED: The time to place it was over before the person could be called.
    """

    WAITING = "waiting"
    PLACING = "placing"
    PLACED = "placed"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


_OVER = frozenset({CallState.COMPLETED, CallState.BUSY, CallState.FAILED, CallState.NO_ANSWER, CallState.CANCELED})

# A provider's reports are webhooks, and one can be lost: from any state that is open, a call can turn out to be over.
NEXT: dict[CallState, frozenset[CallState]] = {
    CallState.QUEUED: frozenset({CallState.RINGING, CallState.IN_PROGRESS}) | _OVER,
    CallState.RINGING: frozenset({CallState.IN_PROGRESS}) | _OVER,
    CallState.IN_PROGRESS: frozenset({CallState.COMPLETED, CallState.FAILED}),
    CallState.COMPLETED: frozenset(),
    CallState.BUSY: frozenset(),
    CallState.FAILED: frozenset(),
    CallState.NO_ANSWER: frozenset(),
    CallState.CANCELED: frozenset(),
}


def advance(current: CallState, to: CallState) -> CallState:
    """The next state.

    Raises:
        IllegalTransition: ``to`` can't follow ``current``.
    """
    if to not in NEXT[current]:
        raise IllegalTransition(f"A call that is {current} can't become {to}.")
    return to
