"""People and roles: nobody decides about who may do more, and no organization is left without an owner."""

import asyncio
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.accounts.people.town import BROWSER, PASSWORD, Town
from op26x.accounts import Actor, Role, actions_of
from op26x.accounts.people import User
from op26x.errors import Forbidden, NotFound, Op26xError, UsageError
from op26x.vault import KeyKind

ROLES = list(Role)
BEN = "ben@example.com"


def reaches(one: Role, other: Role) -> bool:
    """Whether a role may do all that another may."""
    return actions_of(other) <= actions_of(one)


async def role_of(town: Town, user: User) -> Role | None:
    """What somebody is in the first organization."""
    return next((one.role for one in await town.people.users.members(town.organization) if one.id == user.id), None)


@pytest.mark.parametrize(
    ("actor", "before", "after"), list(product(ROLES, ROLES, [Role.VIEWER, Role.ADMIN, Role.OWNER]))
)
async def test_nobody_changes_or_makes_somebody_who_may_do_more(
    town: Town, actor: Role, before: Role, after: Role
) -> None:
    await town.person("first@example.com")
    anna, ben = await town.person(role=actor), await town.person(BEN, before)
    try:
        await town.people.users.change_role(town.actor(anna, actor), ben.id, after)
    except Forbidden:
        assert not (reaches(actor, before) and reaches(actor, after))
        assert await role_of(town, ben) == before
    else:
        assert reaches(actor, before) and reaches(actor, after)
        assert await role_of(town, ben) == after


@pytest.mark.parametrize(("actor", "theirs"), list(product(ROLES, ROLES)))
async def test_nobody_removes_governs_or_invites_somebody_who_may_do_more(
    town: Town, actor: Role, theirs: Role
) -> None:
    await town.person("first@example.com")
    anna, ben = await town.person(role=actor), await town.person(BEN, theirs)
    who = town.actor(anna, actor)
    asked = [
        lambda: town.people.users.must_govern(who, ben.id),
        lambda: town.people.links.invite(who, "new@example.com", theirs),
        lambda: town.people.users.leave(who, ben.id),
    ]
    for ask in asked:
        if reaches(actor, theirs):
            await ask()
        else:
            with pytest.raises(Forbidden):
                await ask()
    assert await role_of(town, ben) == (None if reaches(actor, theirs) else theirs)


def test_nobody_is_an_owner_but_owners() -> None:
    assert [role for role in ROLES if reaches(role, Role.OWNER)] == [Role.OWNER]


async def test_nobody_makes_themselves_more(town: Town) -> None:
    await town.person("first@example.com")
    anna = await town.person(role=Role.ADMIN)
    with pytest.raises(Forbidden):
        await town.people.users.change_role(town.actor(anna, Role.ADMIN), anna.id, Role.OWNER)
    assert await role_of(town, anna) == Role.ADMIN


async def test_a_key_that_may_change_people_alone_decides_about_nobody(town: Town) -> None:
    await town.person()
    ben = await town.person(BEN, Role.VIEWER)
    key = Actor(town.organization, "api-key:1", frozenset({"people.change", "people.read"}))
    for ask in (
        lambda: town.people.users.leave(key, ben.id),
        lambda: town.people.users.change_role(key, ben.id, Role.RESEARCHER),
        lambda: town.people.links.invite(key, "new@example.com", Role.VIEWER),
        lambda: town.people.users.must_govern(key, ben.id),
    ):
        with pytest.raises(Forbidden):
            await ask()


async def test_the_last_owner_stays(town: Town) -> None:
    anna = await town.person()
    await town.person(BEN, Role.ADMIN)
    for role in set(ROLES) - {Role.OWNER}:
        with pytest.raises(UsageError, match="last owner"):
            await town.people.users.change_role(town.actor(anna), anna.id, role)
    with pytest.raises(UsageError, match="last owner"):
        await town.people.users.leave(town.actor(anna), anna.id)
    with pytest.raises(UsageError, match="last owner"):
        await town.people.users.erase(anna.id, "operator")
    assert await role_of(town, anna) == Role.OWNER
    assert (await town.people.users.email_of(await town.again(anna))).reveal() == "anna@example.com"
    await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)


