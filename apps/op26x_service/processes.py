"""Other processes that commands start beside them: the dashboard, a service, a caller. They end with them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from op26x.client.client import running_service
from op26x.client.types import Running
from op26x.errors import WorkError
from op26x.hardening import without_secrets
from op26x.settings import Settings

WITH_US = (sys.executable, "-m", "op26x_service.with_parent")
START_S = 60.0
STOP_S = 10.0


@contextmanager
def beside(
    *arguments: str, environment: Mapping[str, str], log: Path, inherited: Mapping[str, str] = os.environ
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs ``op26x …`` in a process of its own for as long as the block lasts.

    Args:
        arguments: The command.
        environment: Variables on top of those that are inherited.
        log: Where its output goes.
        inherited: Which are; all of this process's if left out.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*WITH_US, str(os.getpid()), sys.executable, "-m", "op26x", *arguments],
            env={**inherited, **environment},
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
                with suppress(subprocess.TimeoutExpired):
                    process.wait(STOP_S)
            finally:  # a second Ctrl-C cuts the wait short, and nothing may be left behind
                process.kill()
                process.wait()


@contextmanager
def dashboard_beside(settings: Settings) -> Iterator[str]:
    """The dashboard's address, for as long as it runs. It is handed no secret.

    Raises:
        WorkError: Something else listens on its port; it would be taken for the dashboard.
    """
    core = settings.core
    try:
        port = free_port(core.dashboard_port)
    except OSError as error:
        raise WorkError(
            f"The dashboard can't listen on port {core.dashboard_port}: {error.strerror}.",
            "Set OP26X_DASHBOARD_PORT to another one, 0 takes a free one; or use --no-dashboard.",
        ) from None
    environment = {"OP26X_DATA": str(core.data), "OP26X_DASHBOARD_PORT": str(port)}
    open_only = without_secrets(os.environ, settings)
    with beside("dashboard", environment=environment, log=core.data / "dashboard.log", inherited=open_only):
        yield f"{'https' if core.tls_certificate else 'http'}://127.0.0.1:{port}"


def free_port(port: int = 0) -> int:
    """A port on the loopback that nobody listens on: that one, or any; raises ``OSError`` if it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
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
    raise WorkError("The service did not start: " + last_words(log), f"The whole log is in {log}.")


def last_words(log: Path) -> str:
    """The last line of a process's output, which says why it failed."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("Error: ") if lines else "it said nothing."
