"""Resolving: the law of every place that a call touches, at its time, and what everybody else demands."""

from datetime import UTC, datetime

import pytest

from framework.policy.lawbook import NOW, call, demand, resolved, somewhere
from op26x.errors import PolicyError
from op26x.policy import (
    UNKNOWN,
    Attempts,
    CallPurpose,
    Ground,
    Policies,
    PolicyCall,
    RecordingMode,
    Whereabouts,
    whereabouts,
)
from op26x.policy.places import check_place
from op26x.policy.rules import AttemptScope

BEFORE = datetime(2026, 8, 1, 12, tzinfo=UTC)
"""A day before Regulation (EU) 2024/1689 art. 50 holds."""
ANY, DAILY = "at any time", "Mon-Sun "
UNKNOWN_HOURS = "Mon-Fri 10:00-13:00 and 14:00-17:00, Sat-Sun closed, public holidays closed"

ANSWERED = """
US-CA    announce   listening  start
US-TX    one-party  -          -
US-WA    announce   -          -
US-FL    announce   -          -
US-CT    announce   -          -
US-UT    one-party  -          asked,start
US-ME    one-party  -          start
DE       assent     -          start
FR       assent     -          start
ES       assent     -          start
RE       assent     -          start
GB       announce   -          -
CA-ON    announce   -          -
IN       assent     -          asked,start
JP       assent     listening  asked,start
IM       assent     listening  asked,start
unknown  assent     listening  asked,start
"""
"""Of each place: when a call may be recorded, whether a notice is needed to listen, when the machine is told of."""

SOLICITED = {
    "US-CA": ("written", False, DAILY + "09:00-21:00"),
    "US-TX": ("written", False, "Mon-Sat 09:00-21:00, Sun 12:00-21:00"),
    "US-WA": ("written", True, DAILY + "08:00-20:00"),
    "US-FL": ("written", False, DAILY + "08:00-20:00"),
    "US-CT": ("written", False, DAILY + "09:00-20:00"),
    "US-RI": ("written", False, "Mon-Fri 09:00-18:00, Sat 10:00-17:00, Sun closed, public holidays closed"),
    "US-GA": ("written", False, DAILY + "08:00-21:00"),
    "PR": ("written", False, DAILY + "08:00-21:00"),
    "DE": ("express", False, "Mon-Sat 09:00-20:00, Sun closed, public holidays closed"),
    "FR": ("express", False, "Mon-Fri 10:00-13:00 and 14:00-20:00, Sat-Sun closed, public holidays closed"),
    "ES": ("express", False, "Mon-Fri 09:00-21:00, Sat-Sun closed, public holidays closed"),
    "IT": ("express", False, UNKNOWN_HOURS),
    "GB": ("express", False, DAILY + "08:00-21:00"),
    "IN": ("written", False, DAILY + "09:00-21:00"),
    "JP": ("written", False, UNKNOWN_HOURS),
    UNKNOWN: ("written", False, UNKNOWN_HOURS),
}
"""Of each place: what must be agreed before somebody is sold something, whether that is forbidden, and when."""

SERVED = {
    "US-CA": ("express", ANY),
    "US-TX": ("express", ANY),
    "US-WA": ("express", ANY),
    "US-FL": ("express", ANY),
    "US-CT": ("written", ANY),
    "US-NE": ("express", DAILY + "08:00-21:00"),
    "DE": ("none", ANY),
    "FR": ("none", ANY),
    "ES": ("none", ANY),
    "IT": ("none", UNKNOWN_HOURS),
    "GB": ("none", ANY),
    "IN": ("written", ANY),
    "JP": ("written", UNKNOWN_HOURS),
    UNKNOWN: ("written", UNKNOWN_HOURS),
}
"""Of each place: what must be agreed before somebody is called about what they use, and when."""


@pytest.mark.parametrize(("place", "mode", "listening", "told"), [line.split() for line in ANSWERED.split("\n")[1:-1]])
@pytest.mark.parametrize("outbound", [False, True])
def test_recording_listening_and_disclosure_are_as_the_place_has_them(
    place: str, mode: str, listening: str, told: str, outbound: bool
) -> None:
    policy = resolved(place, outbound=outbound, purpose=CallPurpose.SERVICE)
    assert policy.recording == mode
    assert policy.listening_notice is (listening == "listening")
    assert ",".join(sorted(policy.ai_disclosure)) == told.strip("-")


