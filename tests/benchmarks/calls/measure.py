"""Processes under measure: start one on its own core, read its CPU time, memory and waits, end it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from targets import HERE, Target
from wire import http

START_TIMEOUT_S = 90.0


@cache
def cores() -> tuple[set[int], set[int]]:
    """The core for the server and the cores for everything else; both all of them when there is but one.

    Asked once and kept: this process moves off the server's core, and would not see that core any more.
    """
    usable = sorted(os.sched_getaffinity(0))
    return ({usable[0]}, set(usable[1:])) if len(usable) > 1 else (set(usable), set(usable))


class Server:
    """A running target: its whole process tree."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port, self._process = port, process
        self._root = psutil.Process(process.pid)

    def _tree(self) -> Iterator[psutil.Process]:
        yield self._root
        yield from self._root.children(recursive=True)

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._process.poll() is None

    def cpu_s(self) -> float:
        """CPU seconds, user and system, of the process tree so far, ended children included."""
        own = self._root.cpu_times()
        total = own.user + own.system + own.children_user + own.children_system
        for child in self._root.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                total += times.user + times.system
        return total

    def memory(self) -> tuple[int, int]:
        """PSS and RSS of the process tree in bytes."""
        pss = rss = 0
        for process in self._tree():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                full = process.memory_full_info()
                pss, rss = pss + full.pss, rss + full.rss
        return pss, rss

    def held(self) -> dict[str, int]:
        """Descriptors and threads of the server's own process."""
        return {"descriptors": self._root.num_fds(), "threads": self._root.num_threads()}

    def waited_s(self) -> float:
        """Seconds that the main thread was ready to run but had to wait for the core: other people's load."""
        with suppress(OSError, IndexError):
            return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[1]) / 1e9
        return 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _launched(command: list[str], environment: dict[str, str], core: set[int]) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            os.sched_setaffinity(process.pid, core)
            yield process
        except Exception as error:
            log.seek(0)
            error.add_note("the server's last words:\n" + log.read().decode(errors="replace")[-2000:])
            raise
        finally:
            _stop(process)


@asynccontextmanager
async def serving(target: Target, prepare: Callable[[Path], object] = lambda data: None) -> AsyncIterator[Server]:
    """Run `target` on its core, with an empty data directory, or one that `prepare` fills, until the block ends.

    Raises RuntimeError when it ends early or is not healthy within 90 s.
    """
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="op26x-bench-") as folder:
        data = Path(folder)
        prepare(data)
        environment = os.environ | dict(target.environment(port, data))
        with _launched(target.command(port, data), environment, cores()[0]) as process:
            server = Server(port, process)
            await _until_healthy(target, server)
            yield server


async def _until_healthy(target: Target, server: Server) -> None:
    deadline = monotonic() + START_TIMEOUT_S
    while server.alive and monotonic() < deadline:
        with suppress(OSError, IndexError, ValueError):
            status, _ = await http(server.port, "GET", target.health)
            if status == target.healthy or target.healthy is None:
                return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"{target.name} was not ready within {START_TIMEOUT_S:.0f} s")


class Generator:
    """The load generator's process; each method is one order, answered when it was carried out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def order(self, **order: Any) -> dict[str, Any]:
        """Send one order and wait for its answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load generator ended")
        answer: dict[str, Any] = json.loads(line)
        return answer


@asynccontextmanager
async def generating(target: Target, port: int) -> AsyncIterator[Generator]:
    """A load generator that rings `target` on `port`, on the cores that the server does not have."""
    config = json.dumps({"port": port, "path": target.webhook, "token": target.token})
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "load.py"),
        config,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    os.sched_setaffinity(process.pid, cores()[1])
    try:
        yield Generator(process)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
