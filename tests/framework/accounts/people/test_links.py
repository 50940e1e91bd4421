"""One-time links: they work once, for a while, for whom and for what they were made."""

import asyncio
from datetime import timedelta

import pyotp
import pytest

from framework.accounts.people.town import ANOTHER, BROWSER, PASSWORD, WRONG, Town
from op26x.accounts import Role, operator
from op26x.accounts.people import LinkKind, MadeLink, User
from op26x.accounts.people.links import LIFE
from op26x.errors import Forbidden, KeyGone, NotFound, Op26xError, SignInRefused, UsageError
from op26x.types import Secret

BEN = "ben@example.com"


async def follow(town: Town, made: MadeLink, email: str = BEN, name: str = "", password: Secret = PASSWORD) -> None:
    """Follows a link that leads into an organization."""
    await town.people.signing_in.with_link(made.token.reveal(), email, name, password, BROWSER)


async def made(town: Town, kind: LinkKind) -> MadeLink:
    """A link of a kind."""
    if kind is LinkKind.OWNER:
        return await town.people.links.for_owner(town.organization, "operator")
    anna = await town.person()
    if kind is LinkKind.PASSWORD:
        return await town.people.links.for_password(anna.id, "operator")
    return await town.people.links.invite(town.actor(anna), BEN, Role.VIEWER)


async def role_of(town: Town, email: str) -> str | None:
    """What somebody is in the first organization."""
    members = await town.people.users.members(town.organization)
    return next((one.role for one in members if one.email.reveal() == email), None)


@pytest.mark.parametrize("kind", LinkKind)
async def test_a_link_works_once(town: Town, kind: LinkKind) -> None:
    token = (await made(town, kind)).token.reveal()
    assert (await town.people.links.use(token)).kind == kind
    with pytest.raises(KeyGone):
        await town.people.links.use(token)
    with pytest.raises(KeyGone):
        await town.people.links.look(token)


@pytest.mark.parametrize("kind", LinkKind)
async def test_looking_uses_no_link_up(town: Town, kind: LinkKind) -> None:
    token = (await made(town, kind)).token.reveal()
    for _ in range(3):
        await town.people.links.look(token)
    await town.people.links.use(token)


async def test_of_two_who_use_it_at_once_one_wins(town: Town) -> None:
    link = await made(town, LinkKind.OWNER)
    results = await asyncio.gather(*(follow(town, link, f"p{n}@example.com") for n in range(5)), return_exceptions=True)
    assert [type(one) for one in results if one is not None] == [KeyGone] * 4
    assert len(await town.people.users.members(town.organization)) == 1


async def test_of_two_who_choose_a_password_at_once_one_wins(town: Town) -> None:
    link = await made(town, LinkKind.PASSWORD)
    choose = town.people.signing_in.choose_password
    results = await asyncio.gather(
        *(choose(link.token.reveal(), word) for word in (ANOTHER, WRONG)), return_exceptions=True
    )
    assert [type(one) for one in results if not isinstance(one, str)] == [KeyGone]


@pytest.mark.parametrize(
    ("kind", "hours"), [(LinkKind.OWNER, 24), (LinkKind.INVITATION, 7 * 24), (LinkKind.PASSWORD, 1)]
)
async def test_its_time_is_over_after_its_kinds(town: Town, kind: LinkKind, hours: int) -> None:
    assert LIFE[kind] == timedelta(hours=hours)
    token = (await made(town, kind)).token.reveal()
    town.clock.advance(hours * 3600 - 1)
    await town.people.links.look(token)
    town.clock.advance(1)
    for ask in (town.people.links.look, town.people.links.use):
        with pytest.raises(KeyGone):
            await ask(token)


async def test_the_next_owners_link_replaces_the_one_before(town: Town) -> None:
    first = await made(town, LinkKind.OWNER)
    second = await made(town, LinkKind.OWNER)
    with pytest.raises(KeyGone):
        await follow(town, first)
    await follow(town, second)
    assert await role_of(town, BEN) == Role.OWNER


async def test_an_owners_link_of_one_organization_leaves_anothers_alone(town: Town) -> None:
    other = await town.installation.organizations.create("other")
    theirs = await town.people.links.for_owner(other.id, "operator")
    await made(town, LinkKind.OWNER)
    await follow(town, theirs)
    assert await role_of(town, BEN) is None


async def test_an_invitation_is_for_its_address_alone(town: Town) -> None:
    link = await made(town, LinkKind.INVITATION)
    with pytest.raises(UsageError, match="another address"):
        await follow(town, link, "eve@example.com")
    await follow(town, link, " BEN@Example.com ")
    assert await role_of(town, BEN) == Role.VIEWER


