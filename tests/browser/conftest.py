"""A service and its dashboard in processes of their own, a browser before them, and calls to look at."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from op26x.agents.document import BUILT_IN
from op26x.calls import Workspace
from op26x.cli import load_context
from op26x.client.client import running_service

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
START_S = 60.0
WAIT_MS = 15_000


class House:
    """One data directory, its service and its dashboard.

    Args:
        home: A directory of its own.
    """

    def __init__(self, home: Path) -> None:
        self.data = home / "data"
        self.dashboard = f"http://127.0.0.1:{free_port()}"
        self._home = home
        self._service: subprocess.Popen[bytes] | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("OP26X_")}
        self._environment["OP26X_TWILIO_AUTH_TOKEN"] = "rehearsal"
        self._environment["TMPDIR"] = str(home)

    @property
    def settings(self) -> Any:
        """Its settings."""
        return load_context(data=self.data).settings

    def start(self) -> None:
        """Starts both, side by side."""
        with ThreadPoolExecutor() as pool:
            for start in [pool.submit(self.start_service), pool.submit(self.start_dashboard)]:
                start.result()

    def start_service(self) -> None:
        """Returns once it takes calls."""
        self._service = self._start("up", "--no-dashboard", "--port", "0", "--data", str(self.data))
        pid = self._service.pid

        def healthy() -> bool:
            running = running_service(self.settings)
            return running is not None and running.pid == pid and _answers(f"{running.url}/health")

        self._until(healthy, self._service)

    def stop_service(self) -> None:
        """Returns once it is gone."""
        assert self._service is not None
        self._service.terminate()
        self._service.wait(15)

    def start_dashboard(self) -> None:
        """Returns once it answers."""
        port = self.dashboard.rpartition(":")[2]
        process = self._start("dashboard", "--data", str(self.data), "--port", port)
        self._until(lambda: _answers(f"{self.dashboard}/_stcore/health"), process)

    def record_calls(self, mode: str) -> None:
        """Has the built-in agent record under a mode, from the service's next start on."""
        agents = self._home / "agents"
        agents.mkdir()
        document = yaml.safe_load(BUILT_IN.read_text())
        (agents / BUILT_IN.name).write_text(yaml.safe_dump({**document, "recording": mode}))
        self._environment["OP26X_AGENTS"] = str(agents)

    def ring(self, caller: str) -> subprocess.Popen[bytes]:
        """A caller rings the service; the process ends with exit code 0 when the call is over."""
        return self._start("calls", "simulate", "--caller", caller, "--fast", "--data", str(self.data))

    def write(self, work: Callable[[Workspace], Coroutine[Any, Any, Any]], clock: Any = None) -> Any:
        """Writes to the data directory as the service would, and returns what ``work`` returns."""
        result: list[Any] = []

        def run() -> None:
            workspace = Workspace.open(self.settings, clock=clock)
            try:
                result.append(asyncio.run(work(workspace)))
            finally:
                workspace.close()

        # Playwright keeps an event loop on the main thread.
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return result[0]

    def on_disk(self, words: bytes) -> list[str]:
        """Files of service and dashboard, temporary ones too, in which something stands in clear."""
        files = (path for path in self._home.rglob("*") if path.is_file())
        return [path.name for path in files if words in path.read_bytes()]

    def close(self) -> None:
        """Ends what it started."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._home / f"{arguments[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "op26x", *arguments],
                cwd=self._home,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)
        return process

    def _until(self, ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_S
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                logs = "\n".join(path.read_text() for path in self._home.glob("*.log"))
                raise AssertionError(f"{process.args} did not start:\n{logs}")
            time.sleep(0.05)


def free_port() -> int:
    """A port on the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A service without calls, and its dashboard."""
    house = House(tmp_path)
    try:
        house.start()
        yield house
    finally:
        house.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed, so pages can't be looked at.")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh page; at the end it must have spoken to this machine only and raised nothing."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, timezone_id="Europe/Berlin")
    abroad: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: abroad.append(request.url) if _is_abroad(request.url) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Security Policy" in message.text else None)
    page.set_default_timeout(WAIT_MS)
    yield page
    page.close()
    assert not abroad
    assert not errors


def _is_abroad(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:"))
