"""Two services on one PostgreSQL and one S3: calls between them, one killed in mid-call, one stopped behind a proxy."""

import asyncio
import itertools
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from counterparts.s3 import S3Counterpart
from journeys.documents import agent, says
from journeys.house import AUTH_TOKEN, House, OtherProcess, form, new_sid
from journeys.line import BRIEFLY, PATIENCE_S, Line
from journeys.test_deploy import NGINX, certificate, free_port, running_nginx
from journeys.test_on_postgres import rows
from op26x.calls import LiveEvent
from op26x.client import Client
from op26x.errors import NotFound
from op26x_twilio.testing import MediaStream, Webhooks
from postgres_server import Server

pytestmark = pytest.mark.real_time

CALLS = 20
GONE_S = 75.0
"""A service that is gone is noticed by two looks, 20 s apart, of one that has taken over within 15 s."""
RUNS = "SELECT executor_id FROM op26x_work.workflow_status ORDER BY created_at"


@dataclass
class Two:
    """Two services, and what they share."""

    first: OtherProcess
    one: House
    second: OtherProcess
    other: House
    database: str

    async def ring(self, asked: House, held: House) -> Line:
        """Rings: one service answers the webhook, and the media stream comes to one or the other."""
        sid = new_sid()
        order = await asked.webhooks.voice(form(sid))
        assert order is not None, "the call was rejected"
        url = order.url.replace(asked.url.partition("//")[2], held.url.partition("//")[2])
        return held.join(MediaStream(url, sid, order.parameters), sid)

    async def calls(self) -> dict[str, tuple[str, str, str]]:
        """State, reason and recording of all calls, by the provider's identifier, as the second service tells."""
        there = await self.other.ask(lambda client: client.calls())
        return {one.provider_call_id: (one.state, one.end_reason, one.recording_outcome) for one in there}


@pytest.fixture
def shared(tmp_path: Path, postgres: Server) -> Iterator[dict[str, str]]:
    """Settings of both: a database, a bucket, a root key."""
    name = postgres.make()
    with S3Counterpart() as s3:
        yield {
            "database": postgres.setting(name),
            "key_file": str(tmp_path / "root.key"),
            "blobs": "s3",
            "s3_endpoint": s3.url,
            "s3_bucket": s3.bucket,
            "s3_access_key_id": "key",
            "s3_secret_access_key": "secret",
        }
    postgres.drop(name)


@asynccontextmanager
async def running(tmp_path: Path, shared: dict[str, str], **settings: str) -> AsyncIterator[Two]:
    """Both run; the first leads."""
    document = agent(recording="announce", llm=says("At 660 one.", "At 700 two."))
    made = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        made.append(OtherProcess(folder, document, **shared, **settings))
    first, second = made
    async with first.running() as one, second.running() as other:
        yield Two(first, one, second, other, shared["database"])


@pytest.fixture
async def two(tmp_path: Path, shared: dict[str, str]) -> AsyncIterator[Two]:
    """Both."""
    async with running(tmp_path, shared) as both:
        yield both


async def test_one_is_killed_in_mid_call_and_the_other_goes_on(two: Two) -> None:
    ways = itertools.cycle(itertools.product((two.one, two.other), repeat=2))
    held: list[tuple[House, Line]] = []
    for (asked, to), _ in zip(ways, range(CALLS), strict=False):
        held.append((to, await two.ring(asked, to)))
    await _answered([line for _, line in held], 660)
    dying = [line for house, line in held if house is two.one]
    living = [line for house, line in held if house is two.other]
    assert len(dying) == len(living) == CALLS // 2
    await two.other.webhooks.status({**form(dying[0].sid), "CallStatus": "completed"})
    assert Counter(state for state, _, _ in (await two.calls()).values()) == {"in-progress": CALLS}
    executors = {executor for (executor,) in rows(two.database, RUNS)}
    assert len(executors) == 1, "jobs run once, however many services there are"

    two.first.kill()
    await asyncio.gather(*(asyncio.wait([line.living]) for line in dying))
    await _answered(living, 700)
    new = await two.ring(two.other, two.other)
    await _answered([new], 660)
    await asyncio.gather(*(line.hang_up() for line in (*living, new)))
    await _until_all_is_written(two)

    told = await two.calls()
    assert {told[line.sid] for line in (*living, new)} == {("completed", "caller-hung-up", "recorded")}
    assert {told[line.sid] for line in dying} == {("failed", "service-stopped", "interrupted")}
    for line in (dying[0], living[0], new):
        await _is_readable(two, line.sid)
    assert len({executor for (executor,) in rows(two.database, RUNS)} - executors) == 1
    verified = await asyncio.to_thread(_command, two.second, "audit", "verify")
    assert verified.returncode == 0, verified.stderr


