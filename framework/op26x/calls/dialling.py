"""Whether a person may be called: asked when a call is ordered, and again at the moment of dialling."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from op26x.calls.info import Arrival
from op26x.consent import ConsentPurpose, Decisions, Registries, Suppressions
from op26x.errors import AdmissionRefused
from op26x.policy import UNKNOWN, CallConsent, CallPurpose, EffectivePolicy, families_of, known_places, whereabouts
from op26x.types import PhoneNumber
from op26x.vault import BlindIndex

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
        return AdmissionRefused(f"The call was refused: {self.reason}.", self.remedy, self.again, self.reason)


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is to be called.

    Attributes:
        subject: Their blind index.
        number: Their number; empty if it can't be read any more.
        campaign: The campaign for which they are called, if for any.
    """

    subject: str
    number: PhoneNumber
    campaign: str = ""

    @classmethod
    def of(cls, arrival: Arrival, index: BlindIndex) -> "Person":
        """Whoever an outbound call is to."""
        return cls(index.of(arrival.called), arrival.called, arrival.campaign)


@dataclass(frozen=True)
class Dialling:
    """Asks what the policy of an outbound call wants to be asked.

    Attributes:
        suppressions: Who asked not to be called.
        registries: Do-not-call registries that were read in.
        decisions: What somebody decided on being called.
        attempts: When they were called since a moment, newest first, without the call in question.
        now: The time, UTC.
    """

    suppressions: Suppressions
    registries: Registries
    decisions: Callable[[str], Awaitable[Decisions]]
    attempts: Callable[[str, datetime, str], Awaitable[Sequence[datetime]]]
    now: Callable[[], datetime]

    async def refusal(
        self, policy: EffectivePolicy, person: Person, purpose: CallPurpose | None, call_id: str = ""
    ) -> NotNow | None:
        """Why a person may not be called now; ``None`` if they may.

        Args:
            policy: Of the call.
            person: Who.
            purpose: What for.
            call_id: The call, if it is written already.
        """
        if await self.suppressions.hold(person.subject, campaign=person.campaign, number=person.number):
            return NotNow(DO_NOT_CALL, "They asked not to be called again.")
        if policy.forbidden:
            rows = ", ".join(policy.decided_by["forbidden"])
            return NotNow("forbidden by law", f"See op26x policy explain; it is by {rows}.")
        if refusal := await self._agreed(policy, person.subject, purpose):
            return refusal
        if refusal := await self._registered(policy, person):
            return refusal
        if refusal := await self._tried(policy, person.subject, call_id):
            return refusal
        return await asyncio.to_thread(self._hours, policy)  # calendars of holidays are slow to load

    async def _agreed(self, policy: EffectivePolicy, subject: str, purpose: CallPurpose | None) -> NotNow | None:
        decided = await self.decisions(subject)
        if policy.call_consent is CallConsent.NONE and not decided.want_no_calls:
            return None
        serves = serving(purpose)
        written, days = policy.call_consent is CallConsent.WRITTEN, policy.consent_within_days
        if decided.agree(serves, self.now(), written=written, within_days=days):
            return None
        remedy = f"Import it with op26x consents import, for {' or '.join(serves)}."
        if days is not None:
            remedy += f" It counts for {days} days."
        return NotNow(f"no {'written consent' if written else 'consent'} to be called", remedy)

    async def _registered(self, policy: EffectivePolicy, person: Person) -> NotNow | None:
        """Looks them up in each registry that has numbers of where theirs is from."""
        places = whereabouts(person.number.reveal()).places if person.number else policy.places
        for name in sorted(policy.registries):
            if _is_of_elsewhere(name, places):
                continue
            found = await self.registries.look_up(name, person.number, person.subject)
            days = policy.registry_within_days
            fresh = found.as_of is not None and (days is None or found.as_of > self.now() - timedelta(days=days))
            if not fresh or not found.covered:
                what = "one that has this area code" if fresh else "a newer one" if found.as_of else "its file"
                within = f" A file counts for {days} days." if days else ""
                return NotNow(
                    "not looked up in the do-not-call registry",
                    f"Read {what} in: op26x registries import {name} FILE --as-of DAY.{within}",
                )
            if found.listed:
                return NotNow("in the do-not-call registry", f"They are in the registry {name}.")
        return None

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


def _is_of_elsewhere(registry: str, places: Collection[str]) -> bool:
    """Whether a registry is a country's in which somebody who may be in these places is not."""
    country = registry.partition("-")[0].upper()
    theirs = {family for place in places for family in families_of(place)}
    return UNKNOWN not in places and country in known_places() and country not in theirs


def serving(purpose: CallPurpose | None) -> list[ConsentPurpose]:
    """To what a person must have agreed to be called for a purpose; any of them will do."""
    for_any = [ConsentPurpose.MARKETING]
    return [*for_any, ConsentPurpose.CALL] if purpose in (CallPurpose.SERVICE, CallPurpose.DEBT) else for_any


def _moment(at: datetime) -> str:
    """A moment in whole minutes, and none that is too early."""
    return f"{at + timedelta(minutes=1, microseconds=-1):%Y-%m-%d %H:%M} UTC"
