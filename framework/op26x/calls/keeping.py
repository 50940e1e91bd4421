"""What is kept of calls as one thing: row, recording and key have the same deadline."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select, update

from op26x.calls.log import CallLog
from op26x.calls.model import Call
from op26x.calls.records import Records
from op26x.recording.model import Recording
from op26x.vault import KeyKind, Keyring


class KeptCalls:
    """Deadlines of calls, an ``op26x.retention.Deadlines``.

    Args:
        calls: Their rows.
        records: Rows that plugins have of them.
        keys: Has the keys of calls.
    """

    def __init__(self, calls: CallLog, records: Records, keys: Keyring) -> None:
        self._calls = calls
        self._records = records
        self._keys = keys

    def deadlines(self, session: Session) -> dict[str, tuple[datetime, datetime]]:
        """When each call that is kept was made, and until when it is kept."""
        return self._calls.deadlines(session)

    def later(self, session: Session, at: datetime) -> Sequence[str]:
        """Calls that are kept until after that moment."""
        query = select(Call.id).where(
            Call.organization_id == self._calls.organization_id,
            col(Call.erased_at).is_(None),
            col(Call.expires_at) > at,
        )
        return session.exec(query).all()

    def bring_forward(self, session: Session, deadlines: Mapping[str, datetime]) -> None:
        """Moves the rows of calls and of their recordings forward, in the caller's transaction; none is moved back."""
        for call_id, expires_at in deadlines.items():
            later = (
                col(Call.id) == call_id,
                col(Call.organization_id) == self._calls.organization_id,
                col(Call.expires_at) > expires_at,
            )
            session.execute(update(Call).where(*later).values(expires_at=expires_at))
        query = (
            select(Recording.id, Call.expires_at)
            .join(Call, col(Call.id) == col(Recording.call_id))
            .where(
                Recording.organization_id == self._calls.organization_id,
                col(Recording.erased_at).is_(None),
                col(Recording.expires_at) > col(Call.expires_at),
            )
        )
        for recording_id, expires_at in session.exec(query).all():
            session.execute(update(Recording).where(col(Recording.id) == recording_id).values(expires_at=expires_at))

    async def follow(self, deadlines: Mapping[str, datetime]) -> None:
        """Moves the ends of calls' keys forward, which lie in another database.

        Raises:
            VaultError: It can't be written; what the keys protect is over by its row all the same.
        """
        if deadlines:
            await self._keys.bring_forward(KeyKind.CALL, deadlines)
            await self._records.bring_forward(deadlines)
