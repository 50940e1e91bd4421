"""What is measured: a target is a command that serves Twilio's webhook and media stream on a given port.

To adapt the benchmark to a change of the service's command or doors, change `_op26x` and nothing else. Our
service gets its stub providers from `stub_plugin.py` in this folder: a module with op26x hooks which return the
services of `stubs.py`, named by the environment variable OP26X_PLUGINS and found because this folder is on
PYTHONPATH.

A variant of our service is one line in `TARGETS` and an agent document in `agents/NAME`, which is the only one
that its service reads. The greeting, the limits and the 0.2 s that end a turn are the same in all.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
AUTH_TOKEN = "benchmark-token"


@dataclass(frozen=True)
class Target:
    """A server under test: `name` on the command line and in the JSON, `title` in the tables.

    `command(port, data)` is its argument list and `environment(port, data)` its extra variables; `data` is an
    empty directory of its own. It is ready when GET `health` answers `healthy`, or anything at all when that
    is None. The webhook is signed when `token` is given.
    """

    name: str
    title: str
    command: Callable[[int, Path], list[str]]
    webhook: str
    health: str = "/"
    healthy: int | None = None
    token: str | None = None
    environment: Callable[[int, Path], Mapping[str, str]] = field(default=lambda port, data: {})


def _script(name: str) -> Callable[[int, Path], list[str]]:
    return lambda port, data: [sys.executable, str(HERE / name), str(port)]


def _op26x_command(port: int, data: Path) -> list[str]:
    return [sys.executable, "-m", "op26x", "up", "--no-dashboard", "--port", str(port), "--data", str(data)]


def _op26x_environment(name: str, port: int, data: Path) -> dict[str, str]:
    paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "PYTHONPATH": os.pathsep.join(paths),
        "OP26X_PLUGINS": "stub_plugin",
        "OP26X_TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "OP26X_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "OP26X_DATA": str(data),
        "OP26X_AGENTS": str(HERE / "agents" / name),
    }


def _op26x(name: str, title: str) -> Target:
    """Our service with the agent of `agents/NAME`."""
    return Target(
        name,
        title,
        _op26x_command,
        webhook="/twilio/voice",
        health="/health",
        healthy=200,
        token=AUTH_TOKEN,
        environment=partial(_op26x_environment, name),
    )


def _disclosed(name: str, title: str) -> Target:
    """The same with stubs that are a company's: each call notes in the ledger what it gives."""
    own = _op26x(name, title)
    return replace(
        own,
        command=lambda port, data: [sys.executable, str(HERE / "disclosed.py"), *_op26x_command(port, data)[3:]],
        environment=lambda port, data: {
            **_op26x_environment("op26x-recording", port, data),
            "STUB_COMPANY": "Stub",
        },
    )


def _unredacted(name: str, title: str) -> Target:
    """The same with nothing redacted."""
    return replace(
        _op26x(name, title),
        environment=lambda port, data: {**_op26x_environment("op26x-recording", port, data), "OP26X_REDACT": "off"},
    )


TARGETS = (
    Target("peer", "Pipecat", _script("peer.py"), webhook="/"),
    Target("floor", "Floor", _script("floor.py"), webhook="/"),
    _op26x("op26x", "op26x"),
    _op26x("op26x-recording", "op26x, recording"),
    _disclosed("op26x-disclosed", "op26x, recording, ledger"),
    _unredacted("op26x-unredacted", "op26x, recording, nothing redacted"),
    _op26x("op26x-streaming", "op26x, streaming STT service"),
    _op26x("op26x-speech", "op26x, speech to speech"),
)
