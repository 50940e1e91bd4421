"""The do-not-call list: it holds from the moment somebody asks, for what they asked, and for no other organization."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from framework.consent.unwritable import unwritable, without_reserve
from op26x.audit import Access, AuditLog
from op26x.calls import Workspace
from op26x.clock import ManualClock
from op26x.consent import Suppressions
from op26x.errors import NotFound, NotNoted, UsageError
from op26x.ids import Ids
from op26x.storage.reserve import Reserve
from op26x.types import PhoneNumber
from op26x.vault import BlindIndex
from op26x.work.intents import IntentKind, Intents
from workspaces import close_workspace, open_workspace

BY_LETTER = Access("user:1", "letter of 3 May")
NUMBER = PhoneNumber("+12125550123")


@pytest.fixture
def ours(workspace: Workspace) -> Suppressions:
    """Of the workspace's organization."""
    return workspace.suppressions


@pytest.fixture
def foreign(workspace: Workspace, another_organization: str, ids: Ids, clock: ManualClock) -> Suppressions:
    """Of another organization on the same database."""
    theirs = workspace.database.within(another_organization)
    audit = AuditLog(theirs, another_organization, ids, clock)
    intents = Intents(Reserve(workspace.settings.core.data / "another reserve"))
    everywhere: BlindIndex = workspace.suppressions._everywhere
    return Suppressions(theirs, another_organization, everywhere, audit, intents, ids, clock)


@pytest.fixture
def beside(workspace: Workspace, clock: ManualClock) -> Iterator[Workspace]:
    """Another process on the same directory."""
    opened = open_workspace(workspace.settings, clock, Ids(clock))
    yield opened
    close_workspace(opened)


async def test_whoever_asked_is_not_called_again(ours: Suppressions, workspace: Workspace) -> None:
    assert not await ours.hold("person")
    await ours.add("person", "CALL")
    await ours.add("person", "CALL2")
    assert await ours.hold("person")
    assert not await ours.hold("somebody else")
    rows = await workspace.database.run(lambda s: s.execute(sa.text("SELECT call_id FROM suppression")).all())
    assert rows == [("CALL",)]


async def test_another_organization_may_call_them(ours: Suppressions, foreign: Suppressions) -> None:
    await ours.add("person", "CALL")
    assert not await foreign.hold("person")
    await foreign.add("stranger", "CALL2")
    assert not await ours.hold("stranger")
    (entry,) = await foreign.list()
    with pytest.raises(NotFound):
        await ours.remove(entry.id, BY_LETTER)


async def test_a_withheld_number_can_not_be_suppressed(ours: Suppressions) -> None:
    with pytest.raises(UsageError):
        await ours.add("", "CALL")
    assert not await ours.hold("")


async def test_whoever_asked_is_not_called_again_from_that_moment_on(
    workspace: Workspace, ours: Suppressions, beside: Workspace
) -> None:
    with unwritable(workspace.database):
        await ours.add("person", "CALL", campaign="spring")
        assert await ours.hold("person"), "what can't be written yet holds for any campaign"
        assert await beside.suppressions.hold("person"), "nor by another process"
        assert not await ours.hold("somebody else")
        assert len(await workspace.intents.carry_out()) == 1
    assert await workspace.intents.carry_out() == []
    assert await ours.hold("person", campaign="spring")
    assert not beside.intents.pending(IntentKind.SUPPRESS, "person")
    assert await beside.suppressions.hold("person", campaign="spring")


async def test_what_is_written_later_is_what_was_asked_for(
    workspace: Workspace, ours: Suppressions, clock: ManualClock
) -> None:
    until = clock.now() + timedelta(days=30)
    with unwritable(workspace.database):
        added = await ours.add("person", "CALL", BY_LETTER, campaign="spring", until=until, policy="hash")
    assert added is None
    assert await workspace.intents.carry_out() == []
    (row,) = await ours.list()
    assert (row.call_id, row.campaign, row.until) == ("CALL", "spring", until)
    (entry,) = await workspace.audit.list(what="suppression.added")
    assert (entry.who, entry.why, entry.policy) == (BY_LETTER.who, BY_LETTER.why, "hash")


async def test_a_suppression_in_memory_alone_says_so_and_holds_while_the_process_lives(
    workspace: Workspace, ours: Suppressions, beside: Workspace
) -> None:
    with unwritable(workspace.database), without_reserve(workspace), pytest.raises(NotNoted):
        await ours.add("person", "CALL")
    assert await ours.hold("person")
    assert not await beside.suppressions.hold("person"), "which is what NotNoted says"
    assert await workspace.intents.carry_out() == []
    assert await beside.suppressions.hold("person")


