"""Law 8: the strictest wins. Whatever is joined, in whatever order: a policy can only become tighter."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laws.policies import (
    AS_STRICT,
    FIELDS,
    PLACES,
    calls,
    fragments,
    loosened,
    overrides,
    own_rows,
    places,
    rules,
    some_fragments,
)
from op26x.policy import (
    UNKNOWN,
    CallPurpose,
    EffectivePolicy,
    Fragment,
    Ground,
    OwnRow,
    Policies,
    PolicyCall,
    Rules,
    Whereabouts,
    join,
    stricter,
)
from op26x.policy.effective import decided_by
from op26x.policy.rules import JOINS

POLICIES = Policies()
AT = datetime(2026, 11, 27, 17, tzinfo=UTC)
SOME, FEW = (settings(max_examples=settings().max_examples // part) for part in (2, 4))
"""Of what the profile has."""
BY_FIELD = pytest.mark.parametrize("field", sorted(FIELDS))


def test_every_demand_has_a_join() -> None:
    assert set(JOINS) == set(Rules.__struct_fields__) == set(FIELDS) == set(AS_STRICT)


@given(rules, rules, rules)
@SOME
def test_it_makes_no_difference_what_is_joined_first(one: Rules, two: Rules, three: Rules) -> None:
    assert stricter(one, stricter(two, three)) == stricter(stricter(one, two), three)
    assert stricter(one, two) == stricter(two, one)


@given(rules)
@SOME
def test_what_is_said_twice_or_not_at_all_changes_nothing(one: Rules) -> None:
    assert stricter(one, one) == one
    assert stricter(one, Rules()) == stricter(Rules(), one) == one


@BY_FIELD
@given(data=st.data())
@FEW
def test_joined_values_permit_what_both_permit_and_no_more(field: str, data: st.DataObject) -> None:
    one, other, third = (data.draw(FIELDS[field]) for _ in range(3))
    joined, as_strict = JOINS[field](one, other), AS_STRICT[field]
    assert as_strict(joined, one)
    assert as_strict(joined, other)
    assert JOINS[field](one, joined) == joined
    if as_strict(third, one) and as_strict(third, other):
        assert as_strict(third, joined)


@BY_FIELD
@given(data=st.data())
@FEW
def test_what_is_stricter_is_told_by_joining(field: str, data: st.DataObject) -> None:
    one, other = data.draw(FIELDS[field]), data.draw(FIELDS[field])
    wins = JOINS[field](one, other) == one
    assert wins == AS_STRICT[field](one, other)


@given(some_fragments, st.randoms(use_true_random=False))
@SOME
def test_neither_order_nor_repetition_of_fragments_matters(demanded: list[Fragment], random: Any) -> None:
    shuffled = [*demanded, *random.choices(demanded, k=2)] if demanded else []
    random.shuffle(shuffled)
    assert join(shuffled) == join(demanded)
    assert decided_by(shuffled) == decided_by(demanded)


@given(some_fragments)
@SOME
def test_a_joined_policy_is_as_strict_as_each_of_its_fragments(demanded: list[Fragment]) -> None:
    joined = join(demanded)
    for fragment in demanded:
        assert loosened(joined, fragment.rules) == []


@given(some_fragments)
@SOME
def test_those_who_decided_a_value_make_it_without_the_others(demanded: list[Fragment]) -> None:
    joined, deciders = join(demanded), decided_by(demanded)
    for field in JOINS:
        named = deciders.get(field, ())
        alone = join([fragment for fragment in demanded if fragment.source in named])
        assert getattr(alone, field) == getattr(joined, field)


@given(calls, some_fragments, fragments)
@FEW
def test_no_further_fragment_loosens_a_policy(call: PolicyCall, demanded: list[Fragment], one: Fragment) -> None:
    before, after = POLICIES.resolve(call, demanded), POLICIES.resolve(call, [*demanded, one])
    assert loosened(after, before) == []
    assert loosened(after, one.rules) == []


def with_further_places(call: PolicyCall, further: frozenset[str]) -> PolicyCall:
    return replace(call, person=call.person.also_in(further))


def with_our_side_elsewhere_too(call: PolicyCall, further: frozenset[str]) -> PolicyCall:
    return replace(call, ours=call.ours.also_in(further))


@pytest.mark.parametrize("doubt", [with_further_places, with_our_side_elsewhere_too])
@given(call=calls, further=places)
@FEW
def test_more_places_are_no_looser_than_fewer(
    doubt: Callable[[PolicyCall, frozenset[str]], PolicyCall], call: PolicyCall, further: frozenset[str]
) -> None:
    assert loosened(POLICIES.resolve(doubt(call, further)), POLICIES.resolve(call)) == []


@given(calls, st.sampled_from(CallPurpose))
@FEW
def test_no_purpose_is_as_strict_as_any(call: PolicyCall, purpose: CallPurpose) -> None:
    unsaid = POLICIES.resolve(replace(call, purpose=None))
    assert loosened(unsaid, POLICIES.resolve(replace(call, purpose=purpose))) == []


@given(calls, st.frozensets(st.sampled_from(Ground)))
@FEW
def test_what_is_not_proved_loosens_nothing(call: PolicyCall, proved: frozenset[Ground]) -> None:
    fewer = POLICIES.resolve(replace(call, grounds=call.grounds & proved))
    assert loosened(fewer, POLICIES.resolve(call)) == []


@given(calls, some_fragments, own_rows)
@FEW
def test_no_row_of_an_organization_loosens_a_policy(
    call: PolicyCall, demanded: list[Fragment], rows: list[OwnRow]
) -> None:
    before, after = POLICIES.resolve(call, demanded), POLICIES.resolve(call, demanded, rows)
    assert loosened(after, before) == []
    assert loosened(after, POLICIES.resolve(call, demanded, rows[1:])) == []
    assert POLICIES.resolve(call, demanded, [*rows, *rows]) == after


@given(calls, overrides)
@FEW
def test_an_override_lifts_what_it_names_and_the_policy_tells_it(
    call: PolicyCall, overridden: tuple[tuple[str, str], ...]
) -> None:
    before, after = POLICIES.resolve(call), POLICIES.resolve(replace(call, overridden=overridden))
    assert loosened(before, after) == []
    assert after.lifted.keys() - before.lifted.keys() <= dict(overridden).keys()
    deciding = {row for rows in before.decided_by.values() for row in rows}
    if not deciding & after.lifted.keys():
        assert loosened(after, before) == [], "what was not lifted holds as before"


@given(calls)
@FEW
def test_a_call_that_we_place_is_under_all_that_one_we_answer_is(call: PolicyCall) -> None:
    answered, placed = (POLICIES.resolve(replace(call, outbound=outbound)) for outbound in (False, True))
    assert loosened(placed, answered) == []


def within(place: str, purpose: CallPurpose) -> EffectivePolicy:
    """What a call that we place is held under, if neither side is anywhere else."""
    somewhere = Whereabouts(frozenset({place}), frozenset({"UTC"}))
    return POLICIES.resolve(PolicyCall(somewhere, somewhere, AT, outbound=True, purpose=purpose))


@pytest.mark.parametrize("purpose", CallPurpose)
def test_who_may_be_anywhere_is_told_and_asked_as_much_as_people_of_any_place(purpose: CallPurpose) -> None:
    """Of times only the week is compared: public holidays are those of different places."""
    fields = {"recording", "listening_notice", "ai_disclosure", "identify_caller", "opt_out", "hours"}
    unknown, looser = within(UNKNOWN, purpose), {}
    for place in PLACES:
        known = within(place, purpose)
        times = msgspec.structs.replace(known.hours, holidays=unknown.hours.holidays)
        looser[place] = fields.intersection(loosened(unknown, msgspec.structs.replace(known, hours=times)))
    assert not {place: names for place, names in looser.items() if names}


@given(calls, some_fragments, st.randoms(use_true_random=False))
@SOME
def test_a_policy_has_one_hash_however_its_fragments_were_ordered(
    call: PolicyCall, demanded: list[Fragment], random: Any
) -> None:
    shuffled = [*demanded, *demanded]
    random.shuffle(shuffled)
    one, other = Policies().resolve(call, demanded), Policies().resolve(call, shuffled)
    assert one == other
    assert one.hash == other.hash


OTHERS: dict[str, st.SearchStrategy[Any]] = {
    **FIELDS,
    "decided_by": st.dictionaries(
        st.sampled_from(["hours", "opt_out"]), st.sampled_from([("agent",), ("agent", "law")])
    ),
    "places": places.map(sorted).map(tuple),
    "zones": st.sampled_from([("Europe/Berlin",), ("America/Chicago", "Europe/Berlin")]),
    "languages": st.sampled_from([("de",), ("hi", "en")]),
    "lifted": st.dictionaries(
        st.sampled_from(["us-wa-hours", "us-hours"]), st.sampled_from(["emergency", "override 1"])
    ),
    "tables": st.dictionaries(st.sampled_from(["hours", "calling"]), st.sampled_from(["2026-11-25/a", "2026-11-25/b"])),
}


@pytest.mark.parametrize("field", EffectivePolicy.__struct_fields__)
@given(data=st.data())
@FEW
def test_another_value_is_another_hash(field: str, data: st.DataObject) -> None:
    policy = within("US-RI", CallPurpose.SOLICITATION)
    value = data.draw(OTHERS[field].filter(lambda value: value != getattr(policy, field)))
    assert msgspec.structs.replace(policy, **{field: value}).hash != policy.hash


@given(calls, some_fragments)
@FEW
def test_a_policy_is_read_back_from_its_canonical_form(call: PolicyCall, demanded: list[Fragment]) -> None:
    policy = POLICIES.resolve(call, demanded)
    again = msgspec.json.decode(policy.to_json(), type=EffectivePolicy)
    assert again == policy
    assert again.hash == policy.hash
