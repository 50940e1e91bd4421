"""Whether a person may be called: asked when a call is ordered, and again at the moment of dialling."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from op26x.consent import Consent, ConsentPurpose, ConsentState
from op26x.errors import AdmissionRefused
from op26x.policy import UNKNOWN, CallConsent, CallPurpose, EffectivePolicy

WRITTEN = frozenset({"form", "letter", "import"})
"""Evidence that is in writing; an electronic form is (15 U.S.C. 7001; 47 CFR 64.1200(f)(9))."""

DO_NOT_CALL = "do-not-call"
LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NotNow:
    """Why a person is not called.

    Attributes:
        reason: In a word or two, without digits: it is stored with the call.
        remedy: What to do about it.
        again: From when on they may be, if nothing but time is in the way, UTC.
    """

    reason: str
    remedy: str
    again: datetime | None = None

    def error(self) -> AdmissionRefused:
        """The same, to be raised."""
        return AdmissionRefused(f"The call was refused: {self.reason}.", self.remedy, self.again)


@dataclass(frozen=True)
class Dialling:
    """Asks what the policy of an outbound call wants to be asked.

    Attributes:
        suppressed: Whether a person asked not to be called, by their blind index.
        standing: What they decided last for a purpose.
        attempts: When they were called since a moment, newest first, without the call in question.
        now: The time, UTC.
    """

    suppressed: Callable[[str], Awaitable[bool]]
    standing: Callable[[str, ConsentPurpose], Awaitable[Consent | None]]
    attempts: Callable[[str, datetime, str], Awaitable[Sequence[datetime]]]
    now: Callable[[], datetime]

    async def refusal(
        self, policy: EffectivePolicy, subject: str, purpose: CallPurpose | None, call_id: str = ""
    ) -> NotNow | None:
        """Why a person may not be called now; ``None`` if they may.

        Args:
            policy: Of the call.
            subject: Who, as a blind index.
            purpose: What for.
            call_id: The call, if it is written already.
        """
        if await self.suppressed(subject):
            return NotNow(DO_NOT_CALL, "They asked not to be called again.")
        if policy.forbidden:
            rows = ", ".join(policy.decided_by["forbidden"])
            return NotNow("forbidden by law", f"See op26x policy explain; it is by {rows}.")
        if refusal := await self._agreed(policy.call_consent, subject, purpose):
            return refusal
        if refusal := await self._tried(policy, subject, call_id):
            return refusal
        return await asyncio.to_thread(self._hours, policy)  # calendars of holidays are slow to load

    async def _agreed(self, needed: CallConsent, subject: str, purpose: CallPurpose | None) -> NotNow | None:
        if needed is CallConsent.NONE:
            return None
        serves = [ConsentPurpose.MARKETING]
        if purpose in (CallPurpose.SERVICE, CallPurpose.DEBT):
            serves.append(ConsentPurpose.CALL)
        to_be_called = (ConsentPurpose.CALL, ConsentPurpose.MARKETING)
        decided = [found for one in to_be_called if (found := await self.standing(subject, one))]
        taken_back = max((one.at for one in decided if self._ends_calls(one)), default=None)
        granted = [
            one
            for one in decided
            if one.purpose in serves
            and one.state == ConsentState.GRANTED
            and one.expires_at > self.now()
            and (taken_back is None or one.at > taken_back)
        ]
        if any(needed is CallConsent.EXPRESS or one.evidence in WRITTEN for one in granted):
            return None
        what = "written consent" if needed is CallConsent.WRITTEN else "consent"
        return NotNow(f"no {what} to be called", f"Import it with op26x consents import, for {' or '.join(serves)}.")

    @staticmethod
    def _ends_calls(decision: Consent) -> bool:
        """Whether somebody will not be called at all: then no older consent to be sold something holds either."""
        return decision.purpose == ConsentPurpose.CALL and decision.state != ConsentState.GRANTED

    async def _tried(self, policy: EffectivePolicy, subject: str, call_id: str) -> NotNow | None:
        refusals = []
        for limit in sorted(policy.attempts):
            window = timedelta(days=limit.days)
            tried = await self.attempts(subject, self.now() - window, call_id)
            if len(tried) >= limit.n:
                again = tried[limit.n - 1] + window if limit.n else None
                when = f", from {_moment(again)} on" if again else ""
                refusals.append(NotNow("called too often", f"They may be called {limit}{when}.", again))
        return max(refusals, key=lambda one: one.again or LATEST, default=None)

    def _hours(self, policy: EffectivePolicy) -> NotNow | None:
        at = self.now()
        if policy.hours.open_at(at, policy.zones):
            return None
        if opens := policy.hours.opens_at(at, policy.zones):
            return NotNow("outside calling hours", f"They may be called from {_moment(opens)} on.", opens)
        if UNKNOWN in policy.places:
            when = "Where they are is not known."
        else:
            when = f"There is no hour within weeks at which all of {', '.join(policy.zones)} may be called."
        return NotNow("outside calling hours", when)


def _moment(at: datetime) -> str:
    """A moment in whole minutes, and none that is too early."""
    return f"{at + timedelta(minutes=1, microseconds=-1):%Y-%m-%d %H:%M} UTC"
