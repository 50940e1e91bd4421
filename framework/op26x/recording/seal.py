"""The seal of a recording's row: what a reader relies on is authenticated with the call's key, as the audio is.

It covers where the recording lies, how long it is, its pauses and how many lines its transcript has. It is made when
the recording begins and again when it ends, and asked for by whoever reads, or closes what a killed service left.
"""

from datetime import UTC, datetime

from ulid import ULID

from op26x.errors import Tampered
from op26x.recording.model import Recording, RecordingState
from op26x.vault import Ciphertext, DataKey
from op26x.vault.aead import bind, seal, unseal

PURPOSE = "recording row"
SINCE = datetime(2026, 11, 26, tzinfo=UTC)
"""Calls from before have no seal. A call's identifier tells its time, and is authenticated by the audio itself."""


def seal_row(row: Recording, key: DataKey, lines: int) -> Ciphertext:
    """The seal of a row as it is now.

    Args:
        row: A recording.
        key: The call's.
        lines: How many lines of transcript there are; of one that is under way they are not counted.
    """
    return Ciphertext(seal(key.for_purpose(PURPOSE), b"", _facts(row, lines)))


def check_seal(row: Recording, key: DataKey, lines: int) -> None:
    """Does nothing if a row is as it was sealed.

    Raises:
        Tampered: It was changed, or lines of the transcript are missing.
    """
    if row.seal is None:
        if is_from_before(row):
            return
        raise Tampered(f"The recording {row.id} has no seal.", "Restore the database from a backup.")
    try:
        unseal(key.for_purpose(PURPOSE), row.seal, _facts(row, lines))
    except Tampered:
        raise Tampered(
            f"What the database says of the recording {row.id} was changed, or lines of its transcript are missing.",
            "Restore the database from a backup.",
        ) from None


def is_from_before(row: Recording) -> bool:
    """Whether rows had no seals yet when its call was."""
    return ULID.from_str(row.call_id).datetime < SINCE


def _facts(row: Recording, lines: int) -> bytes:
    if row.state == RecordingState.IN_PROGRESS:
        lines = 0
    return bind(
        "recording row",
        *(row.id, row.organization_id, row.call_id, row.mode, row.announcement, row.blob, row.sha256, row.gaps),
        *(str(number) for number in (row.started_ms, row.duration_ms, row.size, row.segments, lines)),
        *(row.state, row.created_at.isoformat()),
    )
