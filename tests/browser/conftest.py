"""A service and its dashboard in processes of their own, people who are signed in, and browsers before them.

To start both takes longer than most tests, so that tests share them: each has an organization of its own, and people
who were nobody before.
"""

import asyncio
import os
import re
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

from op26x.accounts import Role
from op26x.accounts.organizations import DEFAULT_NAME
from op26x.agents.document import BUILT_IN
from op26x.calls import Installation, Workspace
from op26x.cli import load_context
from op26x.client.client import running_service
from op26x.client.cookies import SESSION

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# What the address bar suggests is a page too: each new window loads two of them, and nobody sees them. Chromium takes
# the last list only, so that what Playwright leaves out is named again.
WITHOUT = [
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--disable-features={','.join(WITHOUT)}",
]
START_S = 60.0
WAIT_MS = 15_000
OWNER = "owner@example.com"
OWNERS_LINK = re.compile(r"http://\S+/welcome/\S+")


class House:
    """One data directory, its service and its dashboard.

    Args:
        home: A directory of its own.
    """

    def __init__(self, home: Path) -> None:
        self.data = home / "data"
        port = free_port()
        self.dashboard = f"http://127.0.0.1:{port}"
        self._home = home
        self._service: subprocess.Popen[bytes] | None = None
        self._dashboard: subprocess.Popen[bytes] | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("OP26X_")}
        self._environment["OP26X_TWILIO_AUTH_TOKEN"] = "rehearsal"
        self._environment["OP26X_DASHBOARD_PORT"] = str(port)
        self._environment["TMPDIR"] = str(home)

    @property
    def settings(self) -> Any:
        """Its settings."""
        return load_context(data=self.data).settings

    @property
    def service(self) -> str:
        """Where the service is that runs."""
        running = running_service(self.settings)
        assert running is not None
        return str(running.url)

    @property
    def first(self) -> str:
        """The identifier of the oldest organization that is open."""

        async def told(installation: Installation) -> str:
            return str(installation.first)

        return str(self.within(told))

    @property
    def stands(self) -> bool:
        """Whether both run."""
        return all(process is not None and process.poll() is None for process in (self._service, self._dashboard))

    def start(self) -> None:
        """Starts both, side by side."""
        with ThreadPoolExecutor() as pool:
            for start in [pool.submit(self.start_service), pool.submit(self.start_dashboard)]:
                start.result()

    def start_as_one(self) -> str:
        """Starts both by one command, as a person does; returns the link by which somebody becomes the owner."""
        self.start_service("up")
        self._until(lambda: _answers(f"{self.dashboard}/_stcore/health"), self._processes[-1])
        (link,) = OWNERS_LINK.findall((self._home / "up.log").read_text())
        return str(link)

    def start_service(self, *command: str) -> None:
        """Returns once it takes calls."""
        command = command or ("up", "--no-dashboard")
        self._service = self._start(*command, "--port", "0", "--data", str(self.data))
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
        self._dashboard = self._start("dashboard", "--data", str(self.data), "--port", port)
        self._until(lambda: _answers(f"{self.dashboard}/_stcore/health"), self._dashboard)

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

    def within(self, work: Callable[[Installation], Coroutine[Any, Any, Any]], clock: Any = None) -> Any:
        """Does something with the data directory as the service would, and returns what ``work`` returns."""
        result: list[Any] = []

        def run() -> None:
            installation = Installation.open(self.settings, clock)
            try:
                result.append(asyncio.run(work(installation)))
            finally:
                installation.close()

        # Playwright keeps an event loop on the main thread.
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return result[0]

    def write(
        self, work: Callable[[Workspace], Coroutine[Any, Any, Any]], clock: Any = None, organization: str = ""
    ) -> Any:
        """The same with the records of one organization; the only one if none is named."""

        async def do(installation: Installation) -> Any:
            return await work(await asyncio.to_thread(installation.workspace, organization))

        return self.within(do, clock)

    def found(self, organization: str) -> None:
        """Founds another organization."""
        self.within(lambda installation: installation.organizations.create(organization))

    def clear(self) -> None:
        """Founds an organization and erases those before it, with whoever belonged to them."""

        async def work(installation: Installation) -> None:
            organizations = installation.organizations
            there = await organizations.list()
            await organizations.create(f"clinic-{len(there)}")
            for one in there:
                if one.closed_at is None:
                    # The one that the service has begun with stays what it takes it for.
                    await organizations.close(one.id, None if one.name == DEFAULT_NAME else 0)
            await installation.erase_closed(installation.clock.now(), "rehearsal")

        self.within(work)

    def owners_link(self) -> str:
        """A link by which somebody becomes the owner."""

        async def made(installation: Installation) -> str:
            return (await installation.people.links.for_owner(installation.first, "operator")).token.reveal()

        return f"{self.service}/welcome/{self.within(made)}"

    def session(self, email: str = OWNER, role: Role = Role.OWNER, *organizations: str) -> str:
        """Signs somebody in, as what they are in organizations, the first if none is named; returns the token."""

        async def begin(installation: Installation) -> str:
            users = installation.people.users
            user = await users.find(email) or await users.create(email, "")
            for organization in organizations or (installation.first,):
                named = await asyncio.to_thread(installation.organizations.named, organization)
                if named.id not in [one.id for one, _ in await users.organizations(user.id)]:
                    await users.join(user.id, named.id, role)
            token = await installation.people.sign_ins.begin(user, "127.0.0.1", "Chrome/140", proved=True)
            return token.reveal()

        return str(self.within(begin))

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
def empty_house(tmp_path: Path) -> Iterator[House]:
    """A house in which nothing runs yet."""
    house = House(tmp_path)
    try:
        yield house
    finally:
        house.close()


