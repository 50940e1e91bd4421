"""Ends that could not be written when they came: a full disk, a locked database. They are written when it goes again.

Until then a call stays in progress on record, and nothing of it would ever be swept.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from op26x import logs
from op26x.calls.log import CallLog
from op26x.calls.model import Call
from op26x.calls.states import CallState
from op26x.clock import Clock
from op26x.errors import IllegalTransition, NotNoted
from op26x.policy import RecordingMode
from op26x.recording import Recording, Recordings, RecordingState
from op26x.storage import Database
from op26x.work.intents import Intent, IntentKind, Intents

log = logs.get("calls")


class LateEnds:
    """Writes the ends of calls and recordings late rather than never.

    Args:
        database: Has the rows.
        calls: The calls.
        recordings: Their recordings.
        intents: Keep an end until it can be written.
        clock: Tells when a call ended.
    """

    def __init__(
        self, database: Database, calls: CallLog, recordings: Recordings, intents: Intents, clock: Clock
    ) -> None:
        self._database = database
        self._calls = calls
        self._recordings = recordings
        self._intents = intents
        self._clock = clock
        intents.when(IntentKind.END, self._carry_out)

    async def note(self, call_id: str, reason: str, outcome: str) -> None:
        """A call has ended now, and that can't be written."""
        at = self._clock.now().isoformat()
        try:
            await self._intents.note(Intent.of(IntentKind.END, call_id, reason=reason, outcome=outcome, at=at))
        except NotNoted as error:
            log.error("the end of a call is in memory alone", call=call_id, exc_info=error)

    async def close_recordings(self) -> None:
        """Closes recordings that are in progress on record though their calls have ended, and says so of the calls."""
        final = [state.value for state in CallState if state.is_final]
        query = (
            select(Recording.call_id)
            .join(Call, col(Call.id) == col(Recording.call_id))
            .where(
                Recording.organization_id == self._calls.organization_id,
                Recording.state == RecordingState.IN_PROGRESS.value,
                col(Call.state).in_(final),
            )
        )

        def read(session: Session) -> list[str]:
            return list(session.exec(query).all())

        for left in await self._recordings.interrupt(await self._database.run(read)):
            await self._calls.recording(left.call_id, RecordingMode(left.mode), left.state)

    async def _carry_out(self, intent: Intent) -> None:
        details = dict(intent.details)
        at = datetime.fromisoformat(details["at"])
        try:
            await self._calls.move(
                intent.record_id, CallState.COMPLETED, reason=details["reason"], outcome=details["outcome"], at=at
            )
        except IllegalTransition as error:
            log.info("the end of a call was written before", call=intent.record_id, exc_info=error)
