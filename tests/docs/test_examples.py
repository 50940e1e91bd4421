"""The examples of the documentation: agent documents are valid; plugins install from their own folder and are used."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from journeys.documents import agent, does, write_agents
from journeys.house import AUTH_TOKEN, STUBS, TESTS, House
from journeys.line import PATIENCE_S, POLL_S
from journeys.witness import Witness
from op26x.calls import LiveEvent
from op26x.client import Client
from op26x.client.client import running_service
from op26x.errors import ServiceUnreachable
from op26x.settings import resolve

EXAMPLES = TESTS.parent / "docs" / "examples"
PLUGINS = {"stt": "lengths", "tts": "beeps", "llm": "parrot", "tool": "hours", "recognizer": "staff_numbers"}
HOOKS = {"stt": "stt_service", "tts": "tts_service", "llm": "llm_service", "tool": "tools", "recognizer": "recognizers"}
MOST_LINES = 30
LIMITS = {"silence_s": 60.0, "reply_s": 20.0}
"""No test here is about an answer that is late, and the machine may be busy."""


class Installed:
    """An example, installed from its folder into a directory of its own.

    Args:
        kind: Its folder.
        target: Where it is installed, once.
        folder: Where everything else of the test goes.
    """

    def __init__(self, kind: str, target: Path, folder: Path) -> None:
        self.kind = kind
        self._target = target
        self._folder = folder
        if not target.exists():
            # Nothing is fetched: what the examples need is in the environment of the tests.
            options = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
            source = EXAMPLES / "plugins" / kind
            self._run("-m", "pip", "install", *options, "--target", str(target), str(source))

    def passes_its_tests(self) -> None:
        """Runs the tests that stand beside it, as its author would."""
        source = EXAMPLES / "plugins" / self.kind
        self._run(
            "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(source), str(source)
        )

    def op26x(self, *arguments: str, **settings: str) -> str:
        """What a command prints."""
        return self._run("-m", "op26x", *arguments, **settings)

    @asynccontextmanager
    async def answering(self, **changes: Any) -> AsyncIterator["Answering"]:
        """A service whose agent has these changes to its document."""
        data = self._folder / "data"
        agents = write_agents(self._folder / "agents", agent(limits=LIMITS, **changes))
        arguments = ("up", "--no-dashboard", "--port", "0", "--data", str(data), "--agents", str(agents))
        settings = resolve({}, environ={"OP26X_DATA": str(data)})
        output = self._folder / "service.txt"
        with output.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "op26x", *arguments),
                env=self._environment(twilio_auth_token=AUTH_TOKEN, plugins=STUBS),
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        house = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while (running := running_service(settings)) is None:
                    assert process.returncode is None, output.read_text()
                    await asyncio.sleep(POLL_S)
            house = House(None, settings, running.url, Witness(), None)  # type: ignore[arg-type]
            yield Answering(house, Client(running.url, running.key), self)
        finally:
            if house:
                await house.leave()
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await asyncio.wait_for(process.wait(), PATIENCE_S)

    def _run(self, *arguments: str, **settings: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self._environment(**settings),
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _environment(self, **settings: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("OP26X_", "COV_"))}
        given = {f"OP26X_{name.upper()}": value for name, value in settings.items()}
        return {**own, **given, "PYTHONPATH": os.pathsep.join([str(self._target), str(TESTS)])}


class Answering:
    """A running service, and what it tells of its calls."""

    def __init__(self, house: House, client: Client, installed: Installed) -> None:
        self.house = house
        self.installed = installed
        self.events: list[LiveEvent] = []
        self._client = client
        self._ready = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()
        assert self._ready.wait(PATIENCE_S)

    def turns(self, speaker: str) -> list[str]:
        """What a speaker has said so far."""
        return [event.text for event in self.events if event.kind == "turn" and event.speaker == speaker]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Waits for something that the service tells."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(POLL_S)

    async def stored(self) -> dict[str, Any]:
        """The call as the command line shows it, once it is over."""
        await self.until(lambda: any(event.text == "completed" for event in self.events))
        data = str(self.house.settings.core.data)
        arguments = ("calls", "show", self.events[0].call_id, "--data", data, "--json")
        call: dict[str, Any] = json.loads(await asyncio.to_thread(self.installed.op26x, *arguments))
        return call

    def _listen(self) -> None:
        try:
            for event in self._client.live(self._ready.set):
                self.events.append(event)
        except ServiceUnreachable:
            return


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the examples are installed, side by side."""
    return tmp_path_factory.mktemp("installed")


@pytest.fixture
def installed(request: pytest.FixtureRequest, targets: Path, tmp_path: Path) -> Installed:
    """The example that a test asks for by its mark."""
    return Installed(request.param, targets / request.param, tmp_path)


def example(kind: str) -> pytest.MarkDecorator:
    """Gives a test that example, installed."""
    return pytest.mark.parametrize("installed", [kind], indirect=True, ids=[kind])


@pytest.mark.parametrize("kind", PLUGINS)
def test_a_plugin_is_short(kind: str) -> None:
    modules = list((EXAMPLES / "plugins" / kind).glob("op26x_*.py"))

    assert len(modules) == 1
    assert len(modules[0].read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("installed", PLUGINS, indirect=True)
def test_a_plugin_is_found_once_installed(installed: Installed) -> None:
    plugins = {row["id"]: row for row in json.loads(installed.op26x("plugins", "list", "--json"))}
    name = PLUGINS[installed.kind]

    assert plugins[name]["module"] == f"op26x_{name}"
    assert plugins[name]["hooks"] == [f"op26x_{HOOKS[installed.kind]}"]
    assert plugins[name]["processors"] == []


@pytest.mark.parametrize("installed", PLUGINS, indirect=True)
def test_a_plugin_passes_its_own_tests_once_installed(installed: Installed) -> None:
    installed.passes_its_tests()


@pytest.mark.journey
@example("llm")
async def test_the_llm_repeats_what_was_heard(installed: Installed) -> None:
    async with installed.answering(llm="parrot") as service:
        line = await service.house.ring()
        await line.heard_out(1)
        line.say()
        await service.until(lambda: len(service.turns("agent")) == 2)
        await line.hang_up()
        stored = await service.stored()

        assert service.turns("agent")[1] == "You said: good morning."
        assert [turn["speaker"] for turn in stored["turns"]] == ["agent", "caller", "agent"]
        assert stored["call"]["vendor_errors"] == 0


@pytest.mark.journey
@example("tool")
async def test_the_tool_tells_the_hours_of_the_day_asked_for(installed: Installed) -> None:
    asks = does([{"use": "opening_hours", "arguments": {"weekday": "saturday"}}], [{"say": "At 800 open."}])
    async with installed.answering(llm=asks, tools=["opening_hours"]) as service:
        line = await service.house.ring()
        await line.heard_out(1)
        line.say()
        await service.until(lambda: len(service.turns("agent")) == 2)
        await line.hang_up()
        stored = await service.stored()

        told = next(event for event in service.events if event.kind == "outcome")
        assert told.detail == {"weekday": "saturday", "hours": "10 to 12"}
        assert stored["call"]["outcome"] == "opening-hours-told"


@pytest.mark.parametrize("document", sorted((EXAMPLES / "agents").glob("*.yaml")), ids=lambda path: path.name)
def test_an_agent_document_is_valid(document: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "op26x", "agents", "check", str(document)],
        env={**os.environ, "OP26X_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "is valid" in done.stdout