@pytest.fixture
def own_house(empty_house: House) -> House:
    """A service without calls and its dashboard, for a test that stops one or needs the machine's time."""
    empty_house.start()
    return empty_house


@pytest.fixture(scope="session")
def standing() -> Iterator[list[House]]:
    """Houses that one test leaves to the next; the last is the one that stands."""
    houses: list[House] = []
    yield houses
    for house in houses:
        house.close()


@pytest.fixture
def house(standing: list[House], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A service and its dashboard, in which there is nothing of any other test."""
    if not (standing and standing[-1].stands):
        standing.append(House(tmp_path_factory.mktemp("house")))
        standing[-1].start()
    house = standing[-1]
    house.clear()
    yield house
    assert house.stands, "The service or the dashboard has ended."


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
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens browsers of their own, with or without a session; each spoke to this machine only and raised nothing."""
    contexts: list[Any] = []
    abroad: list[str] = []
    errors: list[str] = []

    def watched(page: Any) -> None:
        page.on("request", lambda request: abroad.append(request.url) if _is_abroad(request.url) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Security Policy" in message.text else None)
        page.set_default_timeout(WAIT_MS)

    def opened(session: str = "", **options: Any) -> Any:
        options = {"viewport": {"width": 1280, "height": 900}, "timezone_id": "Europe/Berlin", **options}
        context = browser.new_context(**options)
        contexts.append(context)
        context.on("page", watched)
        if session:
            context.add_cookies([session_cookie(session)])
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert not abroad
    assert not errors


@pytest.fixture
def page(house: House, visit: Callable[..., Any]) -> Any:
    """A fresh page of the owner's browser."""
    return visit(house.session())


def session_cookie(session: str) -> dict[str, Any]:
    """The cookie of a session, as the service gives it to a browser on the loopback."""
    given = {"name": SESSION, "value": session, "domain": "127.0.0.1", "path": "/"}
    return {**given, "httpOnly": True, "sameSite": "Lax"}


def _is_abroad(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:"))
