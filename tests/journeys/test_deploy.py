"""The examples of docs/running.md, as they are written: calls and people through the proxy with TLS, the unit."""

import asyncio
import configparser
import datetime
import ipaddress
import os
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.client import connect
from websockets.typing import Origin

from journeys.documents import agent, says
from journeys.house import AUTH_TOKEN, OtherProcess, form, new_sid
from op26x.calls import Installation
from op26x.testing import Telephone
from op26x_twilio.testing import MediaStream, Webhooks

pytestmark = pytest.mark.real_time

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "deploy"
RUNNING = Path(__file__).parents[2] / "docs" / "running.md"
TOOLS = [tool for tool in ("sqlite3", "rsync") if shutil.which(tool) is None]
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/bin")


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path) -> Path:
    """A certificate for the loopback with its key, both in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@asynccontextmanager
async def proxied(
    folder: Path, port: int, service: str, pem: Path, dashboard: str = "http://127.0.0.1:1"
) -> AsyncIterator[None]:
    """The example's proxy on another port, in front of a service and a dashboard."""
    addresses = {"http://127.0.0.1:8026": service, "http://127.0.0.1:8501": dashboard}
    async with running_nginx(folder, port, pem, "nginx.conf", addresses):
        yield


@asynccontextmanager
async def running_nginx(
    folder: Path, port: int, pem: Path, example: str, addresses: dict[str, str], times: int = 1
) -> AsyncIterator[None]:
    """The proxy of an example, on another port and in front of other addresses, each of which it names so often."""
    site = (EXAMPLES / example).read_text()
    once = {
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/letsencrypt/live/calls.example.com/fullchain.pem": str(pem),
        "/etc/letsencrypt/live/calls.example.com/privkey.pem": str(pem),
    }
    for old, new in {**once, **addresses}.items():
        assert site.count(old) == (1 if old in once else times), old
        site = site.replace(old, new)
    paths = " ".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = folder / "nginx.conf"
    conf.write_text(f"pid {folder}/nginx.pid; events {{}}\nhttp {{ access_log off; {paths}\n{site}\n}}\n")
    assert NGINX
    options = ("-p", str(folder), "-c", str(conf), "-e", str(folder / "error.log"), "-g", "daemon off;")
    process = await asyncio.create_subprocess_exec(NGINX, *options)
    try:
        async with asyncio.timeout(20):
            while not await _listens(port):
                assert process.returncode is None, (folder / "error.log").read_text()
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")
async def test_a_call_comes_through_the_proxy_of_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    address = f"https://localhost:{port}"
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    service = OtherProcess(tmp_path, agent(llm=says("At 800 yes indeed.")), public_url=address)
    async with service.running() as home, proxied(tmp_path, port, home.url, pem):
        sid = new_sid()
        order = await Webhooks(address, AUTH_TOKEN).voice(form(sid))
        assert order
        assert order.url == f"wss://localhost:{port}/twilio/media"
        stream = MediaStream(order.url, sid, order.parameters)
        line = asyncio.create_task(stream.run())
        async with asyncio.timeout(20):
            while not stream.agent_speaking:
                await asyncio.sleep(0.02)
        await stream.hang_up()
        await line
        with pytest.raises(Exception, match="401"):
            await Webhooks(address, AUTH_TOKEN).voice(form(sid), "/api/calls")
        for hidden in ("/metrics", "/schema", "/schema/openapi.json", "/health", "/ready"):
            with pytest.raises(Exception, match="404"):
                await Webhooks(address, AUTH_TOKEN).voice(form(sid), hidden)


@asynccontextmanager
async def dashboard_of(service: OtherProcess, port: int) -> AsyncIterator[str]:
    """The dashboard as the example's unit runs it beside the service: a process of its own."""
    command = (sys.executable, "-m", "op26x", "dashboard", "--data", str(service.data), "--port", str(port))
    with service.output.open("ab") as output:
        process = await asyncio.create_subprocess_exec(*command, env=service.environ, stdout=output, stderr=output)
    try:
        async with asyncio.timeout(60):
            while not await _listens(port):
                assert process.returncode is None, service.output.read_text()
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


