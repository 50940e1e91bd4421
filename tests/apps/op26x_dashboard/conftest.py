"""A dashboard in a process of its own, without a service behind it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

LIMIT_S = 60.0
STOP_S = 10.0


@dataclass(frozen=True)
class Dashboard:
    """A dashboard that runs.

    Attributes:
        port: Where it listens, on the loopback.
        pid: Its process.
        log: What it wrote.
    """

    port: int
    pid: int
    log: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running(home: Path, **environment: str) -> Iterator[Dashboard]:
    """Runs ``op26x dashboard`` until the block ends.

    Args:
        home: Its working directory, data and log.
        environment: Variables on top of this process's.
    """
    home.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = home / "log"
    command = [sys.executable, "-m", "op26x", "dashboard", "--data", str(home / "data"), "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=home,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await_answer(process, port, log)
        yield Dashboard(port, process.pid, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + LIMIT_S
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            httpx.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.05)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Dashboard]]:
    """Runs dashboards until the tests of a file are over."""
    with ExitStack() as stack:
        yield lambda **environment: stack.enter_context(
            running(tmp_path_factory.mktemp("dash") / "home", **environment)
        )