async def test_of_two_owners_who_leave_at_once_one_stays(town: Town) -> None:
    anna, ben = await town.person(), await town.person(BEN)
    results = await asyncio.gather(
        *(town.people.users.leave(town.actor(one), one.id) for one in (anna, ben)), return_exceptions=True
    )
    assert [type(one) for one in results if one is not None] == [UsageError]
    assert len(await town.people.users.members(town.organization)) == 1


async def test_an_owner_elsewhere_is_no_owner_here(town: Town) -> None:
    anna, ben = await town.person(), await town.person(BEN, Role.VIEWER)
    other = await town.installation.organizations.create("other")
    await town.people.users.join(ben.id, other.id, Role.OWNER)
    with pytest.raises(UsageError, match="last owner"):
        await town.people.users.leave(town.actor(anna), anna.id)
    for ask in (
        lambda: town.people.users.change_role(town.actor(ben, Role.OWNER, other.id), anna.id, Role.VIEWER),
        lambda: town.people.users.leave(town.actor(ben, Role.OWNER, other.id), anna.id),
        lambda: town.people.users.must_govern(town.actor(ben, Role.OWNER, other.id), anna.id),
    ):
        with pytest.raises(NotFound):
            await ask()


async def test_nobody_governs_the_account_of_who_belongs_elsewhere_as_well(town: Town) -> None:
    anna, ben = await town.person(), await town.person(BEN, Role.VIEWER)
    await town.people.users.must_govern(town.actor(anna), ben.id)
    other = await town.installation.organizations.create("other")
    await town.people.users.join(ben.id, other.id, Role.VIEWER)
    with pytest.raises(Forbidden, match="another organization"):
        await town.people.users.must_govern(town.actor(anna), ben.id)


async def test_a_link_for_a_password_is_of_no_use_once_its_person_belongs_elsewhere_as_well(town: Town) -> None:
    anna, ben = await town.person(), await town.person(BEN, Role.VIEWER)
    await town.people.users.must_govern(town.actor(anna), ben.id)
    link = await town.people.links.for_password(ben.id, f"user:{anna.id}")
    other = await town.installation.organizations.create("other")
    await town.people.users.join(ben.id, other.id, Role.OWNER)
    with pytest.raises(Op26xError):
        await town.people.signing_in.choose_password(link.token.reveal(), PASSWORD)


async def test_a_removed_member_is_out_at_the_next_question(town: Town) -> None:
    anna, ben = await town.person(), await town.person(BEN, Role.ADMIN)
    token = (await town.session(ben)).reveal()
    actor = await town.installation.actors.of(token)
    assert actor is not None and await town.installation.actors.still(actor, "calls.read")
    await town.people.users.leave(town.actor(anna), ben.id)
    with pytest.raises(Forbidden):
        await town.installation.actors.of(token)
    assert not await town.installation.actors.still(actor, "calls.read")


async def test_a_role_that_was_taken_away_is_gone_at_the_next_question(town: Town) -> None:
    anna, ben = await town.person(), await town.person(BEN, Role.ADMIN)
    token = (await town.session(ben)).reveal()
    before = await town.installation.actors.of(token)
    assert before is not None
    await town.people.users.change_role(town.actor(anna), ben.id, Role.VIEWER)
    after = await town.installation.actors.of(token)
    assert after is not None and after.actions == actions_of(Role.VIEWER)
    assert not await town.installation.actors.still(before, "live.read")


async def key_of(town: Town, maker: Actor, name: str = "notebook") -> str:
    """The secret of a new key with an admin's role."""
    workspace = town.installation.workspace(town.organization)
    return (await workspace.api_keys.create(name, maker, role=Role.ADMIN))[1].reveal()


