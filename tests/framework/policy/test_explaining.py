"""Explaining: each field in words, who decided it by which law, and what would loosen it."""

from typing import Any

import pytest

from framework.policy.lawbook import call, demand, law, resolved
from op26x.policy import (
    UNKNOWN,
    Attempts,
    CallConsent,
    CallPurpose,
    Disclosure,
    EffectivePolicy,
    LawTables,
    Line,
    Policies,
    RecordingMode,
    Rules,
    explained,
    what_differs,
)
from op26x.policy.rules import AttemptScope


def line(policy: EffectivePolicy, field: str, *by: LawTables) -> Line:
    """The line of one field."""
    (found,) = [one for one in explained(policy, *by) if one.field == field]
    return found


def test_every_field_has_a_line_and_what_somebody_demanded_comes_first() -> None:
    lines = explained(resolved("US-CA", outbound=False))
    assert {one.field for one in lines} == set(Rules.__struct_fields__)
    assert len(lines) == len(Rules.__struct_fields__)
    assert {one.field for one in lines[:3]} == {"recording", "listening_notice", "ai_disclosure"}
    assert [bool(one.decided_by) for one in lines] == [True] * 3 + [False] * (len(lines) - 3)


def test_a_law_is_named_with_its_text_place_and_note() -> None:
    (deciding,) = line(resolved("US-WA", outbound=False), "announcement_recorded").decided_by
    assert deciding.source == "us-wa-recording"
    assert deciding.cite == "RCW 9.73.030"
    assert (deciding.place, deciding.confidence) == ("US-WA", "high")
    assert deciding.note == "announcement must itself be on the recording"
    assert deciding.loosened_by == "nothing"


def test_a_law_of_several_places_names_them_all() -> None:
    (deciding,) = line(resolved("US-MN", purpose=CallPurpose.SOLICITATION), "hours").decided_by
    assert deciding.place == "US-MI, US-MN, US-NM"


@pytest.mark.parametrize(
    ("place", "field", "loosened_by"),
    [
        ("US-CA", "listening_notice", "proof of processor-may-not-use-data"),
        ("US-UT", "hours", "proof of prior-express-consent"),
        (UNKNOWN, "recording", "a place that is known"),
        ("JP", "listening_notice", "a place that is known"),
        ("DE", "ai_disclosure", "nothing"),
    ],
)
def test_what_would_lift_a_law_is_told(place: str, field: str, loosened_by: str) -> None:
    policy = resolved(place, purpose=CallPurpose.SOLICITATION)
    assert [one.loosened_by for one in line(policy, field).decided_by] == [loosened_by]


def test_all_that_would_lift_a_law_is_told() -> None:
    unless = ["current-contract", "prior-express-consent"]
    rows = law(default=({"place": UNKNOWN, "mode": "off", "unless": unless, "until": "2027-01-31"},))
    (deciding,) = line(Policies(rows).resolve(call("JP")), "recording", rows).decided_by
    assert deciding.loosened_by == (
        "proof of current-contract or proof of prior-express-consent or a place that is known or 2027-01-31 passing"
    )


@pytest.mark.parametrize(
    ("source", "loosened_by"),
    [
        ("agent", "a looser agent"),
        ("organization", "a looser organization"),
        ("installation", "a looser installation"),
        ("plugin weather", "a looser plugin"),
    ],
)
def test_what_is_no_law_cites_none(source: str, loosened_by: str) -> None:
    policy = resolved("US-TX", demands=(demand(source, recording=RecordingMode.OFF),))
    (deciding,) = line(policy, "recording").decided_by
    assert (deciding.source, deciding.cite, deciding.place) == (source, "", "")
    assert deciding.loosened_by == loosened_by


def test_all_who_decided_are_named() -> None:
    policy = resolved("US-TX", demands=(demand("agent", opt_out=True),))
    assert [one.source for one in line(policy, "opt_out").decided_by] == ["agent", "us-opt-out"]


def test_what_nobody_demanded_was_decided_by_nobody() -> None:
    assert line(resolved("DE"), "keep_at_most_days") == Line("keep_at_most_days", "no limit", ())


@pytest.mark.parametrize(
    ("demands", "words"),
    [
        ({"recording": RecordingMode.ASSENT}, "assent"),
        ({"recording": RecordingMode.ONE_PARTY}, "one-party"),
        ({"opt_out": True}, "yes"),
        ({"opt_out": False}, "no"),
        ({"call_consent": CallConsent.WRITTEN}, "written"),
        ({"longest_s": 600.0}, "600"),
        ({"longest_s": 2.5}, "2.5"),
        ({"longest_s": None}, "no limit"),
        ({"keep_at_most_days": 30}, "30"),
        ({"ai_disclosure": frozenset(Disclosure)}, "asked; start"),
        ({"duties": frozenset()}, "none"),
        ({"duties": frozenset({"Scrub.", "Register."})}, "Register.; Scrub."),
        ({"attempts": frozenset({Attempts(AttemptScope.SUBJECT, 1, 3)})}, "3 in 1 day for each subject"),
        ({"attempts": frozenset({Attempts(AttemptScope.DEBT, 7, 7)})}, "7 in 7 days for each debt"),
        ({}, "at any time"),
    ],
)
def test_values_are_told_in_words(demands: dict[str, Any], words: str) -> None:
    policy = Policies(law()).resolve(call("JP"), [demand("agent", **demands)])
    assert line(policy, next(iter(demands), "hours")).value == words


def test_what_differs_is_told_with_both_values() -> None:
    texas, germany = (resolved(place, outbound=False) for place in ("US-TX", "DE"))
    assert what_differs(texas, germany) == [("recording", "one-party", "assent"), ("ai_disclosure", "none", "start")]
    assert what_differs(germany, texas) == [("recording", "assent", "one-party"), ("ai_disclosure", "start", "none")]


def test_policies_that_demand_the_same_do_not_differ_whoever_decided_it() -> None:
    assert what_differs(resolved("US-GA"), resolved("US-IA")) == []
    assert what_differs(resolved("US-GA"), resolved("US-GA", demands=(demand("agent", opt_out=True),))) == []
