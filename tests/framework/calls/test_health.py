"""Health: each kind of problem comes when something is wrong, goes when it is mended, and is logged once each way."""

import asyncio
import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from framework.consent.unwritable import unwritable, without_reserve
from framework.recording.test_store import Archive
from op26x import logs
from op26x.audit import Access
from op26x.calls import Arrival, Installation, Workspace, health
from op26x.calls.health import SLOW_S, Health, Problem, what_is_lost
from op26x.clock import ManualClock
from op26x.errors import NotErased, StorageLost
from op26x.ids import Ids
from op26x.settings import resolve
from op26x.testing.virtual_loop import happen
from op26x.vault import KeyKind

CALLER = Access("caller", "demanded")


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[tuple[str, str]]]]:
    """What was logged about health: the event and the name of the problem. Nobody waits before they look twice."""
    output = io.StringIO()
    logs.configure("info", output)
    monkeypatch.setattr(health, "AGAIN_S", 0.0)

    def lines() -> list[tuple[str, str]]:
        said = [json.loads(line) for line in output.getvalue().splitlines()]
        return [(line["event"], line["name"]) for line in said if line["room"] == "health" and "name" in line]

    yield lines


@pytest.fixture
def archive(workspace: Workspace, clock: ManualClock, arrival: Callable[..., Arrival], data: Path) -> Archive:
    """Empty."""
    return Archive(workspace, clock, arrival, data)


@pytest.fixture
def watched(installation: Installation) -> Health:
    """The installation's health."""
    return Health(installation)


def beside(archive: Archive, workspace: Workspace) -> Archive:
    """That of another organization on the same installation, whose calls come from another provider."""

    def arrival(**changes: Any) -> Arrival:
        return archive._arrival(**{"provider": "other", **changes})

    return Archive(workspace, archive.clock, arrival, archive.files.parents[1])


async def names(watched: Health) -> list[str]:
    found = await watched.look()
    assert found == watched.problems
    assert all(problem.message for problem in found)
    return [problem.name for problem in found]


@contextmanager
def moved(file: Path) -> Iterator[None]:
    """Somebody moved it away."""
    file.rename(file.with_name("aside"))
    try:
        yield
    finally:
        file.with_name("aside").rename(file)


@contextmanager
def exchanged(file: Path) -> Iterator[None]:
    """Another one is in its place."""
    with moved(file):
        file.write_bytes(file.with_name("aside").read_bytes())
        yield


@contextmanager
def overwritten(file: Path) -> Iterator[None]:
    """Somebody wrote over its beginning."""
    before = file.read_bytes()[:4096]
    with file.open("r+b") as opened:
        opened.write(b"nonsense" * 16)
    try:
        yield
    finally:
        with file.open("r+b") as opened:
            opened.write(before)


@contextmanager
def another_root_key(file: Path) -> Iterator[None]:
    """Another root key is in the place of the one there was."""
    before = file.read_bytes()
    content = bytearray(before)
    at = next(at for at in range(len(content) - 1, -1, -1) if chr(content[at]) in "0123456789abcdefABCDEF")
    content[at] = ord("1") if content[at] == ord("0") else ord("0")
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(before)


@contextmanager
def open_to_others(file: Path) -> Iterator[None]:
    """Others may read it."""
    file.chmod(0o644)
    try:
        yield
    finally:
        file.chmod(0o600)


WRONG: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "database gone": ("database", lambda core: moved(core.database_path)),
    "database exchanged": ("database", lambda core: exchanged(core.database_path)),
    "database overwritten": ("database", lambda core: overwritten(core.database_path)),
    "key database gone": ("key-database", lambda core: moved(core.keys_path)),
    "key database exchanged": ("key-database", lambda core: exchanged(core.keys_path)),
    "key database overwritten": ("key-database", lambda core: overwritten(core.keys_path)),
    "root key gone": ("root-key", lambda core: moved(core.key_path)),
    "root key exchanged": ("root-key", lambda core: another_root_key(core.key_path)),
    "root key open to others": ("root-key", lambda core: open_to_others(core.key_path)),
}


async def test_at_first_nothing_is_wrong(watched: Health, log: Callable[[], list[tuple[str, str]]]) -> None:
    assert watched.problems == ()
    assert await names(watched) == []
    assert log() == []


@pytest.mark.sqlite
@pytest.mark.parametrize("what", WRONG)
async def test_what_is_wrong_with_a_file_comes_and_goes_and_is_logged_once_each(
    installation: Installation, watched: Health, log: Callable[[], list[tuple[str, str]]], what: str
) -> None:
    name, spoil = WRONG[what]
    for path in (installation.settings.core.database_path, installation.settings.core.keys_path):
        assert path.is_file()
    with spoil(installation.settings.core):
        for _ in range(3):
            assert await names(watched) == [name]
        assert watched.problems[0].remedy
        assert log() == [("problem", name)]
    for _ in range(2):
        assert await names(watched) == []
    assert log() == [("problem", name), ("problem is over", name)]


