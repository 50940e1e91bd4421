"""Usage data: little of it, not for long, and nobody's but a person's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from framework.accounts.people.town import FIREFOX, Town
from op26x.accounts import Actor, Role, operator
from op26x.accounts.people import UsageEvent, User
from op26x.accounts.people.usage import MOST
from op26x.errors import VaultError
from op26x.vault import Keyring

DAY = 86_400.0


async def actor_of(town: Town, user: User) -> Actor:
    """Somebody in a session."""
    actor = await town.installation.actors.of((await town.session(user)).reveal())
    assert actor is not None
    return actor


async def rows(town: Town) -> list[UsageEvent]:
    """All that is kept."""
    return await town.installation.database.run(lambda session: list(session.exec(select(UsageEvent)).all()))


async def test_what_somebody_does_is_noted(town: Town) -> None:
    anna = await town.person()
    await town.people.usage.note(await actor_of(town, anna), "calls.read", "192.0.2.77", FIREFOX)
    (used,) = await town.people.usage.of(anna.id)
    assert (used.at, used.action, used.address.reveal(), used.browser) == (
        town.clock.now(),
        "calls.read",
        "192.0.2.77",
        "Firefox",
    )


async def test_the_same_within_ten_minutes_is_no_further_entry(town: Town) -> None:
    anna = await town.person()
    actor = await actor_of(town, anna)
    for _ in range(11):
        await town.people.usage.note(actor, "calls.read", "192.0.2.77", FIREFOX)
        town.clock.advance(59)
    assert len(await rows(town)) == 1
    town.clock.advance(1)
    await town.people.usage.note(actor, "calls.read", "192.0.2.77", FIREFOX)
    town.clock.advance(600)
    await town.people.usage.note(actor, "calls.read", "192.0.2.77", FIREFOX)
    assert len(await rows(town)) == 3


async def test_something_else_and_another_session_are(town: Town) -> None:
    anna = await town.person()
    for actor in (await actor_of(town, anna), await actor_of(town, anna)):
        for action in ("calls.read", "me.read"):
            await town.people.usage.note(actor, action, "192.0.2.77", FIREFOX)
    assert len(await rows(town)) == 4


async def test_keys_and_the_operator_leave_nothing(town: Town) -> None:
    anna = await town.person()
    for actor in (
        operator(town.organization, "operator"),
        Actor(town.organization, "api-key:1", frozenset({"calls.read"})),
        Actor(town.organization, f"user:{anna.id}", frozenset({"calls.read"})),
    ):
        await town.people.usage.note(actor, "calls.read", "192.0.2.77", FIREFOX)
    assert await rows(town) == []


async def test_the_address_is_encrypted(town: Town) -> None:
    anna = await town.person()
    await town.people.usage.note(await actor_of(town, anna), "calls.read", "203.0.113.177", FIREFOX)
    assert b"203.0.113.177" not in await town.bytes_on_disk()


@pytest.mark.parametrize(
    ("address", "short"),
    [("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("testclient", ""), ("", "")],
)
async def test_it_is_shortened_after_so_many_days(build: Callable[..., Town], address: str, short: str) -> None:
    town = build(usage_address_days=3)
    anna = await town.person()
    await town.people.usage.note(await actor_of(town, anna), "calls.read", address, FIREFOX)
    town.clock.advance(3 * DAY - 1)
    await town.people.sweep()
    assert (await town.people.usage.of(anna.id))[0].address.reveal() == address
    town.clock.advance(1)
    for _ in range(2):
        await town.people.sweep()
        assert (await town.people.usage.of(anna.id))[0].address.reveal() == short


async def test_it_may_be_shortened_at_once(build: Callable[..., Town]) -> None:
    town = build(usage_address_days=0)
    anna = await town.person()
    await town.people.usage.note(await actor_of(town, anna), "calls.read", "192.0.2.77", FIREFOX)
    await town.people.sweep()
    assert (await town.people.usage.of(anna.id))[0].address.reveal() == "192.0.2.0/24"


async def test_it_is_removed_after_its_period(build: Callable[..., Town]) -> None:
    town = build(usage_days=10)
    anna = await town.person()
    await town.people.usage.note(await actor_of(town, anna), "calls.read", "192.0.2.77", FIREFOX)
    town.clock.advance(5 * DAY)
    await town.people.usage.note(await actor_of(town, anna), "me.read", "192.0.2.77", FIREFOX)
    town.clock.advance(5 * DAY - 1)
    assert await town.people.usage.sweep() == 0
    town.clock.advance(1)
    assert await town.people.usage.sweep() == 1
    assert [used.action for used in await town.people.usage.of(anna.id)] == ["me.read"]


async def test_the_defaults_are_seven_and_ninety_days(town: Town) -> None:
    core = town.installation.settings.core
    assert (core.usage_address_days, core.usage_days) == (7, 90)


async def test_it_is_each_persons_own(town: Town) -> None:
    anna, ben = await town.person(), await town.person("ben@example.com", Role.VIEWER)
    await town.people.usage.note(await actor_of(town, anna), "calls.read", "192.0.2.77", FIREFOX)
    assert await town.people.usage.of(ben.id) == []


async def test_newest_come_first_and_no_more_than_asked_for(town: Town) -> None:
    anna = await town.person()
    actor = await actor_of(town, anna)
    for action in ("calls.read", "me.read", "people.read"):
        await town.people.usage.note(actor, action, "192.0.2.77", FIREFOX)
        town.clock.advance(1)
    assert [used.action for used in await town.people.usage.of(anna.id, limit=2)] == ["people.read", "me.read"]


async def test_it_is_gone_with_the_account(town: Town) -> None:
    await town.person()
    ben = await town.person("ben@example.com", Role.VIEWER)
    actor = await actor_of(town, ben)
    await town.people.usage.note(actor, "calls.read", "192.0.2.77", FIREFOX)
    await town.people.users.erase(ben.id, "operator")
    assert await rows(town) == []


async def test_a_question_that_was_under_way_leaves_nothing_of_who_was_erased_meanwhile(town: Town) -> None:
    await town.person()
    ben = await town.person("ben@example.com", Role.VIEWER)
    actor = await actor_of(town, ben)
    await town.people.users.erase(ben.id, "operator")
    await town.people.usage.note(actor, "calls.read", "192.0.2.77", FIREFOX)
    assert await rows(town) == []


async def test_what_is_remembered_in_memory_is_bounded(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await town.person()

    async def nothing(*_: object, **__: object) -> None:
        pass

    async def no_key(*_: object) -> None:
        raise VaultError("There is none.")

    monkeypatch.setattr(town.installation.database, "run", nothing)
    monkeypatch.setattr(Keyring, "get", no_key)
    for number in range(MOST + 50):
        actor = Actor(town.organization, f"user:{anna.id}", frozenset(), f"session {number}")
        await town.people.usage.note(actor, "calls.read", "", "")
    assert len(town.people.usage._noted) <= MOST


async def test_an_entry_without_its_key_is_shortened_too(town: Town) -> None:
    anna = await town.person()
    await town.people.usage.note(await actor_of(town, anna), "calls.read", "192.0.2.77", FIREFOX)
    await town.people.users.destroy_key(anna.id)
    town.clock.advance(timedelta(days=8).total_seconds())
    await town.people.sweep()
    assert [(row.address, row.shortened) for row in await rows(town)] == [(None, True)]
