"""When a call may be recorded, from at once to never."""

from enum import StrEnum


class RecordingMode(StrEnum):
    """What must have happened before a byte of a call is recorded; each is stricter than the one before.

    Attributes:
        ONE_PARTY: Recorded from the start, without a word about it.
        ANNOUNCE: Recorded once the announcement was proved played.
        ASSENT: Recorded once the announcement was proved played and the caller agreed.
        OFF: Nothing is recorded.
    """

    ONE_PARTY = "one-party"
    ANNOUNCE = "announce"
    ASSENT = "assent"
    OFF = "off"

    @property
    def announces(self) -> bool:
        """Whether the caller is told first."""
        return self in (RecordingMode.ANNOUNCE, RecordingMode.ASSENT)
