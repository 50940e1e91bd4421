"""Erasing: demanded durably first, unreadable from that moment on, and finished by whoever comes next."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from framework.consent.unwritable import unwritable, without_reserve
from framework.recording.given import permit
from framework.recording.test_store import WHO, Archive
from op26x.audit import Access
from op26x.calls import Arrival, Call, Workspace
from op26x.clock import ManualClock
from op26x.consent import ConsentGiven, ConsentState
from op26x.errors import BlobError, KeyGone, NotErased, NotFound, NotNoted, VaultError
from op26x.ids import Ids
from op26x.recording import SpokenTurn, WireTap
from op26x.storage.reserve import Reserve
from op26x.types import Personal
from op26x.vault import KeyKind
from op26x.work.intents import IntentKind
from workspaces import after_a_kill, close_workspace, open_workspace

CALLER = Access("caller", "demanded")
SWEEP = Access("sweep", "again")
EXPIRED = Access("sweep", "expired")
DEMANDED_ENTRY = ("recording.erasure-demanded", "caller", "demanded")
ERASED_ENTRY = ("recording.erased", "caller", "demanded")


@pytest.fixture
def archive(workspace: Workspace, clock: ManualClock, arrival: Callable[..., Arrival], data: Path) -> Archive:
    """Empty."""
    return Archive(workspace, clock, arrival, data)


@pytest.fixture
def beside(workspace: Workspace, clock: ManualClock) -> Iterator[Workspace]:
    """Another process on the same directory."""
    opened = open_workspace(workspace.settings, clock, Ids(clock))
    yield opened
    close_workspace(opened)


def withdrawn(call: Call) -> ConsentGiven:
    return ConsentGiven("person", call.id, ConsentState.WITHDRAWN, "words", "delete")


async def assert_unreadable(workspace: Workspace, call: Call) -> None:
    for read in (workspace.recordings.open(call.id, WHO), workspace.recordings.open(call.id, WHO, noted=True)):
        with pytest.raises(KeyGone):
            await read


async def assert_gone(archive: Archive, call: Call) -> None:
    await assert_unreadable(archive.workspace, call)
    assert (await archive.recordings.get(call.id)).state == "erased"
    assert not (archive.files / call.id).exists()
    with pytest.raises(KeyGone):
        await archive.workspace.keys.get(KeyKind.CALL, call.id)
    assert await archive.erasures.demanded() == []


async def entries(archive: Archive, call: Call) -> list[tuple[str, str, str]]:
    """All but those of readings."""
    row = await archive.recordings.get(call.id)
    return [entry for entry in await archive.audited(row.id) if "eras" in entry[0]]


async def state(archive: Archive, call: Call) -> str:
    return (await archive.recordings.get(call.id)).state


# The demand.


async def test_a_demand_is_noted_before_anything_is_touched(archive: Archive, beside: Workspace) -> None:
    call, _ = await archive.record(0.6)
    await archive.erasures.demand(call.id, CALLER, withdrawn(call))
    row = await archive.recordings.get(call.id)
    assert (row.state, row.erasure_by, row.erasure_why, row.erased_at) == ("erasing", "caller", "demanded", None)
    assert await archive.erasures.demanded() == [call.id]
    for workspace in (archive.workspace, beside):
        await assert_unreadable(workspace, call)
    assert (archive.files / call.id).exists()
    await archive.workspace.keys.get(KeyKind.CALL, call.id)
    assert await entries(archive, call) == [DEMANDED_ENTRY]
    assert [entry.state for entry in await archive.workspace.consents.of_call(call.id)] == ["withdrawn"]


async def test_whoever_demands_it_first_is_named(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    for access in (CALLER, WHO, EXPIRED):
        await archive.erasures.demand(call.id, access)
    assert await archive.erasures.erase(call.id, SWEEP)
    assert await entries(archive, call) == [DEMANDED_ENTRY, ERASED_ENTRY]
    row = await archive.recordings.get(call.id)
    assert (row.erasure_by, row.erasure_why, row.end_reason) == ("caller", "demanded", "erased: demanded")
    await archive.erasures.demand(call.id, WHO)
    assert await state(archive, call) == "erased", "what is erased stays so"
    assert len(await entries(archive, call)) == 2


async def test_a_demand_and_its_withdrawal_are_written_together_or_not_at_all(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, _ = await archive.record(0.6)

    def fails(*_: object) -> None:
        raise ValueError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(archive.workspace.audit, "entry", fails)
        with pytest.raises(ValueError, match="killed"):
            await archive.erasures.demand(call.id, CALLER, withdrawn(call))
    assert await state(archive, call) == "completed"
    assert await archive.workspace.consents.of_call(call.id) == []


async def test_what_goes_because_its_time_is_over_was_not_demanded(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    archive.clock.advance((call.expires_at - archive.clock.now()) / timedelta(seconds=1))
    assert await archive.erasures.erase(call.id, EXPIRED)
    assert await entries(archive, call) == [("recording.erased", "sweep", "expired")]


async def test_of_nothing_nothing_is_demanded(archive: Archive) -> None:
    call = await archive.call()
    await archive.erasures.demand(call.id, CALLER)
    assert await archive.erasures.demanded() == []
    assert not await archive.erasures.erase(call.id, CALLER)


async def test_a_recording_under_way_is_not_completed_after_the_demand(archive: Archive) -> None:
    call, _, recorder = await archive.begin()
    await archive.erasures.demand(call.id, CALLER)
    await recorder.finish()
    assert (await archive.recordings.finish(call.id, recorder, "call-ended")).state == "erasing"
    assert await after_a_kill(archive.recordings) == []
    await archive.erasures.erase(call.id, SWEEP)
    await assert_gone(archive, call)


async def test_one_that_did_not_begin_is_undone(archive: Archive) -> None:
    call, _, recorder = await archive.begin()
    row = await archive.recordings.get(call.id)
    await recorder.discard()
    await archive.erasures.undo(call.id)
    with pytest.raises(NotFound):
        await archive.recordings.get(row.id)
    assert not (archive.files / call.id).exists()
    with pytest.raises(KeyGone):
        await archive.workspace.keys.get(KeyKind.CALL, call.id)
    await archive.erasures.undo(call.id)


# Killed.


class Killed(BaseException):
    """The process is gone."""


class Killer:
    """Kills at one of the points before, within and after each step of an erasure."""

    def __init__(self, workspace: Workspace, patch: pytest.MonkeyPatch, at: int) -> None:
        self.left = at
        self.killed = False
        steps: list[tuple[Any, str]] = [
            (workspace.keys, "destroy_all"),
            (workspace.erasures._blobs, "delete"),
            (workspace.database, "checkpoint"),
        ]
        for owner, name in steps:
            patch.setattr(owner, name, self._step(getattr(owner, name)))
        run = self._step(workspace.database.run)

        async def transaction(work: Callable[[Any], Any], **options: Any) -> Any:
            def within(session: Any) -> Any:
                result = work(session)
                self._point()
                return result

            return await run(within, **options)

        patch.setattr(workspace.database, "run", transaction)

    def _point(self) -> None:
        if self.left == 0 and not self.killed:
            self.killed = True
            raise Killed
        self.left -= 1

    def _step(self, act: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def acting(*arguments: Any, **more: Any) -> Any:
            self._point()
            result = await act(*arguments, **more)
            self._point()
            return result

        return acting


async def test_killed_at_any_step_it_can_not_be_read_and_is_finished_with_one_entry(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    for at in range(100):
        call, _ = await archive.record(0.6)
        with monkeypatch.context() as patch:
            killer = Killer(archive.workspace, patch, at)
            with suppress(Killed):
                await archive.erasures.erase(call.id, CALLER)
        found.append(await state(archive, call))
        if not killer.killed:
            break
        if found[-1] == "completed":
            assert await entries(archive, call) == [], "nothing was demanded yet"
            await archive.erasures.demand(call.id, CALLER)
        else:
            assert await archive.erasures.demanded() == ([call.id] if found[-1] == "erasing" else [])
        await assert_unreadable(archive.workspace, call)
        assert await archive.erasures.erase(call.id, SWEEP)
        await assert_gone(archive, call)
        assert await entries(archive, call) == [DEMANDED_ENTRY, ERASED_ENTRY]
    assert sorted(set(found), key=found.index) == ["completed", "erasing", "erased"]
    assert found.count("erasing") > 5


async def test_killed_it_is_finished_after_a_restart(
    archive: Archive, beside: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, _ = await archive.record(0.6)

    async def killed(*_: object) -> bool:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(archive.erasures._blobs, "delete", killed)
        with pytest.raises(Killed):
            await archive.erasures.erase(call.id, CALLER)
    assert await after_a_kill(beside.recordings) == []
    assert await beside.erasures.demanded() == [call.id]
    await assert_unreadable(beside, call)
    assert await beside.erasures.erase(call.id, SWEEP)
    await assert_gone(archive, call)
    assert await entries(archive, call) == [DEMANDED_ENTRY, ERASED_ENTRY]


# What fails.


@pytest.mark.parametrize("error", [BlobError("dead"), OSError("dead"), VaultError("dead")])
@pytest.mark.parametrize("step", ["key", "blob"])
async def test_what_can_not_be_erased_now_can_not_be_read_and_is_erased_later(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, step: str, error: Exception
) -> None:
    call, _ = await archive.record(0.6)

    async def fails(*_: object) -> bool:
        raise error

    owner, name = {"key": (archive.workspace.keys, "destroy_all"), "blob": (archive.erasures._blobs, "delete")}[step]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, fails)
        for access in (CALLER, SWEEP):
            with pytest.raises(NotErased) as raised:
                await archive.erasures.erase(call.id, access)
            assert raised.value.__cause__ is error
            assert raised.value.remedy
    assert await state(archive, call) == "erasing"
    await assert_unreadable(archive.workspace, call)
    assert await archive.erasures.demanded() == [call.id]
    assert await entries(archive, call) == [DEMANDED_ENTRY], "it is not said to be erased"
    assert await archive.erasures.erase(call.id, SWEEP)
    await assert_gone(archive, call)
    assert await entries(archive, call) == [DEMANDED_ENTRY, ERASED_ENTRY]


@contextmanager
def gone(workspace: Workspace) -> Iterator[None]:
    """Somebody moved the database away."""
    file = workspace.settings.core.database_path
    file.rename(file.with_name("aside.db"))
    try:
        yield
    finally:
        file.with_name("aside.db").rename(file)


LOST = {"can't be written": lambda workspace: unwritable(workspace.database), "is gone": gone}


@pytest.mark.sqlite
@pytest.mark.parametrize("database", LOST)
async def test_a_demand_that_the_database_does_not_take_goes_to_the_reserve(
    archive: Archive, beside: Workspace, clock: ManualClock, database: str
) -> None:
    call, _ = await archive.record(0.6)
    kept, _ = await archive.record(0.6, seed=5)
    said_at = clock.now()
    with LOST[database](archive.workspace):
        await archive.erasures.demand(call.id, CALLER, withdrawn(call))
        assert archive.workspace.intents.pending(IntentKind.ERASE, call.id)
        assert len(await archive.workspace.intents.carry_out()) == 2, "both wait on"
    for workspace in (archive.workspace, beside):
        await assert_unreadable(workspace, call)
        await workspace.recordings.open(kept.id, WHO)
    assert await state(archive, call) == "completed"
    clock.advance(60)
    assert await beside.intents.carry_out() == []
    assert await archive.erasures.demanded() == [call.id]
    assert not archive.workspace.intents.pending(IntentKind.ERASE, kept.id)
    clock.advance(60)
    assert await archive.erasures.erase(call.id, SWEEP)
    await assert_gone(archive, call)
    assert await entries(archive, call) == [DEMANDED_ENTRY, ERASED_ENTRY]
    (consent,) = await archive.workspace.consents.of_call(call.id)
    assert (consent.state, consent.evidence, consent.value, consent.at) == ("withdrawn", "words", "delete", said_at)


async def test_an_erasure_while_the_database_can_not_be_written_is_finished_later(
    archive: Archive, beside: Workspace
) -> None:
    call, _ = await archive.record(0.6)
    with unwritable(archive.workspace.database):
        with pytest.raises(NotErased):
            await archive.erasures.erase(call.id, CALLER)
        await assert_unreadable(archive.workspace, call)
        await assert_unreadable(beside, call)
    await assert_unreadable(archive.workspace, call)
    assert await archive.workspace.intents.carry_out() == []
    assert await archive.erasures.demanded() == [call.id]
    assert await archive.erasures.erase(call.id, SWEEP)
    await assert_gone(archive, call)
    assert await entries(archive, call) == [DEMANDED_ENTRY, ERASED_ENTRY]


async def test_a_demand_that_nothing_takes_says_so_and_holds_while_the_process_lives(
    archive: Archive, beside: Workspace
) -> None:
    call, _ = await archive.record(0.6)
    with unwritable(archive.workspace.database), without_reserve(archive.workspace):
        with pytest.raises(NotNoted):
            await archive.erasures.demand(call.id, CALLER, withdrawn(call))
        with pytest.raises(NotNoted):
            await archive.erasures.erase(call.id, CALLER)
        await assert_unreadable(archive.workspace, call)
    await assert_unreadable(archive.workspace, call)
    await beside.recordings.open(call.id, WHO)
    assert await archive.workspace.intents.carry_out() == []
    await assert_unreadable(beside, call)
    assert await archive.erasures.erase(call.id, SWEEP)
    await assert_gone(archive, call)
    assert await entries(archive, call) == [DEMANDED_ENTRY, ERASED_ENTRY]
    assert [entry.state for entry in await archive.workspace.consents.of_call(call.id)] == ["withdrawn"]


async def test_whoever_demands_again_and_again_crowds_nobody_out(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    with unwritable(archive.workspace.database):
        for _ in range(3):
            with pytest.raises(NotErased):
                await archive.erasures.erase(call.id, CALLER)
    assert len(Reserve(archive.workspace.settings.core.reserve_path).notes()) == 1


async def test_what_goes_because_its_time_is_over_takes_no_room_in_the_reserve(archive: Archive) -> None:
    """Its row says already that nobody reads it, and it comes up again with every sweep."""
    call, _ = await archive.record(0.6)
    archive.clock.advance((call.expires_at - archive.clock.now()) / timedelta(seconds=1))
    with unwritable(archive.workspace.database):
        assert [due.call_id for due in await archive.erasures.expired(archive.clock.now())] == [call.id]
        with pytest.raises(NotErased):
            await archive.erasures.erase_all([call.id], EXPIRED)
    assert Reserve(archive.workspace.settings.core.reserve_path).notes() == []


# At once.


async def test_two_that_erase_at_once_write_one_entry(archive: Archive, beside: Workspace) -> None:
    for _ in range(3):
        call, _ = await archive.record(0.6)
        erasing = (archive.erasures.erase(call.id, CALLER), beside.erasures.erase(call.id, WHO))
        assert await asyncio.gather(*erasing) == [True, True]
        await assert_gone(archive, call)
        demanded, erased = sorted(await entries(archive, call), key=lambda entry: entry[0] == "recording.erased")
        assert demanded[1:] in ((CALLER.who, CALLER.why), (WHO.who, WHO.why))
        assert erased == ("recording.erased", *demanded[1:])


async def test_words_that_come_while_it_is_erased_do_not_stay(archive: Archive) -> None:
    call = await archive.call()
    leave = permit(call.id)
    _, recorder, key = await archive.recordings.begin(leave, WireTap(archive.clock), lambda: None)
    await recorder.discard()
    adding = [
        archive.workspace.transcripts.add(leave, key, SpokenTurn(number, "caller", 0, 1, Personal("words")))
        for number in range(1, 6)
    ]
    await asyncio.gather(*adding, archive.erasures.erase(call.id, CALLER))
    assert await archive.workspace.transcripts.of_call(call.id, WHO) == []


@pytest.mark.sqlite
async def test_a_demand_of_the_reserve_outlives_a_database_that_does_not_know_the_recording(
    archive: Archive, data: Path, clock: ManualClock
) -> None:
    file, aside = data / "op26x.db", data.parent / "right.db"
    call, _ = await archive.record(0.6)
    await archive.workspace.database.checkpoint()
    shutil.copy(file, aside)
    with unwritable(archive.workspace.database):
        await archive.erasures.demand(call.id, CALLER)
    await archive.workspace.database.run(
        lambda session: session.execute(sa.text("DELETE FROM recording"))  # a backup from before is put back
    )
    await archive.workspace.intents.carry_out()
    close_workspace(archive.workspace)
    for name in ("op26x.db-wal", "op26x.db-shm"):
        (data / name).unlink(missing_ok=True)
    shutil.copy(aside, file)
    again = open_workspace(archive.workspace.settings, clock, Ids(clock))
    await again.intents.carry_out()
    with pytest.raises(KeyGone):
        await again.recordings.open(call.id, WHO)
    close_workspace(again)


async def test_a_demand_of_another_process_is_not_undone_by_a_start(archive: Archive, beside: Workspace) -> None:
    call, _, recorder = await archive.begin()
    await recorder.discard()
    blobs = archive.recordings._blobs
    size = blobs.size

    async def demanded_meanwhile(key: str) -> int:
        await beside.erasures.demand(call.id, CALLER)
        return await size(key)

    blobs.size = demanded_meanwhile  # type: ignore[method-assign]
    await after_a_kill(archive.recordings)
    blobs.size = size  # type: ignore[method-assign]
    assert list(await archive.erasures.demanded()) == [call.id]
    await assert_unreadable(archive.workspace, call)