async def test_somebody_with_an_account_follows_it_with_their_password(town: Town) -> None:
    link = await made(town, LinkKind.INVITATION)
    await town.person(BEN, None)
    with pytest.raises(SignInRefused):
        await follow(town, link, password=WRONG)
    assert await role_of(town, BEN) is None
    await follow(town, link)
    assert await role_of(town, BEN) == Role.VIEWER


async def test_whose_account_asks_for_a_code_must_show_it_still(town: Town) -> None:
    link = await made(town, LinkKind.INVITATION)
    ben = await town.person(BEN, None)
    secret = await town.people.second_factor.prepare(ben)
    code = pyotp.TOTP(secret.reveal()).at(town.clock.now())
    await town.people.second_factor.begin(await town.again(ben), code)
    signed_in = await town.people.signing_in.with_link(link.token.reveal(), BEN, "", PASSWORD, BROWSER)
    assert signed_in.needs_code
    assert await town.people.sign_ins.find(signed_in.token.reveal()) is None


@pytest.mark.parametrize("kind", [LinkKind.OWNER, LinkKind.INVITATION])
async def test_a_link_into_an_organization_sets_no_password(town: Town, kind: LinkKind) -> None:
    link = await made(town, kind)
    with pytest.raises(UsageError):
        await town.people.signing_in.choose_password(link.token.reveal(), ANOTHER)
    await town.people.links.look(link.token.reveal())


async def test_a_link_for_a_password_leads_into_no_organization(town: Town) -> None:
    link = await made(town, LinkKind.PASSWORD)
    with pytest.raises(UsageError):
        await follow(town, link)
    await town.people.links.look(link.token.reveal())
    assert await role_of(town, BEN) is None


async def test_an_invitation_is_taken_back(town: Town) -> None:
    link = await made(town, LinkKind.INVITATION)
    assert [one.id for one in await town.people.links.open_invitations(town.organization)] == [link.row.id]
    await town.people.links.take_back(operator(town.organization, "test"), link.row.id)
    assert await town.people.links.open_invitations(town.organization) == []
    with pytest.raises(KeyGone):
        await follow(town, link)


async def test_another_organization_can_not_take_it_back(town: Town) -> None:
    link = await made(town, LinkKind.INVITATION)
    other = await town.installation.organizations.create("other")
    with pytest.raises(NotFound):
        await town.people.links.take_back(operator(other.id, "test"), link.row.id)
    await follow(town, link)


async def test_used_and_over_invitations_are_not_open(town: Town) -> None:
    link = await made(town, LinkKind.INVITATION)
    town.clock.advance(7 * 86_400)
    assert await town.people.links.open_invitations(town.organization) == []
    with pytest.raises(KeyGone):
        await follow(town, link)


@pytest.mark.parametrize("token", ["", "0" * 64, "grüezi", "x" * 5000])
async def test_what_was_never_made_is_no_link(town: Town, token: str) -> None:
    await made(town, LinkKind.OWNER)
    with pytest.raises(NotFound):
        await town.people.links.look(token)


async def test_neither_is_what_is_stored_of_it(town: Town) -> None:
    link = await made(town, LinkKind.OWNER)
    for guess in (link.row.digest, link.row.id, link.token.reveal()[:-1]):
        with pytest.raises(NotFound):
            await town.people.links.look(guess)


async def test_the_token_is_nowhere_on_the_disk(town: Town) -> None:
    link = await made(town, LinkKind.OWNER)
    assert link.token.reveal().encode() not in await town.bytes_on_disk()
    assert link.token.reveal() not in repr(link)


@pytest.mark.parametrize(
    ("email", "name", "password"),
    [
        ("nobody", "", PASSWORD),
        (BEN, "", Secret("too short")),
        (BEN, "", Secret("x" * 129)),
        (BEN, "n" * 101, PASSWORD),
    ],
)
async def test_what_is_refused_uses_no_link_up(town: Town, email: str, name: str, password: Secret) -> None:
    link = await made(town, LinkKind.OWNER)
    with pytest.raises(UsageError):
        await follow(town, link, email, name, password)
    await follow(town, link)


async def test_who_belongs_to_it_already_uses_no_link_up(town: Town) -> None:
    anna = await town.person("anna@example.com", Role.ADMIN)
    link = await town.people.links.for_owner(town.organization, "operator")
    with pytest.raises(UsageError, match="already"):
        await follow(town, link, (await town.people.users.email_of(anna)).reveal())
    await follow(town, link)
    assert await role_of(town, BEN) == Role.OWNER