@pytest.mark.sqlite
async def test_several_are_told_at_once(installation: Installation, watched: Health) -> None:
    core = installation.settings.core
    with moved(core.keys_path), overwritten(core.database_path), open_to_others(core.key_path):
        assert sorted(await names(watched)) == ["database", "key-database", "root-key"]
    assert await names(watched) == []


async def test_what_is_wrong_only_once_is_nothing(
    installation: Installation, log: Callable[[], list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file may be looked at while it is being written."""
    check, left = installation.database.check, [1]

    def unlucky() -> None:
        if left[0]:
            left[0] -= 1
            raise StorageLost("It is cut off.")
        check()

    monkeypatch.setattr(installation.database, "check", unlucky)
    watched = Health(installation)
    assert await names(watched) == []
    left[0] = 2
    assert await names(watched) == ["database"]
    assert log() == [("problem", "database")]


@pytest.mark.sqlite
async def test_one_that_there_was_already_needs_no_second_look(
    installation: Installation, watched: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    check = installation.database.check
    monkeypatch.setattr(installation.database, "check", lambda: (looks.append(1), check()))
    with moved(installation.settings.core.database_path):
        await watched.look()
        assert len(looks) == 2
        await watched.look()
    assert len(looks) == 3


async def test_what_others_tell_is_told_too(installation: Installation) -> None:
    problems = [Problem("clock", "It is 40 days ahead.", "")]
    watched = Health(installation, [lambda: problems, lambda: [Problem("work", "A job failed.", "")]])
    assert await names(watched) == ["clock", "work"]
    problems.clear()
    assert await names(watched) == ["work"]


async def test_a_full_disk_is_said_before_calls_are_lost(watched: Health, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched.takes_calls
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 2**20))
        assert await names(watched) == ["disk"]
        assert "has 1 MiB free" in watched.problems[0].message
        assert not watched.takes_calls
    assert await names(watched) == []


async def test_a_reserve_that_is_gone_is_a_problem_and_no_reason_to_refuse_calls(watched: Health, data: Path) -> None:
    with moved(data / "reserve"):
        assert await names(watched) == ["reserve"]
        assert watched.takes_calls
    assert await names(watched) == []


async def test_demands_that_wait_are_a_problem_until_they_are_carried_out(archive: Archive, watched: Health) -> None:
    call, _ = await archive.record(0.6)
    with unwritable(archive.workspace.database):
        await archive.erasures.demand(call.id, CALLER)
        await archive.workspace.suppressions.add("person", call.id)
        assert await names(watched) == ["demands"]
        assert watched.problems[0].message.startswith("2 demands")
    await archive.workspace.intents.carry_out()
    assert await names(watched) == []


async def test_demands_in_memory_alone_are_one_too(archive: Archive, watched: Health) -> None:
    with unwritable(archive.workspace.database), without_reserve(archive.workspace):
        with pytest.raises(Exception, match="written down"):
            await archive.workspace.suppressions.add("person", "call")
        assert await names(watched) == ["reserve", "demands"]
    await archive.workspace.intents.carry_out()
    assert await names(watched) == []


async def test_a_deletion_is_slow_after_two_minutes_and_named_in_the_log_alone(
    archive: Archive, watched: Health, log: Callable[[], list[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck(_: str) -> bool:
        raise OSError("it can't be unlinked")

    call, _ = await archive.record(0.6)
    with monkeypatch.context() as patch:
        patch.setattr(archive.erasures._blobs, "delete", stuck)
        with pytest.raises(NotErased):
            await archive.erasures.erase(call.id, CALLER)
        for _ in range(2):
            assert await names(watched) == []
            archive.clock.advance(SLOW_S / 2)
        assert await names(watched) == [], "not yet"
        archive.clock.advance(0.001)
        assert await names(watched) == ["deletions"]
        assert call.id not in watched.problems[0].message, "which anybody may ask for"
        archive.clock.jump(days=-1)
        assert await names(watched) == ["deletions"], "whatever the wall clock says"
    await archive.workspace.sweep.demanded()
    assert await names(watched) == []
    assert log() == [("problem", "deletions"), ("problem is over", "deletions")]


async def test_a_deletion_is_as_old_as_it_is_known(
    archive: Archive, watched: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that ended in time and another that began since are not taken for one."""
    first, _ = await archive.record(0.6)
    await archive.erasures.demand(first.id, CALLER)
    assert await names(watched) == []
    archive.clock.advance(SLOW_S)
    await archive.workspace.sweep.demanded()
    second, _ = await archive.record(0.6)
    await archive.erasures.demand(second.id, CALLER)
    assert await names(watched) == []
    archive.clock.advance(SLOW_S - 1)
    assert await names(watched) == []
    archive.clock.advance(2)
    assert await names(watched) == ["deletions"]


async def test_many_slow_deletions_are_counted(archive: Archive, watched: Health) -> None:
    calls = [(await archive.record(0.6))[0] for _ in range(5)]
    for call in calls:
        await archive.erasures.demand(call.id, CALLER)
    await watched.look()
    archive.clock.advance(SLOW_S + 1)
    assert await names(watched) == ["deletions"]
    (problem,) = watched.problems
    assert problem.message.startswith("5 recordings")
    assert not any(call.id in problem.message for call in calls)


async def test_a_database_that_can_not_be_read_is_a_problem(
    installation: Installation, watched: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> list[str]:
        raise OSError("the disk is gone")

    monkeypatch.setattr(installation.across, "erasing", fails)
    assert await names(watched) == ["database"]


@pytest.mark.sqlite
async def test_it_is_looked_at_again_and_again(
    installation: Installation, watched: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "EVERY_S", 0.01)
    watching = asyncio.create_task(watched.watch())
    with moved(installation.settings.core.database_path):
        async with asyncio.timeout(10):
            while not watched.problems:
                await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        while watched.problems:
            await asyncio.sleep(0.01)
    watching.cancel()


# What is lost.


async def test_nothing_is_lost_at_first(archive: Archive, installation: Installation) -> None:
    await archive.record(0.6)
    assert await what_is_lost(installation) == []


async def test_what_is_lost_is_counted_and_says_what_to_restore(archive: Archive, installation: Installation) -> None:
    calls = [(await archive.record(0.6))[0] for _ in range(3)]
    for call in calls[:2]:
        (archive.files / call.id).unlink()
    await archive.workspace.keys.destroy(KeyKind.CALL, calls[2].id)
    (archive.files / "01AAAAAAAAAAAAAAAAAAAAAAAA").write_bytes(b"of nobody")
    await archive.workspace.keys.create(KeyKind.SUBJECT, "nobody in any call")
    archive.clock.advance(timedelta(hours=2).total_seconds())
    audio, keys, files, orphans = await what_is_lost(installation)
    assert audio.startswith("The audio of 2 recordings is missing. Restore the blobs")
    assert keys.startswith("The keys of 1 recordings are missing. Restore the key database")
    assert files.startswith("1 recordings are not in the database")
    assert orphans.startswith("1 keys belong to nothing")


async def test_what_is_lost_is_counted_over_all_organizations(archive: Archive, installation: Installation) -> None:
    other = installation.workspace((await installation.organizations.create("other")).id)
    theirs = beside(archive, other)
    for one in (archive, theirs, theirs):
        (one.files / (await one.record(0.6))[0].id).unlink()
    (audio,) = await what_is_lost(installation)
    assert audio.startswith("The audio of 3 recordings is missing.")


async def test_of_an_organization_that_is_erased_nothing_is_lost(archive: Archive, installation: Installation) -> None:
    made = await installation.organizations.create("other")
    other = installation.workspace(made.id)
    theirs = beside(archive, other)
    call, _ = await theirs.record(0.6)
    await other.erasures.erase(call.id, CALLER)
    closed = await installation.close_organization(made.id, "test", 0)
    closed.erased_at = archive.clock.now()
    await installation.database.run(lambda session: session.add(closed))
    installation._workspaces.pop(made.id)
    assert await what_is_lost(installation) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("database", ["database_path", "keys_path"])
async def test_a_damaged_page_of_either_database_is_found(
    archive: Archive, installation: Installation, database: str
) -> None:
    await archive.record(0.6)
    for one in (installation.database, installation.key_database):
        assert await one.checkpoint()
        one._engine.dispose()
    file = getattr(installation.settings.core, database)
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * 4096)
    with pytest.raises(StorageLost, match="damaged"):
        await what_is_lost(installation)


def test_a_look_that_fails_is_a_problem_and_the_next_one_comes_all_the_same(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watch that ended would say for ever that nothing is wrong."""
    settings = resolve({}, environ={}, overrides={"data": data})
    clock = ManualClock()
    installation = Installation.open(settings, clock, Ids(clock))
    watched = Health(installation, [])
    fails = iter([True])
    find = watched._find

    async def found() -> tuple[Problem, ...]:
        if next(fails, False):
            raise RuntimeError("dictionary changed size during iteration")
        return await find()

    monkeypatch.setattr(watched, "_find", found)

    async def story() -> None:
        watching = asyncio.create_task(watched.watch())
        await asyncio.sleep(0.1)
        assert [problem.name for problem in watched.problems] == ["health"]
        await asyncio.sleep(health.EVERY_S + 1)
        assert watched.problems == ()
        watching.cancel()

    happen(story)
    installation.close()


def test_workspaces_that_are_opened_while_demands_are_counted_disturb_nobody(installation: Installation) -> None:
    names = [f"org-{number}" for number in range(40)]
    for name in names:
        asyncio.run(installation.organizations.create(name))

    async def story() -> None:
        opening = [
            asyncio.create_task(installation.opened(installation.organizations.named(name).id)) for name in names
        ]
        while not all(task.done() for task in opening):
            installation.demands_waiting()
            await asyncio.sleep(0)
        await asyncio.gather(*opening)

    asyncio.run(story())
    assert installation.demands_waiting() == 0