def owners_link(service: OtherProcess) -> str:
    """The path of a link that makes an owner."""
    installation = Installation.open(service.settings)
    try:
        made = asyncio.run(installation.people.links.for_owner(installation.first, "operator"))
    finally:
        installation.close()
    return f"/welcome/{made.token.reveal()}"


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")
async def test_people_sign_in_through_the_proxy_of_the_example(tmp_path: Path) -> None:
    """Behind it service and dashboard are one site, whose cookies are sent over TLS only."""
    port, pem, site = free_port(), certificate(tmp_path), "https://calls.example.com"
    trusting = ssl.create_default_context(cafile=str(pem))
    service = OtherProcess(tmp_path, agent(), public_url=site)
    async with (
        service.running() as home,
        dashboard_of(service, free_port()) as dashboard,
        proxied(tmp_path, port, home.url, pem, dashboard),
        httpx.AsyncClient(
            base_url=f"https://localhost:{port}",
            verify=trusting,
            headers={"Host": "calls.example.com", "Origin": site},
        ) as browser,
    ):
        first = await browser.get("/?page=retention")
        assert (first.status_code, first.headers["location"]) == (303, "/sign-in?to=%2F%3Fpage%3Dretention")
        assert (await browser.get(first.headers["location"])).status_code == 200
        link = await asyncio.to_thread(owners_link, service)
        shown = await browser.get(link)
        token = re.findall(r'name="form_token" value="([^"]+)"', shown.text)
        who = {"form_token": token[0], "email": "owner@example.com", "password": "seven lanterns in fog"}
        entered = await browser.post(link, data=who)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        (session,) = (one for one in entered.headers.get_list("set-cookie") if "op26x_session" in one)
        assert re.match(r"__Host-op26x_session=op26xs_\w+; ", session)
        assert {"Secure", "HttpOnly", "Path=/"} <= set(session.split("; "))
        page = await browser.get("/")
        assert (page.status_code, "streamlit" in page.text.lower()) == (200, True)
        assert (await browser.get("/account")).status_code == 200
        connected = connect(
            "wss://calls.example.com/_stcore/stream",
            host="127.0.0.1",
            port=port,
            ssl=trusting,
            server_hostname="localhost",
            origin=Origin(site),
        )
        async with connected:
            pass  # the page's own socket
        assert (await browser.post("/api/calls")).status_code == 401  # a cookie alone is nobody's key


async def test_the_unit_of_the_example_starts_and_stops_it(tmp_path: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string((EXAMPLES / "op26x.service").read_text().partition("\n")[2])
    told = unit["Service"]
    program, *arguments = shlex.split(told["ExecStart"])
    assert (Path(program).name, told["KillMode"]) == ("op26x", "mixed")
    data = told["Environment"].partition("OP26X_DATA=")[2]
    assert Path(data).parent == Path("/var/lib") / told["StateDirectory"], (
        "keys lie beside the data, and may be written"
    )
    service = OtherProcess(tmp_path, agent())
    assert int(told["TimeoutStopSec"]) > service.settings.core.drain_s
    environ = {**service.environ, "OP26X_DATA": str(service.data), "OP26X_PORT": "0", "OP26X_DASHBOARD_PORT": "0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "op26x", *arguments, env=environ, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    async with asyncio.timeout(60):
        while not service.settings.core.runtime_path.exists():
            assert process.returncode is None
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


def commands(section: str) -> str:
    """The shell commands in a section of docs/running.md."""
    text = RUNNING.read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    return textwrap.dedent(re.findall(r"^ *```\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)[0])


@pytest.mark.skipif(bool(TOOLS), reason=f"not installed: apt-get install {' '.join(TOOLS)}")
def test_a_backup_is_made_and_restored_as_the_page_says(tmp_path: Path) -> None:
    telephone = Telephone(tmp_path)
    telephone.set_up(recording="assent")
    call = telephone.ring()
    call.say("yes")
    call.say("Good morning.")
    call.hang_up()
    recorded, call_id = call.recording, call.record.id
    data, keys = tmp_path / "data", tmp_path / "data.keys"
    places = {"BACKUP-OF-KEYS": tmp_path / "keys-of-it", "BACKUP": tmp_path / "backup", "DATA": data}

    def do(section: str) -> None:
        script = re.sub("|".join(places), lambda name: str(places[name[0]]), commands(section))
        subprocess.run(["bash", "-euc", script], check=True)

    do("Back up")
    telephone.close()
    shutil.rmtree(data)
    shutil.rmtree(keys)
    do("Restore")

    modes = {path.stat().st_mode & 0o077 for folder in (data, keys) for path in (folder, *folder.rglob("*"))}
    assert modes == {0}, "nobody else may read any of it"
    environ = {**os.environ, "OP26X_DATA": str(data)}
    for arguments in (("recordings", "reconcile"), ("recordings", "export", call_id, str(tmp_path / "out.wav"))):
        subprocess.run([sys.executable, "-m", "op26x", *arguments], env=environ, check=True)
    assert (tmp_path / "out.wav").read_bytes() == recorded
