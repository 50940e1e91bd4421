"""From ``op26x up`` on an empty directory to an owner at the dashboard, over real connections."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pyotp
import pytest

PASSWORD, ANOTHER = "four green umbrellas sing", "seven quiet tractors dream"
TOKEN = re.compile(r'name="form_token" value="([^"]*)"')
LINK = re.compile(r"http://\S+/welcome/[0-9a-f]{64}")


@dataclass
class Up:
    """A service and a dashboard that run.

    Attributes:
        service: Where the service listens.
        dashboard: Where the dashboard listens.
        link: By which somebody becomes the owner; empty once there is one.
        data: The data directory.
        log: What the service has written to its standard error.
    """

    service: str
    dashboard: str
    link: str
    data: Path
    log: Path


@pytest.fixture
def up(data: Path, tmp_path: Path) -> Iterator[Up]:
    """``op26x up``, ready to be called."""
    environment = {**os.environ, "OP26X_DATA": str(data), "OP26X_DASHBOARD_PORT": "0", "OP26X_LOG_LEVEL": "debug"}
    log = tmp_path / "log"
    command = [sys.executable, "-m", "op26x", "up", "--port", "0"]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line.decode()
                if "Rehearse a call" in said:
                    break
            service, dashboard = re.findall(r"^(?:Service|Dashboard) +(http://\S+)$", said, re.MULTILINE)
            found = LINK.search(said.replace("\n", " "))
            await_ready(service)
            yield Up(service, dashboard, found[0] if found else "", data, log)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            finally:
                process.kill()


def await_ready(service: str) -> None:
    """Asks until the service answers; it listens a moment after it has said where."""
    transport = httpx.HTTPTransport(retries=20)
    with httpx.Client(transport=transport) as client:
        assert client.get(f"{service}/ready").status_code == 200


def sends(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Opens a page, and sends its form."""
    found = TOKEN.search(browser.get("/sign-in/code" if path.startswith(("/account", "/sign-out")) else path).text)
    assert found
    return browser.post(path, data={"form_token": found[1], **fields})


def test_somebody_becomes_the_owner_and_goes_to_the_dashboard(up: Up) -> None:
    assert up.link.startswith(f"{up.service}/welcome/")
    with httpx.Client(base_url=up.service) as browser, httpx.Client() as stranger:
        became = sends(
            browser, up.link.removeprefix(up.service), email="anna@example.com", name="Anna", password=PASSWORD
        )
        assert became.status_code == 303
        assert became.headers["location"] == f"{up.dashboard}/"
        assert stranger.get(up.link).status_code == 410
        session = browser.cookies["op26x_session"]

        door = stranger.get(f"{up.dashboard}/?call=01ABC", timeout=30)
        assert door.status_code == 303
        assert door.headers["location"] == f"{up.service}/sign-in?to={quote('/?call=01ABC', safe='')}"
        inside = stranger.get(f"{up.dashboard}/", headers={"Cookie": f"op26x_session={session}"}, timeout=30)
        assert inside.status_code == 200

        bearer = {"Authorization": f"Bearer {session}"}
        assert stranger.get(f"{up.service}/api/me", headers=bearer).json()["role"] == "owner"
        assert stranger.get(f"{up.service}/api/me").status_code == 401

        assert sends(browser, "/sign-out").status_code == 303
        assert stranger.get(f"{up.service}/api/me", headers=bearer).status_code == 401

        again = sends(
            browser, "/sign-in?to=%2F%3Fcall%3D01ABC", email="anna@example.com", password=PASSWORD, to="/?call=01ABC"
        )
        assert again.headers["location"] == f"{up.dashboard}/?call=01ABC"
        assert browser.cookies["op26x_session"] != session
    written = up.log.read_text()
    for text in ("anna@example.com", PASSWORD, session, up.link.rpartition("/")[2]):
        assert text not in written
    assert all(json.loads(line) for line in written.splitlines() if line.startswith("{"))


def test_an_invited_person_with_a_second_factor_comes_and_goes(up: Up) -> None:
    with httpx.Client(base_url=up.service) as anna, httpx.Client(base_url=up.service) as ben:
        sends(anna, up.link.removeprefix(up.service), email="anna@example.com", password=PASSWORD)
        bearer = {"Authorization": f"Bearer {anna.cookies['op26x_session']}"}
        made = anna.post("/api/invitations", headers=bearer, json={"email": "ben@example.com", "role": "viewer"})
        path = urlsplit(made.json()["url"]).path
        assert sends(ben, path, email="eve@example.com", password=ANOTHER).status_code == 400
        assert sends(ben, path, email="ben@example.com", password=ANOTHER).status_code == 303
        secret = re.findall(r"<code>([A-Z2-7]{32})</code>", sends(ben, "/account/second-factor", password=ANOTHER).text)
        codes = sends(ben, "/account/second-factor/code", code=pyotp.TOTP(secret[0]).now()).text
        recovery = re.findall(r"\b[0-9a-f]{28}\b", codes)
        assert len(recovery) == 10
        sends(ben, "/sign-out")

        half = sends(ben, "/sign-in", email="ben@example.com", password=ANOTHER)
        assert half.headers["location"].startswith("/sign-in/code")
        assert "op26x_session" not in ben.cookies
        assert sends(ben, "/sign-in/code", code=recovery[3]).status_code == 303
        his = {"Authorization": f"Bearer {ben.cookies['op26x_session']}"}
        me = ben.get("/api/me", headers=his).json()
        assert (me["email"], me["role"]) == ("ben@example.com", "viewer")
        assert ben.get("/api/people", headers=his).status_code == 403

        assert anna.delete(f"/api/people/{me['id']}", headers=bearer).status_code in (200, 204)
        assert ben.get("/api/me", headers=his).status_code == 403, "a session that is good for nothing"


def test_what_somebody_wanted_adds_no_header_to_the_answer(up: Up) -> None:
    """Of whom a code is asked, the place they want to go to is passed on in a header."""
    with httpx.Client(base_url=up.service) as browser:
        sends(browser, up.link.removeprefix(up.service), email="anna@example.com", password=PASSWORD)
        secret = re.findall(
            r"<code>([A-Z2-7]{32})</code>", sends(browser, "/account/second-factor", password=PASSWORD).text
        )
        sends(browser, "/account/second-factor/code", code=pyotp.TOTP(secret[0]).now())
        for to in ("/x\r\nSet-Cookie: a=b", "/x\nLocation: https://evil.example.com", "/€", "/x y"):
            sends(browser, "/sign-out")
            response = sends(browser, "/sign-in", email="anna@example.com", password=PASSWORD, to=to)
            assert response.status_code == 303, repr(to)
            assert urlsplit(response.headers["location"]).path == "/sign-in/code"
            assert "a" not in browser.cookies