async def test_a_withheld_number_takes_no_room_either(workspace: Workspace, ours: Suppressions) -> None:
    with unwritable(workspace.database), pytest.raises(UsageError):
        await ours.add("", "CALL")
    assert workspace.intents.waiting() == []


# For a campaign, and for a time.


async def test_a_campaign_that_somebody_wants_no_more_of_leaves_the_others(ours: Suppressions) -> None:
    await ours.add("person", "", campaign="spring")
    assert await ours.hold("person", campaign="spring")
    assert not await ours.hold("person", campaign="autumn")
    assert not await ours.hold("person")
    await ours.add("person", "")
    assert await ours.hold("person", campaign="autumn")
    assert len(await ours.list("person")) == 2


async def test_what_is_said_of_a_campaign_outlives_what_was_said_of_all(ours: Suppressions) -> None:
    await ours.add("person", "")
    await ours.add("person", "", campaign="spring")
    (of_all,) = [entry for entry in await ours.list() if not entry.campaign]
    await ours.remove(of_all.id, BY_LETTER)
    assert await ours.hold("person", campaign="spring")
    assert not await ours.hold("person")


async def test_it_holds_until_the_moment_that_was_said(ours: Suppressions, clock: ManualClock) -> None:
    await ours.add("person", "", until=clock.now() + timedelta(days=30))
    clock.advance(30 * 86400 - 1)
    assert await ours.hold("person")
    clock.advance(1)
    assert not await ours.hold("person")


@pytest.mark.parametrize(("first", "then"), [(5, 30), (30, 5), (5, None), (None, 5)])
async def test_of_two_ends_the_later_one_counts(
    ours: Suppressions, clock: ManualClock, first: int | None, then: int | None
) -> None:
    for days in (first, then):
        await ours.add("person", "", until=_in(clock, days))
    clock.advance(29 * 86400)
    assert await ours.hold("person")


def _in(clock: ManualClock, days: int | None) -> datetime | None:
    return None if days is None else clock.now() + timedelta(days=days)


async def test_the_entry_that_holds_is_told_whichever_it_is(ours: Suppressions, clock: ManualClock) -> None:
    soon, later = (clock.now() + timedelta(days=days) for days in (1, 2))
    everything = await ours.add("person", "CALL")
    spring = await ours.add("person", "CALL2", campaign="spring", until=later)
    assert everything is not None
    assert spring is not None
    for campaign, until, holds in [("", None, everything), ("", soon, everything), ("spring", soon, spring)]:
        found = await ours.add("person", "CALL3", campaign=campaign, until=until)
        assert found is not None
        assert found.id == holds.id


async def test_an_end_in_the_past_is_refused(ours: Suppressions, clock: ManualClock) -> None:
    with pytest.raises(UsageError, match="over already"):
        await ours.add("person", "", until=clock.now())
    assert not await ours.hold("person")


# Many at once, and all organizations.


async def test_a_list_is_taken_over_and_twice_changes_nothing(ours: Suppressions, workspace: Workspace) -> None:
    await ours.add("known", "")
    assert await ours.add_all({"known", "new", "newer"}, BY_LETTER) == 2
    assert await ours.add_all({"known", "new", "newer"}, BY_LETTER) == 0
    assert [await ours.hold(one) for one in ("known", "new", "newer")] == [True] * 3
    entries = await workspace.audit.list(what="suppressions.imported")
    assert [entry.why for entry in entries] == [BY_LETTER.why]


async def test_whoever_is_known_for_a_time_only_is_taken_over_for_good(ours: Suppressions, clock: ManualClock) -> None:
    await ours.add("person", "", until=_in(clock, 5))
    assert await ours.add_all({"person"}, BY_LETTER) == 1
    clock.advance(6 * 86400)
    assert await ours.hold("person")


async def test_a_number_that_nobody_is_to_call_is_called_by_no_organization(
    workspace: Workspace, ours: Suppressions, foreign: Suppressions
) -> None:
    await ours.add_everywhere(NUMBER, BY_LETTER)
    await ours.add_everywhere(NUMBER, BY_LETTER)
    for one in (ours, foreign):
        assert await one.hold("person", number=NUMBER)
        assert not await one.hold("person", number=PhoneNumber("+12125550124"))
    (entry,) = await foreign.list_everywhere(NUMBER)
    assert await ours.list_everywhere(PhoneNumber("+12125550124")) == []
    assert NUMBER.reveal() not in entry.number_index
    with pytest.raises(UsageError, match="whose wish"):
        await ours.remove_everywhere(entry.id, Access("user:1", " "))
    await ours.remove_everywhere(entry.id, BY_LETTER)
    assert not await foreign.hold("person", number=NUMBER)
    told = [one.what for one in reversed(await workspace.audit.list(what="suppression"))]
    assert told == ["suppression.added-everywhere", "suppression.removed-everywhere"]
