"""When a call may be recorded, from never to only with the caller's assent."""

from enum import StrEnum


class RecordingMode(StrEnum):
    """What must have happened before a byte of a call is recorded.

    Attributes:
        OFF: Nothing is recorded.
        ONE_PARTY: Recorded from the start, without a word about it.
        ANNOUNCE: Recorded once the announcement was proved played.
        ASSENT: Recorded once the announcement was proved played and the caller agreed.
    """

    OFF = "off"
    ONE_PARTY = "one-party"
    ANNOUNCE = "announce"
    ASSENT = "assent"

    @property
    def announces(self) -> bool:
        """Whether the caller is told first."""
        return self in (RecordingMode.ANNOUNCE, RecordingMode.ASSENT)
