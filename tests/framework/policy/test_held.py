"""Policies that calls were held under: kept once, read back as they were, each organization's own."""

import pytest
import sqlalchemy as sa

from op26x.calls import Workspace
from op26x.clock import ManualClock
from op26x.errors import NotFound
from op26x.ids import Ids
from op26x.policy import (
    ANYWHERE,
    Attempts,
    CallPurpose,
    EffectivePolicy,
    Fragment,
    HeldPolicies,
    Policies,
    PolicyCall,
    Rules,
    whereabouts,
)
from op26x.policy.rules import AttemptScope

EVERYTHING = Rules(
    keep_at_most_days=7,
    longest_s=90.5,
    duties=frozenset({"ask twice", "ask once"}),
    attempts=frozenset(Attempts(AttemptScope.SUBJECT, days, 3) for days in range(1, 8)),
)


def policy(
    number: str = "+12125550123", rules: Rules = EVERYTHING, purpose: CallPurpose | None = None
) -> EffectivePolicy:
    """The policy of a call from New York to that number."""
    person = whereabouts(number) if number else ANYWHERE
    call = PolicyCall(person, whereabouts("+12125550199"), ManualClock().now(), outbound=True, purpose=purpose)
    return Policies().resolve(call, [Fragment("agent", rules)])


@pytest.fixture
def held(workspace: Workspace) -> HeldPolicies:
    """Of the workspace's organization."""
    return workspace.policies


@pytest.fixture
def beside(workspace: Workspace, ids: Ids, clock: ManualClock) -> HeldPolicies:
    """Of the same organization in another process, which remembers nothing."""
    return HeldPolicies(workspace.database, workspace.organization_id, ids, clock)


@pytest.fixture
def foreign(workspace: Workspace, another_organization: str, ids: Ids, clock: ManualClock) -> HeldPolicies:
    """Of another organization on the same database."""
    return HeldPolicies(workspace.database.within(another_organization), another_organization, ids, clock)


async def hashes(workspace: Workspace) -> list[str]:
    """What is in the table, of all organizations."""
    everybody = workspace.database.of_everybody()
    rows = await everybody.run(lambda s: s.execute(sa.text("SELECT hash FROM policy ORDER BY id")).all())
    return [row[0] for row in rows]


@pytest.mark.parametrize("number", ["+12125550123", "+14155550123", "+493012345678", "+33142345678", ""])
@pytest.mark.parametrize("rules", [EVERYTHING, Rules()], ids=["everything demanded", "nothing demanded"])
async def test_it_is_read_back_equal_and_with_the_same_hash(
    held: HeldPolicies, beside: HeldPolicies, number: str, rules: Rules
) -> None:
    kept = policy(number, rules)
    name = await held.keep(kept)
    again = await beside.get(name)
    assert name == kept.hash == again.hash
    assert again == kept
    assert again is not kept


async def test_one_that_is_kept_already_is_not_kept_again(
    workspace: Workspace, held: HeldPolicies, beside: HeldPolicies
) -> None:
    names = [await each.keep(policy()) for each in (held, held, beside)]
    assert len(set(names)) == 1
    assert await hashes(workspace) == names[:1]


async def test_another_policy_has_another_name(workspace: Workspace, held: HeldPolicies) -> None:
    one, other = await held.keep(policy()), await held.keep(policy(purpose=CallPurpose.DEBT))
    assert one != other
    assert await hashes(workspace) == [one, other]
    assert (await held.get(one), await held.get(other)) == (policy(), policy(purpose=CallPurpose.DEBT))


async def test_under_which_no_call_was_held_is_not_found(held: HeldPolicies) -> None:
    await held.keep(policy())
    for name in ("", "0" * 64, policy(purpose=CallPurpose.DEBT).hash):
        with pytest.raises(NotFound) as caught:
            await held.get(name)
        assert caught.value.remedy


async def test_two_organizations_never_see_each_others(
    workspace: Workspace, held: HeldPolicies, foreign: HeldPolicies
) -> None:
    name = await held.keep(policy())
    with pytest.raises(NotFound):
        await foreign.get(name)
    theirs = await foreign.keep(policy(purpose=CallPurpose.DEBT))
    with pytest.raises(NotFound):
        await held.get(theirs)
    assert await foreign.keep(policy()) == name
    assert await hashes(workspace) == [name, theirs, name], "each has a row of its own"


async def test_it_is_noted_when_a_call_was_first_held_under_it(
    workspace: Workspace, held: HeldPolicies, beside: HeldPolicies, clock: ManualClock
) -> None:
    await held.keep(policy())
    clock.advance(60)
    await beside.keep(policy())
    (at,) = await workspace.database.run(lambda s: s.execute(sa.text("SELECT at FROM policy")).one())
    assert str(at).startswith("2026-01-05 09:00:00")


async def test_more_than_are_remembered_are_read_again(
    workspace: Workspace, held: HeldPolicies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("op26x.policy.held.REMEMBERED", 3)
    many = [policy(rules=Rules(keep_at_most_days=days)) for days in range(1, 9)]
    names = [await held.keep(one) for one in many]
    assert len(held._known) == 3
    for _ in range(2):
        assert [await held.get(name) for name in names] == many
    assert len(held._known) == 3
    assert [await held.keep(one) for one in many] == names == await hashes(workspace)
