"""API keys: shown once, stored as a digest, of one organization, never more than their maker, ended at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from op26x.accounts import Actor, ApiKeys, Role, actions_of, operator, permissions
from op26x.calls import Installation, Workspace
from op26x.clock import ManualClock
from op26x.errors import Forbidden, NotFound, UsageError
from op26x.ids import Ids


@pytest.fixture
def keys(workspace: Workspace) -> ApiKeys:
    """Of the workspace's organization."""
    return workspace.api_keys


@pytest.fixture
def foreign(workspace: Workspace, another_organization: str, ids: Ids, clock: ManualClock) -> ApiKeys:
    """Of another organization on the same database."""
    return ApiKeys(workspace.database.within(another_organization), another_organization, ids, clock)


@pytest.fixture
def maker(workspace: Workspace) -> Actor:
    """Whoever may do everything."""
    return operator(workspace.organization_id, "command-line")


@pytest.fixture
def somebody(workspace: Workspace) -> Callable[..., Actor]:
    """Makes whoever has a role."""
    return lambda role: Actor(workspace.organization_id, "user:1", actions_of(role))


async def test_a_key_says_who_made_it_and_what_it_may(keys: ApiKeys, maker: Actor, clock: ManualClock) -> None:
    key, secret = await keys.create("notebook", maker, role=Role.VIEWER)
    assert secret.reveal().startswith("op26x_")
    assert len(secret.reveal()) == len("op26x_") + 64
    assert (key.name, key.made_by, key.created_at) == ("notebook", "command-line", clock.now())
    assert (key.revoked_at, key.expires_at, key.last_used_at) == (None, None, None)
    assert (key.role, key.granted) == ("viewer", actions_of(Role.VIEWER))
    assert key.stands(clock.now())


async def test_a_key_may_do_one_thing_alone(keys: ApiKeys, maker: Actor) -> None:
    await keys.create("notebook", maker, actions=["metrics.read", "calls.read"])
    (key,) = await keys.list()
    assert (key.role, key.granted) == ("", {"calls.read", "metrics.read"})


async def test_the_secret_is_nowhere_on_the_disk(keys: ApiKeys, maker: Actor, data: Path) -> None:
    _, secret = await keys.create("notebook", maker, role=Role.OWNER)
    for file in data.rglob("*"):
        assert not file.is_file() or secret.reveal().encode() not in file.read_bytes()
    assert secret.reveal() not in str(await keys.list())


async def test_the_secret_does_not_print_itself(keys: ApiKeys, maker: Actor) -> None:
    _, secret = await keys.create("notebook", maker, role=Role.OWNER)
    assert secret.reveal() not in f"{secret}{secret!r}"


@pytest.mark.parametrize("role", Role)
async def test_nobody_makes_a_key_that_may_do_more_than_they(
    keys: ApiKeys, somebody: Callable[..., Actor], role: Role
) -> None:
    for wanted in Role:
        more = actions_of(wanted) - actions_of(role)
        if more:
            with pytest.raises(Forbidden, match=sorted(more)[0]):
                await keys.create(f"{role} {wanted}", somebody(role), role=wanted)
        else:
            assert (await keys.create(f"{role} {wanted}", somebody(role), role=wanted))[0].made_by == "user:1"
    for action in permissions():
        if action not in actions_of(role):
            with pytest.raises(Forbidden):
                await keys.create(action, somebody(role), actions=[action])
    assert all(key.granted <= actions_of(role) for key in await keys.list())


async def test_only_the_operator_makes_a_key_for_the_metrics(
    keys: ApiKeys, maker: Actor, somebody: Callable[..., Actor]
) -> None:
    with pytest.raises(Forbidden, match=r"metrics\.read"):
        await keys.create("monitoring", somebody(Role.OWNER), actions=["metrics.read"])
    key, _ = await keys.create("monitoring", maker, actions=["metrics.read"])
    assert key.granted == {"metrics.read"}


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("notebook", {}),
    ("notebook", {"role": Role.OWNER, "actions": ["calls.read"]}),
    ("notebook", {"actions": ["calls.reed"]}),
    ("notebook", {"actions": [""]}),
    ("", {"role": Role.OWNER}),
    (" ", {"role": Role.OWNER}),
]


