"""An installation: organizations share its engines, and nothing else."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from framework.consent.unwritable import unwritable
from framework.recording.test_store import Archive
from op26x.audit import Access
from op26x.calls import Arrival, Call, CallState, Installation, Workspace
from op26x.clock import ManualClock
from op26x.errors import KeyGone, NotFound, Tampered, UsageError, VaultError
from op26x.ids import Ids
from op26x.settings import Settings
from op26x.types import PhoneNumber
from op26x.vault import KeyKind
from op26x.work.intents import IntentKind

READER = Access("test", "a test")
CALLER = PhoneNumber("+12125550123")
Arrive = Callable[..., Arrival]


@pytest.fixture
async def other(installation: Installation) -> Workspace:
    """Of another organization."""
    return installation.workspace((await installation.organizations.create("other")).id)


async def call_of(workspace: Workspace, arrival: Arrive, sid: str) -> Call:
    return await workspace.calls.begin(arrival(provider_call_id=sid), "clinic", CallState.RINGING)


def test_the_first_organization_is_made_once(
    installation: Installation, settings: Settings, clock: ManualClock, ids: Ids
) -> None:
    again = Installation.open(settings, clock, ids)
    assert again.first == installation.first == installation.workspace().organization_id
    again.close()


async def test_a_workspace_is_opened_once_by_whatever_name(installation: Installation, other: Workspace) -> None:
    assert installation.workspace("other") is installation.workspace(other.organization_id) is other
    assert await installation.opened(other.organization_id) is other
    first = installation.workspace("default")
    assert first is installation.workspace(installation.first)
    assert first is not other


async def test_of_several_one_must_be_named(installation: Installation, other: Workspace) -> None:
    with pytest.raises(UsageError, match="2 organizations"):
        installation.workspace()
    with pytest.raises(NotFound, match="nobody"):
        installation.workspace("nobody")


async def test_it_is_opened_off_the_event_loop_and_once_however_many_ask(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await installation.organizations.create("other")
    threads = []
    workspace_of = installation.workspace

    def noting(organization: str = "") -> Workspace:
        threads.append(threading.current_thread())
        return workspace_of(organization)

    monkeypatch.setattr(installation, "workspace", noting)
    opened = await asyncio.gather(*(installation.opened(made.id) for _ in range(5)))
    assert len({id(one) for one in opened}) == 1
    assert threading.current_thread() not in threads


async def test_engines_are_shared_and_keys_are_not(installation: Installation, other: Workspace) -> None:
    first = installation.workspace(installation.first)
    assert first.database._engine is other.database._engine is installation.database._engine
    assert first.database._queue is other.database._queue is installation.database._queue
    assert first.time is other.time is installation.time
    assert first.index.of(CALLER) != other.index.of(CALLER), "nobody sees that both know the same person"
    await first.keys.create(KeyKind.CALL, "01CALL")
    with pytest.raises(KeyGone):
        await other.keys.get(KeyKind.CALL, "01CALL")
    assert await other.keys.all(KeyKind.CALL) == {}


async def test_the_records_of_one_are_nothing_to_the_other(
    installation: Installation, other: Workspace, arrival: Arrive
) -> None:
    first = installation.workspace(installation.first)
    call = await call_of(first, arrival, "CA1")
    assert list(await other.calls.list()) == []
    assert await other.calls.by_provider_id("twilio", "CA1") is None
    with pytest.raises(NotFound):
        await other.calls.get(call.id)
    with pytest.raises(NotFound):
        await other.calls.move(call.id, CallState.FAILED)
    for read in (other.calls.numbers(call.id, READER), other.recordings.open(call.id, READER)):
        with pytest.raises((NotFound, KeyGone)):
            await read
    assert await first.calls.numbers(call.id, READER) == (CALLER, PhoneNumber("+12125550199"))


async def test_one_erases_nothing_of_the_other(
    installation: Installation, other: Workspace, clock: ManualClock, arrival: Arrive, data: Path
) -> None:
    first = installation.workspace(installation.first)
    call, audio = await Archive(first, clock, arrival, data).record(0.6)
    assert not await other.erasures.erase(call.id, READER)
    assert list(await other.erasures.expired(clock.now() + timedelta(days=9999))) == []
    assert await other.reconciliation.run(READER, timedelta(days=30), erase=True) == []
    _, wav = await first.recordings.open(call.id, READER)
    assert len(await wav.read()) > len(audio)


async def test_a_row_that_is_moved_to_another_organization_opens_no_better(
    installation: Installation, other: Workspace, arrival: Arrive
) -> None:
    call = await call_of(installation.workspace(installation.first), arrival, "CA1")
    moved = sa.text("UPDATE call SET organization_id = :other").bindparams(other=other.organization_id)
    await installation.database.run(lambda session: session.execute(moved))
    with pytest.raises((KeyGone, Tampered, VaultError)):
        await other.calls.numbers(call.id, READER)


async def test_each_has_its_own_period_list_of_people_and_audit_log(
    installation: Installation, other: Workspace
) -> None:
    first = installation.workspace(installation.first)
    await first.periods.change(7, first.kept, "test")
    assert (await first.periods.days(), await other.periods.days()) == (7, 30)
    await first.suppressions.add(first.index.of(CALLER), "01CALL")
    assert await first.suppressions.hold(first.index.of(CALLER))
    for index in (first.index.of(CALLER), other.index.of(CALLER)):
        assert not await other.suppressions.hold(index)
    await first.audit.add("recording.read", "01RECORD", READER)
    assert len(await first.audit.of("01RECORD")) == 1
    assert list(await other.audit.of("01RECORD")) == []


async def test_a_demand_is_carried_out_by_its_own_organization(installation: Installation, other: Workspace) -> None:
    """The reserve is one, and so is the disk that is full."""
    first = installation.workspace(installation.first)
    assert installation.demands_waiting() == 0
    with unwritable(installation.database):
        await other.suppressions.add(other.index.of(CALLER), "01CALL")
        assert installation.demands_waiting() == 1
        assert first.intents.waiting() == []
        assert not first.intents.pending(IntentKind.SUPPRESS, other.index.of(CALLER))
        assert other.intents.pending(IntentKind.SUPPRESS, other.index.of(CALLER))
    await first.intents.carry_out()
    assert installation.demands_waiting() == 1
    assert await other.intents.carry_out() == []
    assert await other.suppressions.hold(other.index.of(CALLER))


async def test_a_demand_is_found_again_after_a_restart_by_its_own_organization(
    installation: Installation, other: Workspace, settings: Settings, clock: ManualClock, ids: Ids
) -> None:
    with unwritable(installation.database):
        await other.suppressions.add(other.index.of(CALLER), "01CALL")
    again = Installation.open(settings, clock, ids)
    assert again.workspace(again.first).intents.waiting() == []
    (waiting,) = again.workspace(other.organization_id).intents.waiting()
    assert (waiting.kind, waiting.organization_id) == (IntentKind.SUPPRESS, other.organization_id)
    again.close()


# Closing one.


async def test_closing_is_an_entry_in_its_audit_log(installation: Installation, other: Workspace) -> None:
    closed = await installation.close_organization(other.organization_id, "command-line", 14)
    (entry,) = await other.audit.of(other.organization_id)
    assert (entry.what, entry.who, entry.why) == ("organization.closed", "command-line", "erased after 14 days")
    assert closed.erased_by == closed.closed_at + timedelta(days=14)  # type: ignore[operator]


async def test_what_can_not_be_closed_leaves_no_entry(installation: Installation, workspace: Workspace) -> None:
    with pytest.raises(UsageError):
        await installation.close_organization(installation.first, "command-line")
    assert list(await workspace.audit.of(installation.first)) == []


async def test_a_closed_one_can_be_read_until_it_is_erased(installation: Installation, other: Workspace) -> None:
    await installation.close_organization(other.organization_id, "command-line")
    assert [one.organization_id for one in await installation.all()] == [installation.first, other.organization_id]
    assert installation.workspace() is installation.workspace(installation.first), "and needs a name"
    assert installation.workspace("other") is other


async def test_an_erased_one_is_opened_no_more(
    installation: Installation, other: Workspace, clock: ManualClock
) -> None:
    await installation.close_organization(other.organization_id, "command-line")
    organization = installation.organizations.named(other.organization_id)
    organization.erased_at = clock.now()
    await installation.database.run(lambda session: session.add(organization))
    installation._workspaces.pop(other.organization_id)
    for name in ("other", other.organization_id):
        with pytest.raises(UsageError, match="was erased on 2026-01-05"):
            installation.workspace(name)
    assert [one.organization_id for one in await installation.all()] == [installation.first]


async def test_all_are_given_oldest_first(installation: Installation) -> None:
    for name in ("zoo", "acme"):
        await installation.organizations.create(name)
    names = [installation.organizations.named(one.organization_id).name for one in await installation.all()]
    assert names == ["default", "zoo", "acme"]


# The root key.


async def test_another_root_key_is_noticed(installation: Installation, settings: Settings) -> None:
    installation.check_root()
    settings.core.key_path.write_text("0" * 64)
    with pytest.raises(VaultError):
        installation.check_root()


async def test_its_key_is_destroyed_and_nothing_of_it_opens_again(
    installation: Installation, other: Workspace, settings: Settings, clock: ManualClock, ids: Ids
) -> None:
    await other.keys.destroy(KeyKind.ORGANIZATION, other.organization_id)
    again = Installation.open(settings, clock, ids)
    with pytest.raises(VaultError, match="destroyed"):
        again.workspace("other")
    assert again.workspace("default").organization_id == installation.first, "the others are as they were"
    again.close()


def test_closing_lets_go_of_both_databases(settings: Settings, data: Path) -> None:
    installation = Installation.open(settings)
    installation.workspace()
    installation.close()
    assert not list(data.glob("*.db-wal")), "the last one that closes a database takes its log away"
