"""Other processes that commands start beside them: the dashboard, a service, a caller. They end with them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from op26x.client.client import running_service
from op26x.client.types import Running
from op26x.errors import WorkError
from op26x.settings import CoreSettings, Settings

START_S = 60.0
STOP_S = 10.0


@contextmanager
def beside(*arguments: str, environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Runs ``op26x …`` in a process of its own for as long as the block lasts.

    Args:
        arguments: The command.
        environment: Variables on top of this process's.
        log: Where its output goes.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "op26x", *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def dashboard_beside(core: CoreSettings) -> Iterator[str]:
    """The dashboard's address, for as long as it runs."""
    port = core.dashboard_port or free_port()
    environment = {"OP26X_DATA": str(core.data), "OP26X_DASHBOARD_PORT": str(port)}
    with beside("dashboard", environment=environment, log=core.data / "dashboard.log"):
        yield f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port on the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_service(settings: Settings, process: subprocess.Popen[bytes], log: Path) -> Running:
    """Waits until the service in a process takes calls.

    Raises:
        WorkError: It ended, or did not come up in time; the message has the end of its log.
    """
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        running = running_service(settings)
        if running is not None and running.pid == process.pid:
            return running
        time.sleep(0.05)
    tail = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise WorkError("The service did not start: " + " / ".join(tail), f"The whole log is in {log}.")
