"""What holds for every test: nothing from outside comes in, nothing goes out, and time does not pass by itself.

No test sees the machine's settings or data, a connection beyond the loopback fails the test that tried it, and a test
that reaches its limit of time ends with all processes that it has started.
"""

import asyncio
import ipaddress
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

from journeys.loop import JourneyLoop
from op26x.storage import Database, LocalBlobs
from op26x.storage.reserve import Reserve
from op26x.vault import Keyring

FOREIGN_PREFIXES = ("OP26X_", "OPENAI_", "ANTHROPIC_", "TWILIO_", "AWS_")
LOOPBACK_NAMES = {"localhost", "", None}

# As a terminal gives it: a shell script starts what it puts in the background with SIGINT ignored, and Python and all
# processes that the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

_home = tempfile.TemporaryDirectory(prefix="op26x-tests-")
os.environ["XDG_DATA_HOME"] = _home.name
set_hypothesis_home_dir(Path(__file__).parents[1] / ".hypothesis")

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

SHARED_CLASSES = (Database, Keyring, LocalBlobs, Reserve)
AGAIN_S = 10.0
METHODS = pytest.StashKey[list[dict[str, object]]]()
JOURNEYS = Path(__file__).parent / "journeys"
LAWS = Path(__file__).parent / "laws"

_attempts: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is a whole call by where it is; elsewhere such a test has the mark itself."""
    for item in items:
        if item.path.is_relative_to(JOURNEYS):
            item.add_marker(pytest.mark.journey)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Leaves what failed where whoever runs all environments can print it at the end."""
    where = os.environ.get("TOX_ENV_DIR")
    failed = [report for kind in ("failed", "error") for report in terminalreporter.stats.get(kind, ())]
    if where and failed:
        with (Path(where) / "failures.txt").open("a", encoding="utf-8") as file:
            file.writelines(f"{report.nodeid}\n{report.longreprtext[-2000:]}\n\n" for report in failed)


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Whole calls pass in a time of their own, but for those with a process that would not know it."""
    whole = item.path.is_relative_to(JOURNEYS) or item.path.is_relative_to(LAWS)
    return {"loop": JourneyLoop if whole and not item.get_closest_marker("real_time") else asyncio.new_event_loop}


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer() -> Generator[None, object, object]:
    """Lets the limit of a test end what it started, before the test waits for that in its clean-up.

    It is said again after a while: a callback of an event loop that spins swallows what is raised in it.
    """
    result = yield
    before = set(descendants(os.getpid()))
    fail = signal.getsignal(signal.SIGALRM)

    def end(number: int, frame: object) -> None:
        for process in set(descendants(os.getpid())) - before:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
        fail(number, frame)  # type: ignore[operator, arg-type]

    if callable(fail):
        signal.signal(signal.SIGALRM, end)
    return result


def descendants(process: int) -> Iterator[int]:
    """The processes that one has started, and that those have; none where there is no ``/proc``."""
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, children.read_text().split()):
                yield child
                yield from descendants(child)


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(str(name)).is_loopback
    except ValueError:
        return False


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    """Stops what would leave the loopback, and remembers it: code under test may swallow the exception."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _open.is_set() and not _is_loopback(host) and host not in ("0.0.0.0", "::"):
        _attempts.append(f"{event} {host}")
        raise PermissionError(f"Tests stay on the loopback; this one asked for {host}.")


_open = threading.Event()
sys.addaudithook(_guard)


pytest_plugins = ["migrated", "on_postgres", "on_s3", "shared"]


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    """Fails a test that tried to reach a machine other than this one."""
    _attempts.clear()
    yield
    assert not _attempts, f"The test tried to leave the loopback: {_attempts}."


@pytest.fixture
def another_firewall() -> Iterator[None]:
    """The test brings a firewall that refuses what these would."""
    _open.set()
    yield
    _open.clear()


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings from outside, an empty working directory, a data directory of its own."""
    for name in list(os.environ):
        if name.startswith(FOREIGN_PREFIXES):
            monkeypatch.delenv(name)
    working = tmp_path / "cwd"
    working.mkdir()
    monkeypatch.chdir(working)
    monkeypatch.setenv("OP26X_DATA", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command sends logs to the standard error of its time, which is gone after the test.

    Tracebacks are plain: drawn with every local variable, as structlog has it by default, one takes seconds.
    """
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])
    yield
    structlog.reset_defaults()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Remembers the classes as they are before the first fixture."""
    item.stash[METHODS] = [_methods(kind) for kind in SHARED_CLASSES]
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Fails a test that leaves a class of the core changed for those after it."""
    yield
    assert [_methods(kind) for kind in SHARED_CLASSES] == item.stash[METHODS]


def _methods(kind: type) -> dict[str, object]:
    return {name: member for name, member in vars(kind).items() if not name.startswith("__")}


@pytest.fixture
def in_other_processes() -> dict[str, str]:
    """Environment variables with which a command finds what the test has stored; empty if that is in files."""
    return {}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The test's data directory, which nothing has made yet."""
    return tmp_path / "data"
