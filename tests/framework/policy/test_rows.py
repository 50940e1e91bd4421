"""Rows: each demands what its fields say, of the calls that it is about, on the days on which it holds."""

from datetime import date
from typing import Any

import msgspec
import pytest

from framework.policy.lawbook import row
from op26x.policy import (
    ALWAYS,
    Attempts,
    CallConsent,
    CallingHours,
    CallPurpose,
    Circumstances,
    Disclosure,
    Ground,
    RecordingMode,
    Rules,
)
from op26x.policy.rules import AttemptScope

TODAY = date(2026, 11, 27)
OF_EVERY_CALL: list[tuple[dict[str, Any], Rules]] = [
    ({"mode": "one-party"}, Rules()),
    ({"mode": "announce"}, Rules(recording=RecordingMode.ANNOUNCE)),
    ({"mode": "assent"}, Rules(recording=RecordingMode.ASSENT)),
    ({"mode": "off"}, Rules(recording=RecordingMode.OFF)),
    ({"on_recording": True}, Rules(announcement_recorded=True)),
    ({"listening": True}, Rules(listening_notice=True)),
    (
        {"ai_disclosure": ["start", "asked"]},
        Rules(ai_disclosure=frozenset({Disclosure.START, Disclosure.ASKED})),
    ),
    ({"human_on_request": True}, Rules(human_on_request=True)),
]
OF_CALLS_THAT_WE_PLACE: list[tuple[dict[str, Any], Rules]] = [
    ({"forbidden": True}, Rules(forbidden=True)),
    ({"consent": "written"}, Rules(call_consent=CallConsent.WRITTEN)),
    ({"consent_within_days": 365}, Rules(consent_within_days=365)),
    ({"registry": "us"}, Rules(registries=frozenset({"us"}))),
    ({"registry_within_days": 31}, Rules(registry_within_days=31)),
    ({"identify": True}, Rules(identify_caller=True)),
    ({"identify_within": 30}, Rules(identify_within_s=30.0)),
    ({"end_within": 2.5}, Rules(end_within_s=2.5)),
    ({"opt_out": True}, Rules(opt_out=True)),
    ({"duty": "Register."}, Rules(duties=frozenset({"Register."}))),
    (
        {"attempts": [{"n": 3, "days": 1, "scope": "subject"}]},
        Rules(attempts=frozenset({Attempts(AttemptScope.SUBJECT, 1, 3)})),
    ),
    ({"window": "08:00-21:00"}, Rules(hours=CallingHours((((480, 1260),),) * 7))),
]


def spans(*week: str) -> CallingHours:
    """The hours of each day, ``9-17 18-20``; one day is as all are."""
    days = week * 7 if len(week) == 1 else week
    return CallingHours(
        tuple(tuple((int(a) * 60, int(b) * 60) for a, b in (one.split("-") for one in day.split())) for day in days)
    )


@pytest.mark.parametrize(("fields", "rules"), [*OF_EVERY_CALL, *OF_CALLS_THAT_WE_PLACE])
def test_a_row_demands_what_its_field_says_and_nothing_else(fields: dict[str, Any], rules: Rules) -> None:
    assert row(**fields).rules("JP") == rules


def test_a_row_of_which_nothing_is_said_demands_nothing() -> None:
    assert row().rules("JP") == Rules()


def test_every_field_that_demands_something_is_tried_here() -> None:
    about = {
        "id",
        "place",
        "cite",
        "confidence",
        "note",
        "effective",
        "until",
        "purpose",
        "unless",
        "partial",
        "every_call",
    }
    days = {"saturday", "sunday", "days", "closed"}
    tried = {name for fields, _ in (*OF_EVERY_CALL, *OF_CALLS_THAT_WE_PLACE) for name in fields}
    assert {field.encode_name for field in msgspec.structs.fields(type(row()))} == about | days | tried


@pytest.mark.parametrize("fields", [fields for fields, _ in OF_EVERY_CALL])
@pytest.mark.parametrize("outbound", [True, False])
def test_recording_listening_and_what_is_asked_are_about_every_call(fields: dict[str, Any], outbound: bool) -> None:
    assert row(**fields).applies(Circumstances(TODAY, outbound))


@pytest.mark.parametrize("fields", [fields for fields, _ in OF_CALLS_THAT_WE_PLACE])
def test_all_else_is_about_calls_that_we_place(fields: dict[str, Any]) -> None:
    assert row(**fields).applies(Circumstances(TODAY, outbound=True))
    assert not row(**fields).applies(Circumstances(TODAY, outbound=False))


