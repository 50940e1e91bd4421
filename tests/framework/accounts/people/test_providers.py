"""Those for whom a provider vouches: found by what it calls them, with the role that its claims give."""

from collections.abc import Callable
from typing import Any

import pytest

from framework.accounts.people.town import BROWSER, PASSWORD, Town
from op26x.accounts import Role
from op26x.accounts.people import User
from op26x.accounts.people.providers import Claims, roles_of
from op26x.errors import Forbidden, SettingsError, SignInRefused

ISSUER = "https://login.example.com"
OIDC = {"oidc_issuer": ISSUER, "oidc_client_id": "op26x", "oidc_roles": "staff=viewer, admins=admin, bosses=owner"}


@pytest.fixture
def town(build: Callable[..., Town]) -> Town:
    """Its provider's claims decide about roles."""
    return build(**OIDC)


def claims(town: Town, *roles: str, **changes: Any) -> Claims:
    """What the provider says of Ben."""
    usual = {"iss": ISSUER, "sub": "b-17", "email": "ben@example.com", "email_verified": True, "name": "Ben"}
    return Claims.of({**usual, "roles": list(roles), **changes}, town.installation.settings.core)


async def comes(town: Town, *roles: str, **changes: Any) -> User:
    """Ben, as he comes from the provider."""
    return await town.people.providers.known(claims(town, *roles, **changes))


async def role_of(town: Town, user: User) -> Role | None:
    """What somebody is in the first organization."""
    return next((one.role for one in await town.people.users.members(town.organization) if one.id == user.id), None)


async def test_claims_give_a_role(town: Town) -> None:
    ben = await comes(town, "staff")
    assert await role_of(town, ben) == Role.VIEWER
    assert (await town.people.users.email_of(ben)).reveal() == "ben@example.com"


async def test_of_several_the_highest_counts(town: Town) -> None:
    assert await role_of(town, await comes(town, "staff", "admins", "unknown")) == Role.ADMIN


async def test_changed_claims_change_the_role(town: Town) -> None:
    await town.person()
    for word, role in (("staff", Role.VIEWER), ("bosses", Role.OWNER), ("admins", Role.ADMIN)):
        assert await role_of(town, await comes(town, word)) == role


async def test_what_the_provider_makes_of_somebody_is_on_record(town: Town) -> None:
    await town.person()
    for words in (["staff"], ["staff"], ["admins"]):
        ben = await comes(town, *words)
    with pytest.raises(SignInRefused):
        await comes(town)
    entries = await town.people.users.audit(town.organization).list(who="oidc-provider")
    assert [(one.what, one.record_id, one.why) for one in reversed(entries)] == [
        ("member.added", ben.id, "viewer"),
        ("member.changed", ben.id, "admin"),
        ("member.removed", ben.id, ""),
    ]


async def test_without_a_role_nobody_is_made(town: Town) -> None:
    with pytest.raises(SignInRefused, match="no role"):
        await comes(town)
    assert await town.people.users.find("ben@example.com") is None


async def test_who_loses_the_role_is_out(town: Town) -> None:
    await town.person()
    ben = await comes(town, "admins")
    token = await town.session(ben)
    with pytest.raises(SignInRefused, match="no role"):
        await comes(town)
    assert await role_of(town, ben) is None
    with pytest.raises(Forbidden):
        await town.installation.actors.of(token.reveal())


async def test_the_last_owner_stays_one_whatever_is_said(town: Town) -> None:
    ben = await comes(town, "bosses")
    for words in ((), ("staff",)):
        assert (await comes(town, *words)).id == ben.id
        assert await role_of(town, ben) == Role.OWNER


@pytest.mark.parametrize("said", [False, None, "false", 0, "yes", ["true"]])
async def test_an_address_that_is_not_verified_is_none(town: Town, said: object) -> None:
    anna = await town.person("ben@example.com", Role.OWNER)
    with pytest.raises(SignInRefused, match="verified"):
        await comes(town, "bosses", email_verified=said)
    assert (await town.again(anna)).subject_index == ""


async def test_somebody_is_known_by_their_subject_later_whatever_their_address(town: Town) -> None:
    ben = await comes(town, "staff")
    for changes in ({"email": "married@example.com"}, {"email_verified": False}, {"email": ""}):
        assert (await comes(town, "staff", **changes)).id == ben.id


