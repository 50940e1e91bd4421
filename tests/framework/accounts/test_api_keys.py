"""API keys: shown once, stored as a digest, of one organization, ended at once."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from op26x.accounts import ApiKeys, Organization, default_organization
from op26x.calls import Workspace
from op26x.clock import ManualClock
from op26x.errors import NotFound, UsageError
from op26x.ids import Ids


@pytest.fixture
def keys(workspace: Workspace) -> ApiKeys:
    """Of the workspace's organization."""
    return workspace.api_keys


@pytest.fixture
def foreign(workspace: Workspace, ids: Ids, clock: ManualClock) -> ApiKeys:
    """Of another organization on the same database."""
    other = ids.new()
    with workspace.database.session() as session:
        session.add(Organization(id=other, name="other", created_at=clock.now()))
    return ApiKeys(workspace.database, other, ids, clock)


async def test_a_key_opens_the_door(keys: ApiKeys) -> None:
    key, secret = keys.create("notebook")
    assert await keys.accepts(secret.reveal())
    assert secret.reveal().startswith("op26x_")
    assert (key.name, key.revoked_at) == ("notebook", None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(st.text(max_size=80))
async def test_nothing_else_does(keys: ApiKeys, guess: str) -> None:
    assert not await keys.accepts(guess)


async def test_neither_does_what_is_stored_of_it(keys: ApiKeys) -> None:
    key, secret = keys.create("notebook")
    assert not await keys.accepts(key.digest)
    assert not await keys.accepts(key.id)
    assert not await keys.accepts(secret.reveal()[:-1])
    assert not await keys.accepts(secret.reveal().upper())


def test_the_secret_is_nowhere_on_the_disk(keys: ApiKeys, data: Path, workspace: Workspace) -> None:
    _, secret = keys.create("notebook")
    for file in data.rglob("*"):
        assert secret.reveal().encode() not in file.read_bytes()
    assert secret.reveal() not in str(keys.list())


def test_the_secret_does_not_print_itself(keys: ApiKeys) -> None:
    _, secret = keys.create("notebook")
    assert secret.reveal() not in f"{secret}{secret!r}"


async def test_a_revoked_key_opens_nothing(keys: ApiKeys, clock: ManualClock) -> None:
    key, secret = keys.create("notebook")
    clock.advance(60)
    assert keys.revoke(key.id).revoked_at == clock.now()
    assert not await keys.accepts(secret.reveal())


def test_revoking_twice_changes_nothing(keys: ApiKeys, clock: ManualClock) -> None:
    key, _ = keys.create("notebook")
    first = keys.revoke(key.id).revoked_at
    clock.advance(60)
    assert keys.revoke(key.id).revoked_at == first


def test_a_name_in_use_is_refused(keys: ApiKeys) -> None:
    keys.create("notebook")
    with pytest.raises(UsageError, match="notebook") as caught:
        keys.create("notebook")
    assert caught.value.remedy
    assert len(keys.list()) == 1


def test_the_name_of_a_revoked_key_is_free(keys: ApiKeys) -> None:
    key, _ = keys.create("notebook")
    keys.revoke(key.id)
    again, _ = keys.create("notebook")
    assert [k.id for k in keys.list()] == [key.id, again.id]


def test_keys_are_listed_oldest_first_with_the_revoked_ones(keys: ApiKeys, clock: ManualClock) -> None:
    made = []
    for name in ("c", "a", "b"):
        made.append(keys.create(name)[0])
        clock.advance(1)
    keys.revoke(made[1].id)
    assert [k.name for k in keys.list()] == ["c", "a", "b"]


def test_an_unknown_key_can_not_be_revoked(keys: ApiKeys) -> None:
    with pytest.raises(NotFound, match="nothing"):
        keys.revoke("nothing")


async def test_organizations_do_not_see_each_others_keys(keys: ApiKeys, foreign: ApiKeys) -> None:
    key, secret = keys.create("notebook")
    assert foreign.list() == []
    assert not await foreign.accepts(secret.reveal())
    with pytest.raises(NotFound):
        foreign.revoke(key.id)
    foreign.create("notebook")
    assert await keys.accepts(secret.reveal())


def test_the_default_organization_is_founded_once(workspace: Workspace, ids: Ids, clock: ManualClock) -> None:
    with workspace.database.session() as session:
        again = default_organization(session, ids, clock)
    assert (again.id, again.name) == (workspace.organization_id, "default")