@pytest.mark.parametrize("place", SOLICITED)
def test_selling_is_under_the_law_of_selling(place: str) -> None:
    policy = resolved(place, purpose=CallPurpose.SOLICITATION)
    assert (policy.call_consent, policy.forbidden, str(policy.hours)) == SOLICITED[place]


@pytest.mark.parametrize("place", SERVED)
def test_service_is_under_what_holds_for_every_call(place: str) -> None:
    policy = resolved(place, purpose=CallPurpose.SERVICE)
    assert (policy.call_consent, str(policy.hours)) == SERVED[place]
    assert not policy.forbidden


@pytest.mark.parametrize("place", sorted({*SOLICITED, *SERVED}))
@pytest.mark.parametrize("purpose", [CallPurpose.SOLICITATION, CallPurpose.SERVICE])
def test_who_calls_us_needs_no_consent_no_hours_and_no_register(place: str, purpose: CallPurpose) -> None:
    policy = resolved(place, outbound=False, purpose=purpose)
    assert (policy.call_consent, policy.forbidden, str(policy.hours)) == ("none", False, ANY)
    assert (policy.attempts, policy.registry_within_days) == (frozenset(), None)
    assert not policy.identify_caller
    assert not policy.opt_out


@pytest.mark.parametrize(
    ("place", "field", "value"),
    [
        ("US-WA", "announcement_recorded", True),
        ("US-CA", "announcement_recorded", False),
        ("US-WA", "identify_within_s", 30),
        ("US-WA", "end_within_s", 10),
        ("US-CT", "identify_within_s", 10),
        ("US-TX", "identify_caller", True),
        ("US-TX", "opt_out", True),
        ("US-TX", "registry_within_days", 31),
        ("IN", "registry_within_days", 1),
        ("ES", "human_on_request", True),
        ("DE", "human_on_request", False),
        ("US-FL", "attempts", {Attempts(AttemptScope.SUBJECT, 1, 3)}),
        ("FR", "attempts", {Attempts(AttemptScope.SUBJECT, 30, 4)}),
        ("US-TX", "attempts", set()),
    ],
)
def test_what_only_some_places_demand(place: str, field: str, value: object) -> None:
    assert getattr(resolved(place, purpose=CallPurpose.SOLICITATION), field) == value


def test_debt_has_hours_and_limits_of_its_own() -> None:
    policy = resolved("US-TX", purpose=CallPurpose.DEBT)
    assert str(policy.hours) == "Mon-Sun 08:00-21:00"
    assert policy.attempts == {Attempts(AttemptScope.DEBT, 7, 7)}
    assert policy.call_consent == "express"


@pytest.mark.parametrize("place", ["DE", "FR", "ES", "IT"])
@pytest.mark.parametrize("outbound", [False, True])
def test_in_europe_a_machine_is_told_of_from_the_day_on_which_it_must_be(place: str, outbound: bool) -> None:
    last, first = (datetime(2026, 8, day, 12, tzinfo=UTC) for day in (1, 2))
    policies = [resolved(place, outbound=outbound, purpose=CallPurpose.SERVICE, at=at) for at in (last, first)]
    assert [policy.ai_disclosure for policy in policies] == [frozenset(), {"start"}]
    assert policies[0].recording == "assent"


def test_what_will_be_law_is_not_yet_a_duty() -> None:
    before, then = (resolved("DE", at=datetime(2026, 12, day, tzinfo=UTC)).duties for day in (1, 2))
    assert {"Mark synthetic audio as such in a machine-readable way."} == then - before
    before, then = (resolved("FR", at=at).decided_by.get("duties", ()) for at in (BEFORE, NOW))
    assert "fr-consent" not in before
    assert "fr-consent" in then