async def test_a_new_password_ends_every_session_and_the_old_password(town: Town) -> None:
    anna = await town.person()
    tokens = [await town.session(anna) for _ in range(2)]
    link = await town.people.links.for_password(anna.id, "operator")
    await town.people.signing_in.choose_password(link.token.reveal(), ANOTHER)
    assert [await town.people.sign_ins.find(token.reveal()) for token in tokens] == [None, None]
    with pytest.raises(SignInRefused):
        await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)
    await town.people.signing_in.with_password("anna@example.com", ANOTHER, BROWSER)


async def test_a_weak_new_password_leaves_everything_as_it_was(town: Town) -> None:
    anna = await town.person()
    token = await town.session(anna)
    link = await town.people.links.for_password(anna.id, "operator")
    with pytest.raises(UsageError):
        await town.people.signing_in.choose_password(link.token.reveal(), Secret("short"))
    assert await town.people.sign_ins.find(token.reveal()) is not None
    await town.people.links.look(link.token.reveal())


async def test_an_erased_persons_link_gives_no_password(town: Town) -> None:
    await town.person()
    ben = await town.person(BEN, Role.VIEWER)
    link = await town.people.links.for_password(ben.id, "operator")
    await town.people.users.erase(ben.id, "operator")
    with pytest.raises(Op26xError):
        await town.people.signing_in.choose_password(link.token.reveal(), ANOTHER)
    assert await town.people.users.find(BEN) is None


async def invited_by(town: Town, role: Role) -> tuple[User, MadeLink]:
    """Somebody of a role, and their invitation of Ben to be the same."""
    await town.person()
    maker = await town.person("maker@example.com", role)
    return maker, await town.people.links.invite(town.actor(maker, role), BEN, role)


async def test_an_invitation_ends_with_its_makers_membership(town: Town) -> None:
    """Who is removed must not come back by an invitation to another address of theirs."""
    maker, link = await invited_by(town, Role.ADMIN)
    owner = (await town.people.users.members(town.organization))[0]
    await town.people.users.leave(town.actor(await town.people.users.get(owner.id)), maker.id)
    with pytest.raises(Op26xError):
        await follow(town, link)
    assert await role_of(town, BEN) is None


async def test_an_invitation_gives_no_more_than_its_maker_may_still(town: Town) -> None:
    maker, link = await invited_by(town, Role.ADMIN)
    owner = (await town.people.users.members(town.organization))[0]
    await town.people.users.change_role(town.actor(await town.people.users.get(owner.id)), maker.id, Role.VIEWER)
    with pytest.raises(Op26xError):
        await follow(town, link)
    assert await role_of(town, BEN) is None


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER, Role.PRIVACY_OFFICER])
async def test_nobody_invites_an_owner_but_owners(town: Town, role: Role) -> None:
    anna = await town.person(role=role)
    with pytest.raises(Forbidden):
        await town.people.links.invite(town.actor(anna, role), BEN, Role.OWNER)


async def test_a_link_for_a_password_is_of_no_use_once_its_person_may_do_more_than_its_maker(town: Town) -> None:
    anna = await town.person()
    admin = await town.person("admin@example.com", Role.ADMIN)
    ben = await town.person(BEN, Role.VIEWER)
    await town.people.users.must_govern(town.actor(admin, Role.ADMIN), ben.id)
    link = await town.people.links.for_password(ben.id, f"user:{admin.id}")
    await town.people.users.change_role(town.actor(anna), ben.id, Role.OWNER)
    with pytest.raises(Op26xError):
        await town.people.signing_in.choose_password(link.token.reveal(), ANOTHER)


async def test_a_link_into_a_closed_organization_leads_nowhere(town: Town) -> None:
    other = await town.installation.organizations.create("other")
    link = await town.people.links.for_owner(other.id, "operator")
    await town.installation.close_organization(other.id, "operator")
    with pytest.raises(Op26xError):
        await follow(town, link)
    assert await town.people.users.find(BEN) is None


async def test_links_whose_time_is_long_over_are_not_kept(town: Town) -> None:
    """An invitation holds a blind index of somebody's address, whether or not they ever came."""
    link = await made(town, LinkKind.INVITATION)
    town.clock.advance(400 * 86_400)
    await town.people.sweep()
    with pytest.raises(NotFound):
        await town.people.links.look(link.token.reveal())