async def test_another_subject_is_somebody_else(town: Town) -> None:
    ben = await comes(town, "staff")
    assert (await comes(town, "staff", sub="c-18", email="cleo@example.com")).id != ben.id


async def test_a_subject_of_another_issuer_is_somebody_else(town: Town) -> None:
    ben = await comes(town, "staff")
    other = await comes(town, "staff", iss="https://evil.example.com", email="cleo@example.com")
    assert other.id != ben.id


async def test_somebody_else_who_is_given_the_address_later_does_not_get_the_account(town: Town) -> None:
    """Companies give the addresses of those who left to those who come."""
    await town.person()
    ben = await comes(town, "admins")
    try:
        newcomer = await comes(town, "staff", sub="z-99")
    except SignInRefused:
        newcomer = None
    assert newcomer is None or newcomer.id != ben.id
    assert (await comes(town, "admins")).id == ben.id


async def test_who_is_vouched_for_has_no_password_any_more(town: Town) -> None:
    """Whoever made the account before, with the address of somebody else, must not get in with them."""
    other = await town.installation.organizations.create("other")
    squatter = await town.person("ben@example.com", Role.VIEWER, organization=other.id)
    token = await town.session(squatter)
    ben = await comes(town, "bosses")
    assert await town.people.sign_ins.find(token.reveal()) is None
    assert (await town.again(ben)).password_hash == ""
    with pytest.raises(SignInRefused):
        await town.people.signing_in.with_password("ben@example.com", PASSWORD, BROWSER)


async def test_claims_decide_in_one_organization_alone(build: Callable[..., Town]) -> None:
    town = build(**OIDC, oidc_organization="other")
    other = await town.installation.organizations.create("other")
    ben = await comes(town, "admins")
    assert [(one.id, role) for one, role in await town.people.users.organizations(ben.id)] == [(other.id, Role.ADMIN)]
    await town.people.users.join(ben.id, town.organization, Role.VIEWER)
    await comes(town)
    theirs = [(one.id, role) for one, role in await town.people.users.organizations(ben.id)]
    assert theirs == [(town.organization, Role.VIEWER)]


async def test_an_organization_that_does_not_exist_lets_nobody_in(build: Callable[..., Town]) -> None:
    town = build(**OIDC, oidc_organization="nowhere")
    with pytest.raises(SignInRefused):
        await comes(town, "admins")


async def test_a_closed_organization_takes_nobody(town: Town) -> None:
    await town.installation.organizations.create("other")
    await town.installation.close_organization(town.organization, "operator")
    with pytest.raises(SignInRefused):
        await comes(town, "admins")
    assert await town.people.users.members(town.organization) == []


async def test_without_roles_in_the_settings_invitations_decide(build: Callable[..., Town]) -> None:
    town = build(oidc_issuer=ISSUER, oidc_client_id="op26x")
    with pytest.raises(SignInRefused):
        await comes(town, "bosses")
    anna = await town.person("ben@example.com", Role.VIEWER)
    assert (await comes(town, "bosses")).id == anna.id
    assert await role_of(town, anna) == Role.VIEWER


@pytest.mark.parametrize("given", [None, 5, True, "", "nothing", [], [None, 5, ["admins"]], {"x": 1}, [{"a": 1}]])
async def test_odd_claims_give_no_role(town: Town, given: object) -> None:
    assert Claims.of({"iss": ISSUER, "sub": "1", "roles": given}, town.installation.settings.core).role is None


@pytest.mark.parametrize("given", ["admins", ["admins"], ["x", "admins"]])
async def test_one_word_or_a_list_of_them_gives_one(town: Town, given: object) -> None:
    assert Claims.of({"iss": ISSUER, "sub": "1", "roles": given}, town.installation.settings.core).role == Role.ADMIN


def test_the_setting_is_a_table() -> None:
    assert roles_of(" admins = admin,staff=viewer ,") == {"admins": Role.ADMIN, "staff": Role.VIEWER}
    assert roles_of("") == {}


@pytest.mark.parametrize("setting", ["admins", "admins=", "admins=boss", "a=admin=admin"])
def test_a_role_that_does_not_exist_is_said(setting: str) -> None:
    with pytest.raises(SettingsError, match="oidc_roles"):
        roles_of(setting)


async def test_the_subject_is_not_on_the_disk(town: Town) -> None:
    await comes(town, "staff", sub="auth0|0123456789abcdef")
    assert b"auth0|0123456789abcdef" not in await town.bytes_on_disk()