@pytest.mark.parametrize(
    ("dates", "day", "holds"),
    [
        ({}, "2024-01-01", True),
        ({"effective": "2027-01-01"}, "2026-12-31", False),
        ({"effective": "2027-01-01"}, "2027-01-01", True),
        ({"effective": "2027-01-01"}, "2040-01-01", True),
        ({"until": "2027-01-31"}, "2026-01-01", True),
        ({"until": "2027-01-31"}, "2027-01-31", True),
        ({"until": "2027-01-31"}, "2027-02-01", False),
        ({"effective": "2027-01-01", "until": "2027-01-01"}, "2027-01-01", True),
    ],
)
def test_a_row_holds_from_its_first_day_to_its_last(dates: dict[str, str], day: str, holds: bool) -> None:
    assert row(**dates).holds_on(date.fromisoformat(day)) is holds
    assert row(mode="off", **dates).applies(Circumstances(date.fromisoformat(day))) is holds


@pytest.mark.parametrize("purpose", CallPurpose)
def test_a_row_of_a_purpose_is_about_such_calls_and_those_whose_purpose_nobody_says(purpose: CallPurpose) -> None:
    of_debt = row(mode="off", purpose="debt")
    assert of_debt.applies(Circumstances(TODAY, purpose=purpose)) is (purpose is CallPurpose.DEBT)
    assert of_debt.applies(Circumstances(TODAY))
    assert row(mode="off").applies(Circumstances(TODAY, purpose=purpose))


@pytest.mark.parametrize("proved", Ground)
def test_a_ground_lifts_the_rows_that_name_it_and_no_others(proved: Ground) -> None:
    circumstances = Circumstances(TODAY, grounds=frozenset({proved}))
    names = {Ground.CURRENT_CONTRACT, Ground.PRIOR_EXPRESS_CONSENT}
    liftable = row(mode="off", unless=sorted(names))
    assert liftable.lifted_by(circumstances) == (proved.value if proved in names else "")
    assert liftable.lifted_by(Circumstances(TODAY)) == ""
    assert row(mode="off").lifted_by(circumstances) == ""


def test_an_override_lifts_the_row_that_it_names_and_no_other() -> None:
    circumstances = Circumstances(TODAY, overridden=(("jp-law", "override 1"),))
    assert row(id="jp-law", mode="off").lifted_by(circumstances) == "override 1"
    assert row(id="jp-other", mode="off").lifted_by(circumstances) == ""


@pytest.mark.parametrize(
    ("fields", "hours"),
    [
        ({"window": "09:00-17:00"}, spans("9-17")),
        ({"window": "10:00-13:00,14:00-20:00"}, spans("10-13 14-20")),
        ({"window": "00:00-24:00"}, ALWAYS),
        ({"window": "09:00-20:00", "saturday": "10:00-17:00"}, spans(*["9-20"] * 5, "10-17", "9-20")),
        ({"window": "09:00-20:00", "sunday": "12:00-20:00"}, spans(*["9-20"] * 6, "12-20")),
        ({"sunday": "12:00-20:00"}, spans(*["0-24"] * 6, "12-20")),
        ({"window": "09:00-20:00", "closed": ["sat", "sun"]}, spans(*["9-20"] * 5, "", "")),
        ({"closed": ["sun"]}, spans(*["0-24"] * 6, "")),
        ({"window": "09:00-20:00", "days": ["mon", "wed"]}, spans("9-20", "", "9-20", "", "", "", "")),
        ({"saturday": "10:00-17:00", "days": ["fri", "sat"]}, spans("", "", "", "", "0-24", "10-17", "")),
        ({"saturday": "10:00-17:00", "days": ["fri", "sat"], "closed": ["sat"]}, spans("", "", "", "", "0-24", "", "")),
    ],
)
def test_windows_days_and_closed_days_are_the_hours_of_a_week(fields: dict[str, Any], hours: CallingHours) -> None:
    assert row(**fields).rules("JP").hours == hours


@pytest.mark.parametrize("place", ["FR", "RE"])
def test_the_holidays_on_which_it_is_closed_are_those_where_the_person_is(place: str) -> None:
    hours = row(place="FR", window="09:00-20:00", closed=["sun", "holidays"]).rules(place).hours
    assert hours == CallingHours((*spans("9-20").week[:6], ()), frozenset({place}))


@pytest.mark.parametrize("window", ["25:00-26:00", "09:60-10:00", "09:00-24:01"])
def test_a_window_has_times_of_day(window: str) -> None:
    with pytest.raises(ValueError, match="no time of day"):
        row(window=window).rules("JP")


@pytest.mark.parametrize(("place", "places"), [("JP", ("JP",)), (["US-MI", "US-MN"], ("US-MI", "US-MN"))])
def test_a_row_may_be_the_law_of_several_places(place: str | list[str], places: tuple[str, ...]) -> None:
    assert row(place=place).places == places