async def may(town: Town, secret: str) -> frozenset[str]:
    """What a key may do now; nothing if it lets nobody in."""
    actor = await town.installation.actors.of(secret)
    return actor.actions if actor is not None else frozenset()


async def test_the_keys_of_a_removed_member_may_nothing(town: Town) -> None:
    anna, ben = await town.person(), await town.person(BEN, Role.ADMIN)
    secret = await key_of(town, town.actor(ben, Role.ADMIN))
    assert await may(town, secret) == actions_of(Role.ADMIN)
    await town.people.users.leave(town.actor(anna), ben.id)
    assert await may(town, secret) == frozenset()


async def test_the_keys_of_a_demoted_member_may_no_more_than_they(town: Town) -> None:
    anna, ben = await town.person(), await town.person(BEN, Role.ADMIN)
    secret = await key_of(town, town.actor(ben, Role.ADMIN))
    await town.people.users.change_role(town.actor(anna), ben.id, Role.VIEWER)
    assert await may(town, secret) == actions_of(Role.VIEWER)


async def test_a_key_that_a_key_made_may_no_more_than_the_person_behind_it(town: Town) -> None:
    """Who makes a key with a key must not keep it when they are removed."""
    anna, ben = await town.person(), await town.person(BEN, Role.ADMIN)
    first = await town.installation.actors.of(await key_of(town, town.actor(ben, Role.ADMIN)))
    assert first is not None
    second = await key_of(town, first, "second")
    assert await may(town, second) == actions_of(Role.ADMIN)
    await town.people.users.leave(town.actor(anna), ben.id)
    assert await may(town, second) == frozenset()


async def test_a_key_that_a_key_made_ends_with_it(town: Town) -> None:
    anna = await town.person()
    keys = town.installation.workspace(town.organization).api_keys
    first = await town.installation.actors.of(await key_of(town, town.actor(anna)))
    assert first is not None
    second = await key_of(town, first, "second")
    await keys.revoke("notebook")
    assert await may(town, second) == frozenset()


async def test_an_address_is_somebodys_once_however_it_is_written(town: Town) -> None:
    anna = await town.person()
    for email in ("ANNA@EXAMPLE.COM", "  anna@example.com\n"):
        with pytest.raises(UsageError, match="already"):
            await town.people.users.create(email, "")
        found = await town.people.users.find(email)
        assert found is not None and found.id == anna.id
    assert set(await town.people.users._keys.all(KeyKind.USER)) == {anna.id}


@pytest.mark.parametrize(
    "email",
    [
        "",
        "anna",
        "anna@",
        "@example.com",
        "a b@example.com",
        "a@b@example.com",
        "a@example",
        "a@.com",
        "x" * 65 + "@example.com",
        "a@" + "b" * 260 + ".com",
    ],
)
async def test_what_is_no_address_is_refused(town: Town, email: str) -> None:
    with pytest.raises(UsageError, match="address"):
        await town.people.users.create(email, "")
    assert await town.people.users.find(email) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.text(max_size=300))
async def test_no_text_breaks_the_search(town: Town, text: str) -> None:
    assert await town.people.users.find(text) is None


async def test_names_and_addresses_are_not_on_the_disk_in_clear(town: Town) -> None:
    await town.person("very.long.address@example.com", name="Rotkehlchen Amsel")
    written = await town.bytes_on_disk()
    for text in (b"very.long.address", b"example.com", b"Rotkehlchen"):
        assert text not in written


async def test_somebody_belongs_once(town: Town) -> None:
    anna = await town.person()
    with pytest.raises(UsageError, match="already"):
        await town.people.users.join(anna.id, town.organization, Role.VIEWER)


async def test_of_several_who_take_one_address_at_once_one_has_it(town: Town) -> None:
    create = (town.people.users.create("anna@example.com", "") for _ in range(4))
    results = await asyncio.gather(*create, return_exceptions=True)
    assert sum(isinstance(one, User) for one in results) == 1
    assert {type(one) for one in results} == {User, UsageError}
