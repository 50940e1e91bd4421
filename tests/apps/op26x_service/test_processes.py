"""Processes that commands start beside them: what they are handed."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from op26x.settings import resolve
from op26x_service import processes
from op26x_twilio.settings import TwilioSettings

SECRETS = {
    "OP26X_TWILIO_AUTH_TOKEN": "the-carriers-token",
    "OPENAI_API_KEY": "a-vendors-key",
    "AWS_SECRET_ACCESS_KEY": "the-stores-key",
    "SOMETHING_TOKEN": "another-token",
}


def test_the_dashboard_beside_a_service_is_handed_no_secret(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**SECRETS, "OP26X_TWILIO_NUMBER": "+12125550199"}.items():
        monkeypatch.setenv(name, value)
    data.mkdir()
    settings = resolve({"twilio": TwilioSettings}, overrides={"data": data, "dashboard_port": 0})
    started: list[dict[str, str]] = []
    start = subprocess.Popen

    def look(*arguments: Any, **named: Any) -> Any:
        started.append(named["env"])
        return start(*arguments, **named)

    monkeypatch.setattr(processes.subprocess, "Popen", look)
    with processes.dashboard_beside(settings) as address:
        assert address.startswith("http://127.0.0.1:")
    (held,) = started
    assert held["OP26X_DATA"] == str(data)
    assert "OP26X_TWILIO_NUMBER" in held, "what is no secret is handed on, so that the command reads the same settings"
    for name, secret in SECRETS.items():
        assert secret not in held.values(), name


KILLED = """
import os, subprocess, sys, time
from op26x_service import processes
child = subprocess.Popen([*processes.WITH_US, str(os.getpid()), sys.executable, "-c", "import time; time.sleep(60)"])
time.sleep(float(sys.argv[1]))
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
@pytest.mark.parametrize("after_s", ["0", "1"], ids=["at once", "later"])
def test_what_is_started_beside_ends_with_us_even_if_we_are_killed(after_s: str) -> None:
    command = [sys.executable, "-c", KILLED, after_s]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr
    child = int(done.stdout)
    until = time.monotonic() + 20
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
