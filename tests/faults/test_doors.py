"""Attacks on the doors of a running service, beside a call: ``tox -e faults``, on demand, since it takes minutes.

A service runs in a process of its own, a caller is on the line, and an attacker in a third process does what a stranger
with a network can do (``attacks`` has them). Meanwhile a plugin in the service, ``pulse``, measures the worst pause of
its event loop: by the clock, and by the work that was done in it, which other programs on the machine do not disturb.
The call must last, and be answered while it is attacked. At the end a table is printed; docs/doors.md has one.
"""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from journeys.documents import agent, says
from journeys.house import House, OtherProcess, form, new_sid

WORST_MS = 50.0
ATTACKS = Path(__file__).with_name("attacks.py")
ABROAD = "+4930901820"
SETTINGS = {"plugins": "journeys.stubs,faults.pulse", "log_level": "info"}
FROM_OUTSIDE = (
    "quiet",
    "forms",
    "forms_in_chunks",
    "slow",
    "silent_sockets",
    "guesses",
    "schemas",
    "at_once",
    "nested_json",
)
FROM_A_CALL = ("audio", "frames", "audio_by_the_second", "marks", "nothing", "nested_message")

pytestmark = [pytest.mark.timeout(180)]
_table: list[tuple[str, float, float, str]] = []


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Prints what was measured."""
    yield
    print(f"\n\n{'attack':22}{'pause':>9}{'work':>9}   what became of it")
    for name, wall, work, outcome in _table:
        print(f"{name:22}{wall:6.0f} ms{work:6.0f} ms   {outcome}")


@asynccontextmanager
async def attacker(
    name: str, home: House, token: str = "none", sid: str = "none"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """One attack in a process of its own."""
    url = httpx.URL(home.url)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ATTACKS), name, url.host, str(url.port), token, sid),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def pulse(home: House) -> tuple[float, float]:
    """The worst pause since it was last asked for, by the clock and by work, in milliseconds."""
    async with httpx.AsyncClient(timeout=60) as client:
        worst = (await client.get(home.url + "/pulse")).json()
    return worst["wall_ms"], worst["work_ms"]


async def beside_a_call(tmp_path: Path, name: str, *, within_a_call: bool) -> str:
    """Attacks beside a call; returns what became of the attack."""
    service = OtherProcess(tmp_path, agent(llm=says("At 800 yes indeed.", "At 600 of course.")), **SETTINGS)
    async with service.running() as home:
        line = await home.ring()
        await line.heard_out()
        token, sid = "none", new_sid()
        if within_a_call:
            order = await home.webhooks.voice(form(sid, ABROAD))
            assert order is not None
            token = order.parameters["token"]
        await pulse(home)
        async with attacker(name, home, token, sid) as process:
            await asyncio.sleep(2)
            line.say()
            await line.until(lambda: 800 in line.tunes)
            assert process.stdout is not None
            outcome = (await process.stdout.read()).decode().strip()
        wall, work = await pulse(home)
        _table.append((name, wall, work, outcome))
        assert not line.stream.ended.is_set(), "the call ended"
        await line.hang_up()
        assert "Traceback" not in service.output.read_text()
    assert work < WORST_MS
    return outcome


@pytest.mark.parametrize("name", FROM_OUTSIDE)
async def test_a_stranger_does_not_disturb_a_call(tmp_path: Path, name: str) -> None:
    outcome = await beside_a_call(tmp_path, name, within_a_call=False)
    assert "open" not in outcome, "nothing stays that has proved nothing"


@pytest.mark.parametrize("name", FROM_A_CALL)
async def test_one_call_does_not_disturb_another(tmp_path: Path, name: str) -> None:
    assert await beside_a_call(tmp_path, name, within_a_call=True)


@pytest.mark.parametrize("descriptors", [256, 1024])
async def test_a_service_short_of_descriptors_takes_a_signed_call_and_stops_when_told(
    tmp_path: Path, descriptors: int
) -> None:
    service = OtherProcess(tmp_path, agent(), **SETTINGS)
    service.before = ("sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh")
    async with service.running() as home:
        await pulse(home)
        async with attacker("idle", home) as process:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"holding\n"
            for caller in (ABROAD, "+81312345678", "+551123456789"):
                line = await home.ring(caller=caller)
                await line.heard_out()
                await line.hang_up()
            assert process.stdin is not None
            process.stdin.close()
            outcome = (await process.stdout.read()).decode().strip()
        wall, work = await pulse(home)
        _table.append((f"idle, {descriptors} files", wall, work, outcome))
    assert service.process is not None
    assert service.process.returncode == 0


def test_the_attacker_may_have_as_many_connections_as_it_needs() -> None:
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 4000, "raise it with ulimit -n 4096"