@pytest.mark.parametrize("at", ["1970-01-01", "2023-12-31 23:59:59", "2100-01-01", "2126-11-27"])
def test_by_a_clock_that_is_wrong_by_years_nothing_is_resolved(at: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    with pytest.raises(PolicyError, match=f"The clock says {moment.date()}") as caught:
        Policies().resolve(call("DE", at=moment))
    assert "clock" in caught.value.remedy


@pytest.mark.parametrize("at", ["2024-01-01", "2099-12-31"])
def test_a_clock_that_may_be_right_is_believed(at: str) -> None:
    assert resolved("DE", at=datetime.fromisoformat(at).replace(tzinfo=UTC)).recording == "assent"


@pytest.mark.parametrize("proved", [None, *Ground])
def test_proof_lifts_what_names_it(proved: Ground | None) -> None:
    grounds = frozenset({proved} if proved else ())
    california = resolved("US-CA", outbound=False, grounds=grounds)
    assert california.listening_notice is (proved is not Ground.PROCESSORS_MAY_NOT_USE_DATA)
    assert (california.recording, california.ai_disclosure) == ("announce", {"start"})
    utah = resolved("US-UT", purpose=CallPurpose.SOLICITATION, grounds=grounds)
    lifted, held = "Mon-Sun 08:00-21:00", "Mon-Sat 08:00-21:00, Sun closed, public holidays closed"
    assert str(utah.hours) == (lifted if proved is Ground.PRIOR_EXPRESS_CONSENT else held)
    france = resolved("FR", purpose=CallPurpose.SOLICITATION, grounds=grounds)
    assert bool(france.duties) is (proved is not Ground.CURRENT_CONTRACT)
    assert france.call_consent == "express"


@pytest.mark.parametrize(
    ("person", "ours", "mode", "told"),
    [
        ("US-TX", "DE", RecordingMode.ASSENT, {"start"}),
        ("DE", "US-TX", RecordingMode.ASSENT, {"start"}),
        ("US-TX", "US-FL", RecordingMode.ANNOUNCE, set()),
        ("US-TX", UNKNOWN, RecordingMode.ASSENT, {"start", "asked"}),
        ("US-TX", "US-TX", RecordingMode.ONE_PARTY, set()),
    ],
)
def test_the_law_of_both_sides_holds(person: str, ours: str, mode: RecordingMode, told: set[str]) -> None:
    policy = resolved(person, ours=ours, outbound=False)
    assert (policy.recording, policy.ai_disclosure) == (mode, told)
    assert set(policy.places) == {person, ours}


def test_a_number_that_may_be_in_several_places_is_under_the_law_of_each() -> None:
    person = whereabouts("+15125550123").also_in(["US-WA", "FR"])
    policy = Policies().resolve(PolicyCall(person, somewhere("US-TX"), NOW))
    assert policy.places == ("FR", "US-TX", "US-WA")
    assert policy.zones == ("America/Chicago", "America/Los_Angeles", "Europe/Paris")
    assert policy.recording == "assent"
    assert policy.announcement_recorded


def test_zones_are_those_of_the_person_and_not_ours() -> None:
    person = Whereabouts(frozenset({"DE"}), frozenset({"Europe/Berlin"}))
    ours = Whereabouts(frozenset({"US-TX"}), frozenset({"America/Chicago"}))
    assert Policies().resolve(PolicyCall(person, ours, NOW)).zones == ("Europe/Berlin",)


def test_what_others_demand_tightens_the_law_and_never_loosens_it() -> None:
    tighter = demand("agent", recording=RecordingMode.OFF, keep_at_most_days=30)
    looser = demand("organization", recording=RecordingMode.ONE_PARTY)
    policy = resolved("US-TX", demands=(tighter, looser))
    assert (policy.recording, policy.keep_at_most_days) == ("off", 30)
    assert resolved("DE", demands=(looser,)).recording == "assent"


@pytest.mark.parametrize("place", ["DE", "US-CA", "CA-ON", "IM"])
def test_a_place_that_there_is_is_taken_as_it_is(place: str) -> None:
    assert check_place(place) == place


@pytest.mark.parametrize("place", ["US", "EU", "CA"])
def test_a_place_whose_parts_have_laws_of_their_own_is_none(place: str) -> None:
    with pytest.raises(PolicyError, match=f"The law is not the same in all of {place}"):
        check_place(place)


@pytest.mark.parametrize("place", ["", "XX", "Germany", "us-ca", UNKNOWN])
def test_a_place_that_there_is_not_is_named_with_its_remedy(place: str) -> None:
    with pytest.raises(PolicyError, match=f"There is no place '{place}'") as caught:
        check_place(place)
    assert "ISO 3166" in caught.value.remedy