@pytest.mark.parametrize(("name", "wanted"), WRONG)
async def test_a_key_that_makes_no_sense_is_not_made(
    keys: ApiKeys, maker: Actor, name: str, wanted: dict[str, Any]
) -> None:
    with pytest.raises(UsageError) as caught:
        await keys.create(name, maker, **wanted)
    assert caught.value.remedy
    assert list(await keys.list()) == []


@pytest.mark.parametrize(("after", "made"), [(-1, False), (0, False), (1, True)])
async def test_a_key_does_not_end_before_it_begins(
    keys: ApiKeys, maker: Actor, clock: ManualClock, after: int, made: bool
) -> None:
    ends: datetime = clock.now() + timedelta(seconds=after)
    if made:
        key, _ = await keys.create("notebook", maker, role=Role.OWNER, expires_at=ends)
        assert (key.expires_at, key.stands(clock.now())) == (ends, True)
    else:
        with pytest.raises(UsageError, match="is over"):
            await keys.create("notebook", maker, role=Role.OWNER, expires_at=ends)


async def test_a_key_stands_until_it_expires(keys: ApiKeys, maker: Actor, clock: ManualClock) -> None:
    ends = clock.now() + timedelta(days=1)
    key, _ = await keys.create("notebook", maker, role=Role.OWNER, expires_at=ends)
    assert [key.stands(ends + timedelta(seconds=s)) for s in (-1, 0, 1)] == [True, False, False]


async def test_revoking_ends_a_key_and_twice_changes_nothing(keys: ApiKeys, maker: Actor, clock: ManualClock) -> None:
    key, _ = await keys.create("notebook", maker, role=Role.OWNER)
    clock.advance(60)
    first = (await keys.revoke(key.id)).revoked_at
    assert first == clock.now()
    clock.advance(60)
    revoked = await keys.revoke(key.id)
    assert (revoked.revoked_at, revoked.stands(clock.now())) == (first, False)


async def test_a_name_in_use_is_refused(keys: ApiKeys, maker: Actor) -> None:
    await keys.create("notebook", maker, role=Role.OWNER)
    with pytest.raises(UsageError, match="notebook") as caught:
        await keys.create("notebook", maker, role=Role.VIEWER)
    assert caught.value.remedy
    assert len(await keys.list()) == 1


@pytest.mark.parametrize("ended", ["revoked", "expired"])
async def test_the_name_of_a_key_that_ended_is_free(
    keys: ApiKeys, maker: Actor, clock: ManualClock, ended: str
) -> None:
    until = clock.now() + timedelta(hours=1) if ended == "expired" else None
    key, _ = await keys.create("notebook", maker, role=Role.OWNER, expires_at=until)
    if ended == "revoked":
        await keys.revoke(key.id)
    clock.advance(3600)
    again, _ = await keys.create("notebook", maker, role=Role.OWNER)
    assert [k.id for k in await keys.list()] == [key.id, again.id]
    assert (await keys.get("notebook")).id == again.id
    assert (await keys.get(key.id)).id == key.id


async def test_keys_are_listed_oldest_first_with_the_revoked_ones(
    keys: ApiKeys, maker: Actor, clock: ManualClock
) -> None:
    made = []
    for name in ("c", "a", "b"):
        made.append((await keys.create(name, maker, role=Role.OWNER))[0])
        clock.advance(1)
    await keys.revoke(made[1].id)
    assert [k.name for k in await keys.list()] == ["c", "a", "b"]


async def test_an_unknown_key_can_not_be_revoked(keys: ApiKeys) -> None:
    with pytest.raises(NotFound, match="nothing"):
        await keys.revoke("nothing")


async def test_organizations_do_not_see_each_others_keys(
    keys: ApiKeys, foreign: ApiKeys, maker: Actor, installation: Installation
) -> None:
    key, secret = await keys.create("notebook", maker, role=Role.OWNER)
    assert list(await foreign.list()) == []
    for name in (key.id, key.name):
        with pytest.raises(NotFound):
            await foreign.get(name)
        with pytest.raises(NotFound):
            await foreign.revoke(name)
    await foreign.create("notebook", maker, role=Role.OWNER)
    actor = await installation.actors.of_key(secret.reveal())
    assert actor is not None
    assert actor.organization_id == key.organization_id