async def test_what_is_at_one_is_heard_seen_and_ordered_at_the_other(two: Two) -> None:
    heard: list[LiveEvent] = []
    listening = asyncio.Event()
    loop = asyncio.get_running_loop()

    def listen(client: Client) -> None:
        for event in client.live(lambda: loop.call_soon_threadsafe(listening.set) and None, "a test"):
            heard.append(event)
            if event.kind == "state" and event.text == "completed":
                return

    at_the_other = asyncio.create_task(two.other.ask(listen))
    await listening.wait()
    line = await two.ring(two.other, two.one)
    await line.heard_out(2)
    line.say(BRIEFLY)
    await line.heard_whole(660)
    (call,) = await two.other.ask(lambda client: client.calls(provider_call_id=line.sid))

    async def act(action: Literal["pause", "resume", "stop"]) -> str:
        await two.other.ask(lambda client: client.act_on_recording(call.id, action))
        return (await two.other.record(call.id)).recording_now

    assert (await two.other.record(call.id)).recording_now == "on"
    assert [await act(action) for action in ("pause", "resume")] == ["paused", "on"]
    assert await two.other.ask(lambda client: client.erase_recording(call.id, "the caller asked"))
    ended = await two.other.record(call.id)
    assert (ended.call.state, ended.recording_now) == ("in-progress", "off")
    with pytest.raises(NotFound):
        await two.other.ask(lambda client: client.act_on_recording("01AAAAAAAAAAAAAAAAAAAAAAAA", "pause"))
    await line.hang_up()
    await asyncio.wait_for(at_the_other, PATIENCE_S)
    assert (await two.calls())[line.sid] == ("completed", "caller-hung-up", "deleted")
    words = [event.text for event in heard if event.kind == "turn"]
    assert "At 660 one." in words
    assert {event.call_id for event in heard} == {call.id}
    assert [event.text for event in heard if event.kind == "state"][-2:] == ["in-progress", "completed"]


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")
async def test_one_is_stopped_behind_the_proxy_of_the_example_and_no_call_is_lost(
    tmp_path: Path, shared: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, pem = free_port(), certificate(tmp_path)
    address = f"https://localhost:{port}"
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    async with running(tmp_path, shared, public_url=address) as two:
        hosts = [house.url.partition("//")[2] for house in (two.one, two.other)]
        machines = dict(zip(("10.0.0.11:8026", "10.0.0.12:8026"), hosts, strict=True))
        async with running_nginx(tmp_path, port, pem, "nginx-two.conf", machines, times=2):

            async def ring() -> Line:
                sid = new_sid()
                order = await Webhooks(address, AUTH_TOKEN).voice(form(sid))
                assert order is not None, "the call was rejected"
                return two.other.join(MediaStream(order.url, sid, order.parameters), sid)

            before = [await ring() for _ in range(4)]
            await asyncio.gather(*(line.heard_out(2) for line in before))
            process = two.first.process
            assert process is not None
            process.send_signal(signal.SIGTERM)
            await _refuses(two.one)
            after = [await ring() for _ in range(6)]
            await _answered([*before, *after], 660)
            await asyncio.gather(*(line.hang_up() for line in (*before, *after)))
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
            told = await two.calls()
            assert {told[line.sid] for line in (*before, *after)} == {("completed", "caller-hung-up", "recorded")}


async def _refuses(house: House) -> None:
    """Returns when a service takes no more calls."""
    async with httpx.AsyncClient() as client, asyncio.timeout(PATIENCE_S):
        while (await client.get(house.url + "/ready")).status_code != 503:
            await asyncio.sleep(0.02)


async def _answered(lines: list[Line], hertz: int) -> None:
    """All say something, and hear the answer out."""
    await asyncio.gather(*(line.heard_out(2) for line in lines))
    for line in lines:
        line.say(BRIEFLY)
    await asyncio.gather(*(line.heard_whole(hertz) for line in lines))


async def _until_all_is_written(two: Two) -> None:
    async with asyncio.timeout(GONE_S):
        while not all(recording for _, _, recording in (await two.calls()).values()):
            await asyncio.sleep(0.2)


async def _is_readable(two: Two, sid: str) -> None:
    def audio(client: Any) -> int:
        (call,) = client.calls(provider_call_id=sid)
        return len(client.audio(call.id, "a test"))

    assert await two.other.ask(audio) > 8000


def _command(service: OtherProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "op26x", *arguments, "--data", str(service.data)]
    return subprocess.run(command, env=service.environ, capture_output=True, text=True, timeout=60, check=False)
