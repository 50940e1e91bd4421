"""Actors: who somebody is by the key that they show, for which organization, and whether they may still."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from op26x.accounts import Actor, Actors, ApiKey, Role, actions_of, operator, permissions
from op26x.calls import Installation
from op26x.clock import ManualClock
from op26x.errors import Forbidden
from op26x.types import Secret

Make = Callable[..., Awaitable[tuple[ApiKey, Secret]]]


@pytest.fixture
def actors(installation: Installation) -> Actors:
    """Of the installation."""
    return installation.actors


@pytest.fixture
def make(installation: Installation) -> Make:
    """Makes an API key, of the first organization unless another one is named."""

    async def made(organization_id: str = "", role: Role = Role.OWNER, name: str = "notebook", **more: object):  # type: ignore[no-untyped-def]
        workspace = installation.workspace(organization_id or installation.first)
        who = operator(workspace.organization_id, "test")
        return await workspace.api_keys.create(name, who, role=role, **more)  # type: ignore[arg-type]

    return made


async def test_a_key_tells_who_acts_for_whom_and_what_they_may(
    actors: Actors, make: Make, installation: Installation
) -> None:
    key, secret = await make(role=Role.VIEWER)
    actor = await actors.of_key(secret.reveal())
    assert actor == Actor(installation.first, f"api-key:{key.id}", actions_of(Role.VIEWER))


async def test_each_key_acts_for_its_own_organization(actors: Actors, make: Make, installation: Installation) -> None:
    other = await installation.organizations.create("other")
    for organization_id in (installation.first, other.id):
        _, secret = await make(organization_id)
        actor = await actors.of_key(secret.reveal())
        assert actor is not None
        assert actor.organization_id == organization_id


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(st.text(max_size=80))
async def test_nothing_else_does(actors: Actors, guess: str) -> None:
    assert await actors.of_key(guess) is None


async def test_neither_does_what_is_stored_of_it(actors: Actors, make: Make) -> None:
    key, secret = await make()
    for guess in (key.digest, key.id, key.name, secret.reveal()[:-1], secret.reveal().upper()):
        assert await actors.of_key(guess) is None


@pytest.mark.parametrize("how", ["revoked", "expired", "closed"])
async def test_what_has_ended_opens_nothing_and_whoever_was_let_in_is_shown_out(
    actors: Actors, make: Make, installation: Installation, clock: ManualClock, how: str
) -> None:
    other = await installation.organizations.create("other")
    key, secret = await make(other.id, expires_at=clock.now() + timedelta(hours=1))
    actor = await actors.of_key(secret.reveal())
    assert actor is not None
    assert await actors.still(actor, "calls.read")
    if how == "revoked":
        await installation.workspace(other.id).api_keys.revoke(key.id)
    elif how == "expired":
        clock.advance(3600)
    else:
        await installation.organizations.close(other.id)
    assert await actors.of_key(secret.reveal()) is None
    assert not await actors.still(actor, "calls.read")


async def test_somebody_may_still_what_their_key_is_for_and_nothing_else(actors: Actors, make: Make) -> None:
    _, secret = await make(role=Role.VIEWER)
    actor = await actors.of_key(secret.reveal())
    assert actor is not None
    for action in permissions():
        assert await actors.still(actor, action) == actor.may(action) == (action in actions_of(Role.VIEWER))
    boast = Actor(actor.organization_id, actor.who, frozenset(permissions()))
    assert not await actors.still(boast, "recordings.read"), "the key counts, not what somebody says"


async def test_a_key_of_nobody_may_nothing(actors: Actors, installation: Installation) -> None:
    actor = Actor(installation.first, "api-key:nothing", frozenset(permissions()))
    assert not await actors.still(actor, "calls.read")


async def test_the_use_of_a_key_is_noted_to_the_minute(
    actors: Actors, make: Make, installation: Installation, clock: ManualClock
) -> None:
    key, secret = await make()
    keys = installation.workspace().api_keys
    assert (await keys.get(key.id)).last_used_at is None
    first = clock.now()
    for seconds, noted in ((0, 0), (59, 0), (1, 60), (30, 60), (3600, 3690)):
        clock.advance(seconds)
        assert await actors.of_key(secret.reveal())
        assert (await keys.get(key.id)).last_used_at == first + timedelta(seconds=noted)


async def test_a_wrong_key_notes_nothing(actors: Actors, make: Make, installation: Installation) -> None:
    key, secret = await make()
    await installation.workspace().api_keys.revoke(key.id)
    assert await actors.of_key(secret.reveal()) is None
    assert (await installation.workspace().api_keys.get(key.id)).last_used_at is None


async def test_the_operator_may_everything_and_needs_no_key(actors: Actors) -> None:
    actor = operator("01ORGANIZATION", "command-line")
    for action in permissions():
        actor.must(action)
        assert await actors.still(actor, action)
    assert not await actors.still(actor, "calls.rule")


@pytest.mark.parametrize("role", Role)
def test_an_actor_must_have_the_permission(role: Role) -> None:
    actor = Actor("01ORGANIZATION", "user:1", actions_of(role))
    for action, row in permissions().items():
        if role in row.roles:
            assert actor.may(action)
            actor.must(action)
            continue
        assert not actor.may(action)
        with pytest.raises(Forbidden, match=action) as caught:
            actor.must(action)
        assert all(named in caught.value.remedy for named in row.roles)


def test_what_no_table_has_nobody_may() -> None:
    with pytest.raises(Forbidden, match=r"calls\.rule") as caught:
        operator("01ORGANIZATION", "command-line").must("calls.rule")
    assert "nobody" in caught.value.remedy
