"""``op26x up`` begins with a check: it says what is lost, and does not serve from a database that is damaged."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from journeys.documents import agent
from journeys.house import OtherProcess
from laws.house import Scene
from op26x.calls import Arrival, CallState, Installation
from op26x.calls.health import what_is_lost
from op26x.clock import ManualClock, SystemClock
from op26x.errors import SettingsError
from op26x.ids import Ids
from op26x.recording import WireTap
from op26x.settings import Settings, resolve
from op26x.vault import KeyKind
from op26x_service.app import check_public_url
from workspaces import close_workspace, open_workspace

AUDIO = bytes(range(100, 120)) * 400
PATIENCE_S = 50

pytestmark = pytest.mark.journey


@pytest.fixture
def settings(data: Path) -> Settings:
    """Defaults, on the test's data directory."""
    return resolve({}, environ={}, overrides={"data": data})


@pytest.fixture
def calls(settings: Settings, arrival: Arrival, data: Path) -> list[str]:
    """Three recorded calls, of a service that was stopped."""

    async def write() -> list[str]:
        clock = ManualClock(at=SystemClock().now())
        workspace = open_workspace(settings, clock, Ids(clock))
        made = []
        for number in range(3):
            one = Arrival("twilio", f"CA{number}", arrival.direction, arrival.caller, arrival.called)
            call = await workspace.calls.begin(one, "clinic", CallState.RINGING)
            await Scene(data, clock, workspace, call, WireTap(clock)).record(AUDIO, words="hello")
            made.append(call.id)
        close_workspace(workspace)
        return made

    return asyncio.run(write())


def refused(data: Path, folder: Path) -> str:
    """What it says when it does not start."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OP26X_", "COV_"))}
    command = (sys.executable, "-m", "op26x", "up", "--no-dashboard", "--port", "0", "--data", str(data))
    started = subprocess.Popen(command, env=environ, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        out, err = started.communicate(timeout=PATIENCE_S)
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGKILL)
            started.communicate()
    assert started.returncode == 1, out.decode()
    assert b"Traceback" not in err
    assert not (data / "service.json").exists()
    return " ".join(err.decode().split())


async def test_it_says_what_is_lost_and_serves_what_is_there(
    tmp_path: Path, calls: list[str], settings: Settings
) -> None:
    no_file, no_key, _ = calls
    (settings.core.data / "blobs" / "recordings" / no_file).unlink()
    workspace = open_workspace(settings)
    await workspace.keys.destroy(KeyKind.CALL, no_key)
    close_workspace(workspace)
    service = OtherProcess(tmp_path, agent())
    async with service.running() as home:
        assert len(await home.ask(lambda client: client.calls())) == 3
    said = " ".join(service.output.read_text().split())
    assert "Lost: The audio of 1 recordings is missing. Restore the blobs from a backup." in said
    assert "Lost: The keys of 1 recordings are missing. Restore the key database from a backup." in said
    assert "op26x recordings reconcile" in said


async def test_where_nothing_is_lost_it_says_nothing(tmp_path: Path, calls: list[str]) -> None:
    service = OtherProcess(tmp_path, agent())
    async with service.running() as home:
        assert len(await home.ask(lambda client: client.calls())) == len(calls)
    assert "Lost" not in service.output.read_text()


def _overwrite(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(b"nonsense" * 512)


def _spoil_a_page(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(4096 * 3)
        opened.write(b"\xff" * 4096)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "overwritten": _overwrite,
    "cut off": lambda file: os.truncate(file, file.stat().st_size // 2),
    "a spoiled page": _spoil_a_page,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("database", ["database_path", "keys_path"])
def test_it_does_not_serve_from_a_database_that_is_damaged(
    tmp_path: Path, calls: list[str], settings: Settings, database: str, damage: str
) -> None:
    file: Path = getattr(settings.core, database)
    assert calls
    assert not file.with_name(file.name + "-wal").exists(), "all of it is in the file"
    DAMAGES[damage](file)
    said = refused(settings.core.data, tmp_path)
    assert file.name in said
    assert "restore" in said.lower(), said


def test_where_the_database_is_gone_it_says_that_recordings_are_in_none(calls: list[str], settings: Settings) -> None:
    """A new one is made, whose do-not-call list is empty: that must not go unsaid."""
    settings.core.database_path.unlink()
    installation = Installation.open(settings)
    said = asyncio.run(what_is_lost(installation))
    installation.close()
    assert f"{len(calls)} recordings are not in the database. If it is not the right one, restore it." in " ".join(said)


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("calls.example.com", "https://calls.example.com"),
        ("ftp://calls.example.com", "https://calls.example.com"),
        ("http://calls.example.com", "https://calls.example.com"),
        ("https://calls.example.com/twilio/voice", "https://calls.example.com, without a path"),
        ("https://calls.example.com?a=b", "https://calls.example.com, without a path"),
    ],
)
def test_a_public_url_that_nobody_can_call_is_refused(url: str, remedy: str) -> None:
    with pytest.raises(SettingsError, match="public URL") as caught:
        check_public_url(url)
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    "url",
    ["", "https://calls.example.com", "https://calls.example.com:8443/base/", "http://127.0.0.1:80", "http://[::1]"],
)
def test_a_public_url_that_can_be_called(url: str) -> None:
    check_public_url(url)
