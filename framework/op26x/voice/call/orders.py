"""What is ordered from outside about the recording of a call in progress, at whichever service it is."""

from collections.abc import Callable
from dataclasses import dataclass

from op26x import errors
from op26x.audit import Access
from op26x.calls import Installation
from op26x.calls.messages import Answer, Question
from op26x.calls.services import ANSWER_S, Services
from op26x.calls.states import CallState
from op26x.consent import Evidence, Notice, Proof, Right
from op26x.errors import IllegalTransition, NotFound, Op26xError, ServiceUnreachable, WorkError
from op26x.policy import RecordingMode
from op26x.voice.call.session import CallSession

ON, PAUSED, OFF = "on", "paused", "off"
LOOK_S = 2.0
"""For so long a page waits for what another service says of a call."""


@dataclass(frozen=True)
class Standing:
    """How a call in progress is recorded.

    Attributes:
        mode: What has to happen before it is.
        now: ``on``, ``paused`` or ``off``.
    """

    mode: RecordingMode
    now: str


class Orders:
    """Reaches calls in progress, here or at another service.

    Args:
        installation: Whose calls.
        services: The other services.
        session: Finds a call of an organization that is in progress here.
    """

    def __init__(
        self,
        installation: Installation,
        services: Services,
        session: Callable[[str, str], CallSession | None],
    ) -> None:
        self._installation = installation
        self._services = services
        self._session = session

    async def standing(self, organization_id: str, call_id: str) -> Standing | None:
        """How a call is recorded now; ``None`` if it is not in progress, or nobody can say."""
        if session := self._session(organization_id, call_id):
            return _standing(session)
        seat = await self._held_by(organization_id, call_id)
        if seat is None:
            return None
        try:
            answer = await self._asked(seat, Question(organization_id, call_id), LOOK_S)
        except (NotFound, ServiceUnreachable):
            return None
        return Standing(RecordingMode(answer.mode), answer.now)

    async def carry_out(self, organization_id: str, call_id: str, right: Right, access: Access) -> Notice:
        """Does what is ordered, and returns what the caller is told of it.

        Raises:
            NotFound: The call is not in progress.
            IllegalTransition: There is nothing to pause or to resume, or the caller paused it.
            ServiceUnreachable: It is at another service, which does not answer.
        """
        if session := self._session(organization_id, call_id):
            return await self._here(session, right, access)
        seat = await self._held_by(organization_id, call_id)
        if seat is None:
            raise NotFound(f"There is no call {call_id} in progress.", "See op26x calls list.")
        question = Question(organization_id, call_id, right.value, access.who, access.why, access.came_from)
        return Notice((await self._asked(seat, question)).notice)

    async def answer(self, question: Question) -> Answer:
        """Does here what another service was asked for; errors as of ``carry_out``."""
        session = self._session(question.organization_id, question.call_id)
        if session is None:
            raise NotFound(f"There is no call {question.call_id} in progress.", "See op26x calls list.")
        notice = ""
        if question.right:
            access = Access(question.who, question.why, question.came_from)
            notice = (await self._here(session, Right(question.right), access)).value
        standing = _standing(session)
        return Answer(standing.mode.value, standing.now, notice)

    async def _here(self, session: CallSession, right: Right, access: Access) -> Notice:
        if right in (Right.PAUSE, Right.RESUME) and _standing(session).now == OFF:
            raise IllegalTransition("Nothing is being recorded in this call.", "Nothing was done or said.")
        return await session.word.order(right, Proof(Evidence.OPERATOR, "", self._installation.clock.now()), access)

    async def _held_by(self, organization_id: str, call_id: str) -> int | None:
        """The seat of the other service that has a call in progress; ``None`` if none has."""
        if not self._installation.database.seat:
            return None
        call, _ = await (await self._installation.opened(organization_id)).calls.get(call_id)
        if call.state != CallState.IN_PROGRESS:
            return None
        return call.service if call.service in await self._installation.database.other_seats() else None

    async def _asked(self, seat: int, question: Question, within_s: float = ANSWER_S) -> Answer:
        answer = await self._services.ask(seat, question, within_s)
        if answer.error:
            kind = getattr(errors, answer.error, None)
            if not (isinstance(kind, type) and issubclass(kind, Op26xError)):  # that of a newer version
                kind = WorkError
            raise kind(answer.message, answer.remedy)
        return answer


def _standing(session: CallSession) -> Standing:
    recorded = session.recorded
    return Standing(recorded.mode, ON if recorded.recording else PAUSED if recorded.paused else OFF)
