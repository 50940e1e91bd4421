"""Whether a person may be called: their own word first, then the law, their consent, how often, and the hour."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from op26x.calls import Arrival, CallState, Direction, Workspace
from op26x.calls.dialling import Dialling, NotNow, Person
from op26x.clock import ManualClock
from op26x.consent import Consent, ConsentGiven, ConsentPurpose, ConsentState, Decisions, LookedUp
from op26x.policy import (
    ANYWHERE,
    Attempts,
    CallConsent,
    CallingHours,
    CallPurpose,
    EffectivePolicy,
    Policies,
    PolicyCall,
    whereabouts,
)
from op26x.policy.rules import AttemptScope
from op26x.types import PhoneNumber

Arrive = Callable[..., Arrival]
PERSON = Person("person", PhoneNumber("+12125550142"))
NEVER = CallingHours(((),) * 7)
BY_DAY = CallingHours((((9 * 60, 21 * 60),),) * 7)
NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"


def policy(*zones: str, **rules: Any) -> EffectivePolicy:
    """A policy that demands nothing but these rules; in New York if nothing is said."""
    decided = {"forbidden": ("us-wa-announcing-device", "us-ar-announcing-device")} if rules.get("forbidden") else {}
    return EffectivePolicy(**rules, decided_by=decided, places=("US-NY",), zones=zones or (NEW_YORK,), tables={})


def in_limits(*limits: tuple[int, int]) -> EffectivePolicy:
    """A policy that allows so many calls in so many days."""
    return policy(attempts=frozenset(Attempts(AttemptScope.SUBJECT, days, n) for n, days in limits))


def entry(
    clock: ManualClock,
    purpose: ConsentPurpose = ConsentPurpose.CALL,
    state: ConsentState = ConsentState.GRANTED,
    evidence: str = "form",
    kept: timedelta = timedelta(days=1),
) -> Consent:
    """An entry of the ledger that was made a moment ago."""
    at = clock.now()
    return Consent(
        id="ENTRY",
        organization_id="ORGANIZATION",
        subject_index="person",
        call_id="",
        purpose=purpose.value,
        state=state.value,
        evidence=evidence,
        value="",
        announcement="",
        at=at,
        expires_at=at + kept,
    )


def dialling(
    clock: ManualClock,
    *entries: Consent,
    suppressed: bool = False,
    attempts: Callable[[datetime], int] | int = 0,
    registries: dict[str, LookedUp] | None = None,
) -> Dialling:
    """Asks what stands in memory."""

    async def hold(subject: str, *, campaign: str, number: PhoneNumber) -> bool:
        return suppressed

    async def look_up(name: str, number: PhoneNumber, subject: str) -> LookedUp:
        return (registries or {}).get(name, LookedUp())

    async def decisions(subject: str) -> Decisions:
        return Decisions([one for one in entries if one.subject_index == subject])

    async def called(subject: str, since: datetime, but: str) -> list[datetime]:
        return [clock.now()] * (attempts(since) if callable(attempts) else attempts)

    suppressions: Any = SimpleNamespace(hold=hold)
    looked_in: Any = SimpleNamespace(look_up=look_up)
    return Dialling(suppressions, looked_in, decisions, called, clock.now)


async def reason(refusal: Awaitable[NotNow | None]) -> str:
    """Why not; empty if they may be called."""
    refused = await refusal
    return refused.reason if refused else ""


async def test_whoever_is_in_nobodys_way_is_called(clock: ManualClock) -> None:
    assert await dialling(clock).refusal(policy(), PERSON, None) is None


async def test_each_obstacle_is_named_in_its_turn_and_without_digits(clock: ManualClock) -> None:
    demands: dict[str, Any] = {
        "forbidden": True,
        "call_consent": CallConsent.WRITTEN,
        "registries": frozenset({"us"}),
        "attempts": frozenset({Attempts(AttemptScope.SUBJECT, 7, 3)}),
        "hours": NEVER,
    }
    told = [await reason(dialling(clock, suppressed=True, attempts=3).refusal(policy(**demands), PERSON, None))]
    for met in list(demands):
        told.append(await reason(dialling(clock, attempts=3).refusal(policy(**demands), PERSON, None)))
        del demands[met]
    assert told == [
        "do-not-call",
        "forbidden by law",
        "no written consent to be called",
        "not looked up in the do-not-call registry",
        "called too often",
        "outside calling hours",
    ]
    assert not any(character.isdigit() for one in told for character in one)


async def test_what_is_forbidden_names_the_rows_of_the_law(clock: ManualClock) -> None:
    refused = await dialling(clock).refusal(policy(forbidden=True), PERSON, CallPurpose.SOLICITATION)
    assert refused
    assert "us-wa-announcing-device, us-ar-announcing-device" in refused.remedy
    assert "op26x policy explain" in refused.remedy


# Registries.


IN_US = {"registries": frozenset({"us"}), "registry_within_days": 31}
YES, LISTED = {"covered": True}, {"covered": True, "listed": True}


@pytest.mark.parametrize(
    ("days_old", "found", "why_not"),
    [
        (1, YES, ""),
        (30, YES, ""),
        (31, YES, "not looked up in the do-not-call registry"),
        (1, LISTED, "in the do-not-call registry"),
        (40, LISTED, "not looked up in the do-not-call registry"),
        (1, {"covered": False}, "not looked up in the do-not-call registry"),
    ],
)
async def test_who_is_called_was_looked_up_in_a_registry_that_is_fresh(
    clock: ManualClock, days_old: int, found: dict[str, bool], why_not: str
) -> None:
    looked_up = LookedUp(clock.now() - timedelta(days=days_old), **found)
    asked = dialling(clock, registries={"us": looked_up}).refusal(policy(**IN_US), PERSON, None)
    assert await reason(asked) == why_not


async def test_of_several_registries_each_is_asked(clock: ManualClock) -> None:
    both = policy(registries=frozenset({"us", "us-tx"}), registry_within_days=31)
    fresh = LookedUp(clock.now(), covered=True)
    assert await reason(dialling(clock, registries={"us": fresh, "us-tx": fresh}).refusal(both, PERSON, None)) == ""
    refused = await dialling(clock, registries={"us": fresh}).refusal(both, PERSON, None)
    assert refused
    assert "op26x registries import us-tx FILE" in refused.remedy
    assert "31 days" in refused.remedy


@pytest.mark.parametrize(
    ("number", "asked"),
    [("+4930901820", False), ("+12125550142", True), ("+17875550123", True), ("+18005550142", True), ("", True)],
)
async def test_only_registries_of_where_the_number_is_from_are_asked(
    clock: ManualClock, number: str, asked: bool
) -> None:
    person = Person("person", PhoneNumber(number))
    why_not = await reason(dialling(clock).refusal(policy(**IN_US), person, None))
    assert why_not == ("not looked up in the do-not-call registry" if asked else "")


# Consent.


async def test_a_registry_that_is_no_countrys_is_asked_about_everybody(clock: ManualClock) -> None:
    demands = policy(registries=frozenset({"company-list"}))
    for number in ("+4930901820", "+12125550142"):
        person = Person("person", PhoneNumber(number))
        assert (
            await reason(dialling(clock).refusal(demands, person, None)) == "not looked up in the do-not-call registry"
        )


@pytest.mark.parametrize(("days_ago", "may"), [(364, True), (366, False)])
async def test_consent_counts_for_as_long_as_the_law_says(clock: ManualClock, days_ago: int, may: bool) -> None:
    old = entry(clock, ConsentPurpose.MARKETING, kept=timedelta(days=2000))
    clock.advance(timedelta(days=days_ago).total_seconds())
    demands = policy(call_consent=CallConsent.EXPRESS, consent_within_days=365)
    refused = await dialling(clock, old).refusal(demands, PERSON, None)
    assert (refused is None) is may
    if refused:
        assert refused.remedy.endswith("It counts for 365 days.")


@pytest.mark.parametrize(("hours", "may"), [(1, True), (3, False)])
async def test_consent_that_was_given_for_a_time_ends_with_it(clock: ManualClock, hours: int, may: bool) -> None:
    given = entry(clock, ConsentPurpose.MARKETING)
    given.valid_until = clock.now() + timedelta(hours=2)
    clock.advance(timedelta(hours=hours).total_seconds())
    refused = await dialling(clock, given).refusal(policy(call_consent=CallConsent.EXPRESS), PERSON, None)
    assert (refused is None) is may


@pytest.mark.parametrize("state", [ConsentState.REFUSED, ConsentState.WITHDRAWN])
async def test_who_said_no_to_calls_is_not_called_where_nobody_needs_to_say_yes_either(
    clock: ManualClock, state: ConsentState
) -> None:
    no = entry(clock, state=state)
    assert await reason(dialling(clock, no).refusal(policy(), PERSON, None)) == "no consent to be called"
    clock.advance(1)
    yes = entry(clock, ConsentPurpose.MARKETING)
    assert await dialling(clock, no, yes).refusal(policy(), PERSON, None) is None, "who changed their mind"


SERVES = {
    CallPurpose.SERVICE: {ConsentPurpose.CALL, ConsentPurpose.MARKETING},
    CallPurpose.DEBT: {ConsentPurpose.CALL, ConsentPurpose.MARKETING},
    CallPurpose.SOLICITATION: {ConsentPurpose.MARKETING},
    None: {ConsentPurpose.MARKETING},
}


@pytest.mark.parametrize(("purpose", "agreed_to"), list(itertools.product(SERVES, ConsentPurpose)))
@pytest.mark.parametrize("needed", [CallConsent.EXPRESS, CallConsent.WRITTEN])
async def test_consent_serves_the_purpose_that_it_was_given_for(
    clock: ManualClock, purpose: CallPurpose | None, agreed_to: ConsentPurpose, needed: CallConsent
) -> None:
    refused = await dialling(clock, entry(clock, agreed_to)).refusal(policy(call_consent=needed), PERSON, purpose)
    assert (refused is None) == (agreed_to in SERVES[purpose])


@pytest.mark.parametrize(
    ("purpose", "wanted"), [(CallPurpose.SERVICE, "marketing or call."), (CallPurpose.SOLICITATION, "for marketing.")]
)
async def test_whoever_did_not_agree_may_be_asked_for_what_would_serve(
    clock: ManualClock, purpose: CallPurpose, wanted: str
) -> None:
    refused = await dialling(clock).refusal(policy(call_consent=CallConsent.EXPRESS), PERSON, purpose)
    assert refused
    assert refused.reason == "no consent to be called"
    assert refused.remedy.endswith(wanted)


@pytest.mark.parametrize(
    ("evidence", "written"),
    [
        *[("form", True), ("letter", True)],
        *[("words", False), ("digit", False), ("mark", False), ("operator", False), ("", False)],
    ],
)
async def test_only_a_form_and_a_letter_are_in_writing(clock: ManualClock, evidence: str, written: bool) -> None:
    desk = dialling(clock, entry(clock, evidence=evidence))
    assert await desk.refusal(policy(call_consent=CallConsent.EXPRESS), PERSON, CallPurpose.SERVICE) is None
    refused = await reason(desk.refusal(policy(call_consent=CallConsent.WRITTEN), PERSON, CallPurpose.SERVICE))
    assert refused == ("" if written else "no written consent to be called")


async def test_of_two_consents_one_in_writing_is_enough(clock: ManualClock) -> None:
    spoken, written = entry(clock, ConsentPurpose.MARKETING, evidence="words"), entry(clock, evidence="letter")
    demands = policy(call_consent=CallConsent.WRITTEN)
    assert await dialling(clock, spoken, written).refusal(demands, PERSON, CallPurpose.SERVICE) is None
    assert await dialling(clock, spoken).refusal(demands, PERSON, CallPurpose.SERVICE)


@pytest.mark.parametrize("state", [state for state in ConsentState if state is not ConsentState.GRANTED])
async def test_only_what_was_granted_is_consent(clock: ManualClock, state: ConsentState) -> None:
    desk = dialling(clock, entry(clock, state=state))
    demands = policy(call_consent=CallConsent.EXPRESS)
    assert await reason(desk.refusal(demands, PERSON, CallPurpose.SERVICE)) == "no consent to be called"


async def test_an_entry_that_is_over_does_not_count(clock: ManualClock) -> None:
    desk = dialling(clock, entry(clock, kept=timedelta(seconds=60)))
    demands = policy(call_consent=CallConsent.EXPRESS)
    clock.advance(59)
    assert await desk.refusal(demands, PERSON, CallPurpose.SERVICE) is None
    clock.advance(1)
    assert await reason(desk.refusal(demands, PERSON, CallPurpose.SERVICE)) == "no consent to be called"


EXPRESS = policy(call_consent=CallConsent.EXPRESS)


def said(state: ConsentState, subject: str = "person") -> ConsentGiven:
    """What a person decided about being called."""
    return ConsentGiven(subject, "", state, "form", f"{state} {subject}", purpose=ConsentPurpose.CALL)


@pytest.mark.parametrize("later", [ConsentState.REFUSED, ConsentState.WITHDRAWN])
async def test_what_was_decided_last_counts(workspace: Workspace, clock: ManualClock, later: ConsentState) -> None:
    asked = []
    for state in (ConsentState.GRANTED, later, ConsentState.GRANTED):
        await workspace.consents.add(said(state))
        asked.append(await reason(workspace.dialling.refusal(EXPRESS, PERSON, CallPurpose.SERVICE)))
        clock.advance(1)
    assert asked == ["", "no consent to be called", ""]


@pytest.mark.parametrize("purpose", SERVES)
@pytest.mark.parametrize("state", [ConsentState.REFUSED, ConsentState.WITHDRAWN])
async def test_whoever_will_not_be_called_agreed_to_nothing_older_and_may_agree_anew(
    workspace: Workspace, clock: ManualClock, purpose: CallPurpose | None, state: ConsentState
) -> None:
    asked = []
    for given in (
        ConsentGiven.in_writing("person", ConsentPurpose.MARKETING, "an older form"),
        said(state),
        ConsentGiven.in_writing("person", ConsentPurpose.MARKETING, "a newer form"),
    ):
        await workspace.consents.add(given)
        asked.append(await reason(workspace.dialling.refusal(EXPRESS, PERSON, purpose)))
        clock.advance(1)
    assert asked == ["", "no consent to be called", ""]


async def test_whoever_agrees_to_calls_anew_has_not_agreed_anew_to_what_they_took_back(
    workspace: Workspace, clock: ManualClock
) -> None:
    for given in (
        ConsentGiven.in_writing("person", ConsentPurpose.MARKETING, "an older form"),
        said(ConsentState.WITHDRAWN),
        said(ConsentState.GRANTED),
    ):
        await workspace.consents.add(given)
        clock.advance(1)
    assert await workspace.dialling.refusal(EXPRESS, PERSON, CallPurpose.SERVICE) is None
    refused = await reason(workspace.dialling.refusal(EXPRESS, PERSON, CallPurpose.SOLICITATION))
    assert refused == "no consent to be called"


async def test_whoever_wants_no_advertising_may_still_be_served(workspace: Workspace, clock: ManualClock) -> None:
    await workspace.consents.add(said(ConsentState.GRANTED))
    clock.advance(1)
    withdrawn = ConsentGiven("person", "", ConsentState.WITHDRAWN, "words", purpose=ConsentPurpose.MARKETING)
    await workspace.consents.add(withdrawn)
    assert await workspace.dialling.refusal(EXPRESS, PERSON, CallPurpose.SERVICE) is None
    assert await workspace.dialling.refusal(EXPRESS, PERSON, CallPurpose.SOLICITATION)


async def test_an_older_consent_that_is_imported_later_undoes_no_withdrawal(
    workspace: Workspace, clock: ManualClock
) -> None:
    await workspace.consents.add(said(ConsentState.WITHDRAWN))
    clock.advance(60)
    older, newer = clock.now() - timedelta(days=1), clock.now()
    await workspace.consents.add_all([(said(ConsentState.GRANTED), older)], "test")
    assert await workspace.dialling.refusal(EXPRESS, PERSON, CallPurpose.SERVICE)
    form = ConsentGiven.in_writing("person", ConsentPurpose.CALL, "another form")
    await workspace.consents.add_all([(form, newer)], "test")
    assert await workspace.dialling.refusal(EXPRESS, PERSON, CallPurpose.SERVICE) is None


async def test_consent_by_one_number_never_counts_for_another(workspace: Workspace) -> None:
    agreed, other = (workspace.index.of(PhoneNumber(number)) for number in ("+12125550123", "+12125550124"))
    await workspace.consents.add(said(ConsentState.GRANTED, agreed))
    await workspace.consents.add(said(ConsentState.GRANTED, ""))
    assert await workspace.dialling.refusal(EXPRESS, replace(PERSON, subject=agreed), CallPurpose.SERVICE) is None
    for subject in (other, ""):
        refused = await reason(
            workspace.dialling.refusal(EXPRESS, replace(PERSON, subject=subject), CallPurpose.SERVICE)
        )
        assert refused == "no consent to be called"


# How often.


@pytest.fixture
def place(workspace: Workspace, arrival: Arrive) -> Callable[..., Awaitable[str]]:
    """Places a call, to a person in New York if nothing is said; returns its identifier."""
    numbers = itertools.count(1)

    async def begin(**changes: Any) -> str:
        placed = {"direction": Direction.OUTBOUND, "provider_call_id": f"CA{next(numbers)}"} | changes
        return (await workspace.calls.begin(arrival(**placed), "clinic", CallState.QUEUED)).id

    return begin


Place = Callable[..., Awaitable[str]]


@pytest.fixture
def person(workspace: Workspace, arrival: Arrive) -> Person:
    """Whom these calls are to."""
    return Person.of(arrival(), workspace.index)


async def test_attempts_are_counted_in_a_window_that_rolls(
    workspace: Workspace, clock: ManualClock, place: Place, person: Person
) -> None:
    twice_a_week, day = in_limits((2, 7)), 86400
    await place()
    clock.advance(3 * day)
    assert await workspace.dialling.refusal(twice_a_week, person, None) is None
    await place()
    refused = await workspace.dialling.refusal(twice_a_week, person, None)
    assert refused
    assert refused.reason == "called too often"
    assert "2 in 7 days for each subject" in refused.remedy
    assert refused.again == clock.now() + timedelta(days=4)
    clock.advance(4 * day - 1)
    assert await workspace.dialling.refusal(twice_a_week, person, None)
    clock.advance(1)
    assert await workspace.dialling.refusal(twice_a_week, person, None) is None, "the first was a week ago"


async def test_the_call_in_question_is_not_counted(workspace: Workspace, place: Place, person: Person) -> None:
    once = in_limits((1, 1))
    call_id = await place()
    assert await workspace.dialling.refusal(once, person, None, call_id) is None
    assert await workspace.dialling.refusal(once, person, None)
    await place()
    assert await workspace.dialling.refusal(once, person, None, call_id)


async def test_only_calls_that_were_placed_to_that_person_count(
    workspace: Workspace, place: Place, person: Person
) -> None:
    await place(direction=Direction.INBOUND)
    await place(provider_call_id="")
    await place(called=PhoneNumber("+12125550777"))
    assert await workspace.dialling.refusal(in_limits((1, 30)), person, None) is None
    await place()
    assert await workspace.dialling.refusal(in_limits((1, 30)), person, None)


@pytest.mark.parametrize(
    ("in_a_day", "in_a_week", "broken"),
    [(2, 6, ""), (3, 3, "3 in 1 day "), (0, 7, "7 in 7 days "), (3, 7, "7 in 7 days ")],
)
async def test_of_several_limits_each_holds_and_the_one_is_told_that_holds_longest(
    clock: ManualClock, in_a_day: int, in_a_week: int, broken: str
) -> None:
    def attempts(since: datetime) -> int:
        return in_a_day if since == clock.now() - timedelta(days=1) else in_a_week

    refused = await dialling(clock, attempts=attempts).refusal(in_limits((7, 7), (3, 1)), PERSON, None)
    assert (broken in refused.remedy) if refused else not broken


# The hour.


async def test_outside_calling_hours_it_is_told_from_when_on(clock: ManualClock) -> None:
    desk, by_day = dialling(clock), policy(NEW_YORK, hours=BY_DAY)
    refused = await desk.refusal(by_day, PERSON, None)
    assert refused
    assert refused.reason == "outside calling hours"
    assert refused.remedy == "They may be called from 2026-01-05 14:00 UTC on."
    clock.advance(5 * 3600)
    assert await desk.refusal(by_day, PERSON, None) is None
    clock.advance(12 * 3600)
    assert await reason(desk.refusal(by_day, PERSON, None)) == "outside calling hours"


async def test_of_several_zones_all_must_be_open(clock: ManualClock) -> None:
    desk, on_both_coasts = dialling(clock), policy(NEW_YORK, LOS_ANGELES, hours=BY_DAY)
    clock.advance(5 * 3600)
    refused = await desk.refusal(on_both_coasts, PERSON, None)
    assert refused
    assert "2026-01-05 17:00 UTC" in refused.remedy
    clock.advance(3 * 3600)
    assert await desk.refusal(on_both_coasts, PERSON, None) is None


async def test_where_the_hours_of_several_zones_never_meet_it_says_so(clock: ManualClock) -> None:
    in_the_morning = CallingHours((((9 * 60, 10 * 60),),) * 7)
    refused = await dialling(clock).refusal(policy(NEW_YORK, "Asia/Tokyo", hours=in_the_morning), PERSON, None)
    assert refused
    assert "all of America/New_York, Asia/Tokyo" in refused.remedy


async def test_whoever_may_be_anywhere_is_called_at_no_hour(clock: ManualClock) -> None:
    anywhere = Policies().resolve(PolicyCall(ANYWHERE, whereabouts("+12125550199"), clock.now(), outbound=True))
    agreed = entry(clock, ConsentPurpose.MARKETING)
    for _ in range(7 * 24):
        registries = {"us": LookedUp(clock.now(), covered=True)}
        refused = await dialling(clock, agreed, registries=registries).refusal(anywhere, PERSON, None)
        assert refused == NotNow("outside calling hours", "Where they are is not known.")
        agreed = entry(clock, ConsentPurpose.MARKETING)
        clock.advance(3600)
