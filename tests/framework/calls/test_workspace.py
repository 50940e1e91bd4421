"""A workspace: everything on one data directory, the same for every process that opens it."""

import multiprocessing
import sqlite3
import sys
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from op26x.calls import Arrival, CallState, Workspace
from op26x.clock import ManualClock, SystemClock
from op26x.errors import KeyFileError, WorkError
from op26x.ids import Ids
from op26x.settings import Settings, resolve
from workspaces import close_workspace, open_workspace


@pytest.mark.sqlite
def test_opening_makes_database_and_key_and_founds_the_organization(workspace: Workspace, data: Path) -> None:
    assert (data / "op26x.db").is_file()
    assert workspace.settings.core.key_path.is_file()
    connection = sqlite3.connect(data / "op26x.db")
    assert connection.execute("SELECT id, name FROM organization").fetchall() == [
        (workspace.organization_id, "default")
    ]
    connection.close()


def test_the_key_is_not_in_the_data_directory(workspace: Workspace, data: Path) -> None:
    key = workspace.settings.core.key_path.read_text().strip()
    for file in data.rglob("*"):
        assert key.encode() not in file.read_bytes()
        assert bytes.fromhex(key) not in file.read_bytes()


def test_opening_again_finds_the_same_organization(settings: Settings, clock: ManualClock, ids: Ids) -> None:
    first = open_workspace(settings, clock, ids)
    close_workspace(first)
    second = open_workspace(settings, clock, ids)
    close_workspace(second)
    assert first.organization_id == second.organization_id


def test_by_default_time_is_the_machines(settings: Settings) -> None:
    opened = open_workspace(settings)
    close_workspace(opened)
    assert isinstance(opened.clock, SystemClock)
    assert len(opened.organization_id) == 26


def test_without_its_key_nothing_is_opened(settings: Settings, data: Path) -> None:
    settings.core.key_path.write_text("not a key")
    settings.core.key_path.chmod(0o600)
    with pytest.raises(KeyFileError):
        open_workspace(settings)
    assert not data.exists()


def _open_at_once(data: Path, modules: list[str], barrier: Barrier, found: "Queue[str]") -> None:
    sys.path[:] = modules

    settings = resolve({}, environ={}, overrides={"data": data})
    barrier.wait()
    workspace = open_workspace(settings)
    close_workspace(workspace)
    found.put(workspace.organization_id)


def test_processes_that_start_at_once_are_the_same_organization(data: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier, found = spawn.Barrier(3), spawn.Queue()
    processes = [spawn.Process(target=_open_at_once, args=(data, sys.path, barrier, found)) for _ in range(3)]
    for process in processes:
        process.start()
    organizations = {found.get(timeout=60) for _ in processes}
    for process in processes:
        process.join(60)
    assert len(organizations) == 1


@pytest.mark.sqlite
async def test_a_key_database_that_is_gone_is_not_made_anew(
    workspace: Workspace, settings: Settings, arrival: Callable[..., Arrival]
) -> None:
    await workspace.calls.begin(arrival(), "clinic", CallState.RINGING)
    close_workspace(workspace)
    for file in settings.core.keys_path.parent.iterdir():
        file.unlink()

    with pytest.raises(WorkError, match=r"keys\.db is gone") as caught:
        open_workspace(settings)
    assert "backup" in caught.value.remedy
    assert not settings.core.keys_path.exists()


def test_what_reads_takes_no_room(workspace: Workspace, settings: Settings) -> None:
    close_workspace(workspace)
    settings.core.reserve_path.unlink()

    close_workspace(open_workspace(settings, make=False))
    assert not settings.core.reserve_path.exists()
    close_workspace(open_workspace(settings))
    assert settings.core.reserve_path.exists()
