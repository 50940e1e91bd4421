"""Organizations: founded by name, found again, and closed with a deadline for everything that is theirs."""

from datetime import timedelta

import pytest

from op26x.accounts import Organizations
from op26x.calls import Installation
from op26x.clock import ManualClock
from op26x.errors import NotFound, UsageError
from op26x.ids import Ids


@pytest.fixture
def organizations(installation: Installation) -> Organizations:
    """Those of the installation: one, so far."""
    return installation.organizations


async def names(organizations: Organizations) -> list[str]:
    return [one.name for one in await organizations.list()]


async def test_the_first_one_is_founded_once(
    organizations: Organizations, installation: Installation, clock: ManualClock, ids: Ids
) -> None:
    again = Organizations(installation.database, ids, clock).first()
    assert (again.id, again.name) == (installation.first, "default")
    assert await names(organizations) == ["default"]


async def test_the_first_one_is_the_oldest(organizations: Organizations, installation: Installation) -> None:
    await organizations.create("acme")
    assert organizations.first().id == installation.first


async def test_a_founded_one_is_open_and_records_as_its_agents_say(
    organizations: Organizations, clock: ManualClock
) -> None:
    made = await organizations.create("acme", closing_days=7)
    assert (made.name, made.created_at, made.closing_days) == ("acme", clock.now(), 7)
    assert (made.retention_days, made.recording) == (30, "")
    assert (made.closed_at, made.erased_by, made.erased_at) == (None, None, None)
    assert await names(organizations) == ["default", "acme"]


@pytest.mark.parametrize("name", ["a", "0", "acme-uk", "a" * 63, "2nd-line"])
async def test_a_name_has_lower_case_letters_digits_and_hyphens(organizations: Organizations, name: str) -> None:
    assert (await organizations.create(name)).name == name


@pytest.mark.parametrize("name", ["", " ", "Acme", "acme uk", "-acme", "acme/uk", "ünïcode", "a" * 64, "acme\n"])
async def test_another_name_is_none(organizations: Organizations, name: str) -> None:
    with pytest.raises(UsageError, match="no name") as caught:
        await organizations.create(name)
    assert "acme-uk" in caught.value.remedy
    assert await names(organizations) == ["default"]


async def test_a_name_that_is_taken_is_refused_that_of_a_closed_one_too(organizations: Organizations) -> None:
    made = await organizations.create("acme")
    for _ in range(2):
        with pytest.raises(UsageError, match="acme already"):
            await organizations.create("acme")
        if made.closed_at is None:
            made = await organizations.close(made.id)
    assert await names(organizations) == ["default", "acme"]


async def test_one_is_found_by_name_and_by_identifier(organizations: Organizations) -> None:
    made = await organizations.create("acme")
    assert organizations.named("acme").id == organizations.named(made.id).id == made.id
    with pytest.raises(NotFound, match="nobody") as caught:
        organizations.named("nobody")
    assert "op26x organizations list" in caught.value.remedy


async def test_the_only_one_that_is_open_needs_no_name(
    organizations: Organizations, installation: Installation
) -> None:
    assert organizations.named("").id == installation.first
    made = await organizations.create("acme")
    with pytest.raises(UsageError, match="2 organizations") as caught:
        organizations.named("")
    assert "default, acme" in caught.value.remedy
    await organizations.close(installation.first)
    assert organizations.named("").id == made.id


async def test_its_settings_are_changed_one_by_one(organizations: Organizations) -> None:
    made = await organizations.create("acme")
    changed = await organizations.change(made.id, recording="off")
    assert (changed.recording, changed.closing_days) == ("off", 30)
    changed = await organizations.change(made.id, closing_days=0)
    assert (changed.recording, changed.closing_days) == ("off", 0)
    changed = await organizations.change(made.id, recording="")
    assert (changed.recording, changed.closing_days) == ("", 0)
    assert organizations.named("default").recording == ""
    with pytest.raises(NotFound):
        await organizations.change("nobody", recording="off")


@pytest.mark.parametrize("days", [-1, 3651])
async def test_days_to_its_erasure_are_from_none_to_ten_years(organizations: Organizations, days: int) -> None:
    made = await organizations.create("acme", closing_days=3650)
    for doing in (
        organizations.create("other", closing_days=days),
        organizations.change(made.id, closing_days=days),
        organizations.close(made.id, days),
    ):
        with pytest.raises(UsageError, match=f"{days} days"):
            await doing
    assert await names(organizations) == ["default", "acme"]
    assert organizations.named("acme").closed_at is None


@pytest.mark.parametrize(("days", "then"), [(None, 7), (0, 0), (60, 60)])
async def test_a_closed_one_has_a_deadline(
    organizations: Organizations, clock: ManualClock, days: int | None, then: int
) -> None:
    made = await organizations.create("acme", closing_days=7)
    clock.advance(60)
    closed = await organizations.close(made.id, days)
    assert (closed.closed_at, closed.erased_by) == (clock.now(), clock.now() + timedelta(days=then))
    assert (closed.erased_at, closed.name) == (None, "acme")


async def test_closing_twice_moves_no_deadline(organizations: Organizations, clock: ManualClock) -> None:
    closed = await organizations.close((await organizations.create("acme")).id)
    clock.advance(60)
    with pytest.raises(UsageError, match="was closed on 2026-01-05") as caught:
        await organizations.close(closed.id, 60)
    assert "2026-02-04" in caught.value.remedy
    assert organizations.named("acme").erased_by == closed.erased_by


async def test_the_last_one_that_is_open_is_not_closed(
    organizations: Organizations, installation: Installation
) -> None:
    with pytest.raises(UsageError, match="the only one"):
        await organizations.close(installation.first)
    made = await organizations.create("acme")
    await organizations.close(installation.first)
    with pytest.raises(UsageError, match="the only one"):
        await organizations.close(made.id)


async def test_a_closed_one_is_due_at_its_deadline_until_it_is_erased(
    organizations: Organizations, installation: Installation, clock: ManualClock
) -> None:
    made = await organizations.create("acme", closing_days=7)
    assert list(await organizations.due(clock.now() + timedelta(days=9999))) == []
    closed = await organizations.close(made.id)
    assert closed.erased_by is not None
    assert list(await organizations.due(closed.erased_by - timedelta(seconds=1))) == []
    assert list(await organizations.due(closed.erased_by)) == [made.id]
    closed.erased_at = closed.erased_by
    await installation.database.run(lambda session: session.add(closed))
    assert list(await organizations.due(closed.erased_by)) == []
