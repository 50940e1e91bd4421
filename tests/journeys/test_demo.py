"""The demo as a newcomer runs it: a service, a caller, offline speech; and nothing is left when it is ended."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from journeys.line import PATIENCE_S, POLL_S
from op26x.client.client import running_service
from op26x.settings import resolve

WHOLE_S = 120.0
pytestmark = [pytest.mark.real_time, pytest.mark.timeout(2 * WHOLE_S)]


async def _demo(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "op26x", "demo", "--data", str(folder / "data"), *arguments),
        env={name: value for name, value in os.environ.items() if not name.startswith(("OP26X_", "COV_"))},
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )


async def _verified(folder: Path) -> set[str]:
    """How the promises of the policy stand after it."""
    verifying = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "op26x", "policy", "verify", "--data", str(folder / "data"), "--json"),
        env={name: value for name, value in os.environ.items() if not name.startswith(("OP26X_", "COV_"))},
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(verifying.communicate(), WHOLE_S)
    assert verifying.returncode == 0
    return {promise["state"] for promise in json.loads(output)["promises"]}


@pytest.mark.parametrize(
    ("arguments", "outcome", "recording"),
    [
        (("--fast",), "appointment-booked", "recorded"),
        (("--caller", "refuses"), "appointment-booked", "refused"),
        (("--fast", "--record", "off"), "appointment-booked", ""),
    ],
    ids=["agrees", "refuses", "off"],
)
async def test_the_demo_books_an_appointment(
    tmp_path: Path, arguments: tuple[str, ...], outcome: str, recording: str
) -> None:
    demo = await _demo(tmp_path, "--json", *arguments)
    output, _ = await asyncio.wait_for(demo.communicate(), WHOLE_S)
    assert demo.returncode == 0
    told: dict[str, Any] = json.loads(output)
    assert (told["state"], told["outcome"]) == ("completed", outcome)
    assert told["recording"]["outcome"] == recording
    assert told["found_in_clear"] == []
    assert told["given_to"] == []
    assert await _verified(tmp_path) == {"holds", "duty"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)])
async def test_a_demo_that_is_ended_leaves_no_process(tmp_path: Path, number: signal.Signals, code: int) -> None:
    demo = await _demo(tmp_path)
    settings = resolve({}, environ={"OP26X_DATA": str(tmp_path / "data")}, file=tmp_path / "none.toml")
    async with asyncio.timeout(2 * PATIENCE_S):
        while (service := running_service(settings)) is None:
            await asyncio.sleep(POLL_S)
    demo.send_signal(number)
    await asyncio.wait_for(demo.communicate(), PATIENCE_S)
    assert demo.returncode == code
    with pytest.raises(ProcessLookupError):
        os.kill(service.pid, 0)
