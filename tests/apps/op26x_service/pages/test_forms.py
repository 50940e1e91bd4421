"""Forms: each that is sent must come from a page of ours, and what it sends a browser to is a place of ours."""

from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pyotp
import pytest
from litestar.testing import TestClient

from framework.accounts.people.site import HTTP, HTTPS, Browser, Site, running
from framework.accounts.people.town import ANOTHER, PASSWORD
from op26x.accounts.people import User
from op26x.clock import ManualClock
from op26x.vault import KeyKind, open_cell, seal_cell
from op26x_service.auth import handlers_of

pytestmark = pytest.mark.journey
"""Not of the unit suite: each begins a service and hashes passwords."""

EVIL = "https://evil.example.com"


def sent_paths(site: Site) -> list[str]:
    """The paths of all pages that take a form, found by their handlers: a new one is among them by itself."""
    handlers = [handler for route in site.service.app.routes for handler in handlers_of(route)]
    return sorted(
        path
        for handler in handlers
        if "POST" in (getattr(handler, "http_methods", None) or ())
        and handler.fn.__module__.startswith("op26x_service.pages")
        for path in handler.paths
    )


class Prepared:
    """Somebody signed in, with all that each form needs to do something."""

    def __init__(self, site: Site) -> None:
        site.person("owner@example.com")
        self.user = site.person()
        self.site = site
        self.browser = site.signed_in()
        site.session(self.user)  # another session, that could be ended
        factor = site.town.people.second_factor
        self.secret = site.do(factor.prepare, self.user)
        site.do(self._take_codes)  # of a factor that is not asked for
        half = site.do(site.town.people.sign_ins.begin, self.user, "", "", proved=False)
        self.browser.cookies["op26x_half"] = half.reveal()
        owner = site.do(site.town.people.links.for_owner, site.town.organization, "operator")
        another = site.do(site.town.people.links.for_password, self.user.id, "operator")
        self.links = {"/welcome/": owner.token.reveal(), "/new-password/": another.token.reveal()}

    async def _take_codes(self) -> None:
        factor = self.site.town.people.second_factor
        user = await self.site.town.people.users.get(self.user.id)
        key = await factor._keys.get(KeyKind.USER, user.id)
        sealed = seal_cell(key, user, "totp_secret", open_cell(key, user, "totp_pending"))
        with self.site.town.installation.database.session() as session:
            session.get_one(User, user.id).totp_secret = sealed

    def path(self, path: str) -> str:
        """A path with the link that belongs there."""
        begin = next((begin for begin in self.links if path.startswith(begin)), None)
        return begin + self.links[begin] if begin else path

    def fields(self, path: str) -> dict[str, str]:
        """What makes every form do something."""
        code = pyotp.TOTP(self.secret.reveal()).at(self.site.town.clock.now())
        new = "new@example.com" if path.startswith("/welcome") else "anna@example.com"
        word = ANOTHER if path.startswith("/new-password") else PASSWORD
        return {
            "email": new,
            "password": word.reveal(),
            "new_password": ANOTHER.reveal(),
            "code": code,
            "to": "/",
        }


@pytest.fixture
def prepared(site: Site) -> Prepared:
    """Somebody who could send each form."""
    return Prepared(site)


def test_there_are_forms(site: Site) -> None:
    assert {"/sign-in", "/sign-out", "/account/erase", "/account/password"} <= set(sent_paths(site))
    assert len(sent_paths(site)) >= 11


Send = Callable[[Browser, str, dict[str, str]], int]


def without_token(browser: Browser, path: str, fields: dict[str, str]) -> int:
    """As a form that leaves the token out."""
    browser.form_token()
    return browser.ask("POST", path, data=fields).status_code


def with_empty_token(browser: Browser, path: str, fields: dict[str, str]) -> int:
    """As a form whose token is empty, from a browser without one."""
    browser.cookies.pop("op26x_form", None)
    return browser.ask("POST", path, data={**fields, "form_token": ""}).status_code


def with_empty_cookie(browser: Browser, path: str, fields: dict[str, str]) -> int:
    """The same, with a cookie that is empty."""
    browser.cookies["op26x_form"] = ""
    return browser.ask("POST", path, data={**fields, "form_token": ""}).status_code


def with_wrong_token(browser: Browser, path: str, fields: dict[str, str]) -> int:
    """As a form with somebody else's token."""
    other = Browser(browser.client).form_token()
    browser.form_token()
    return browser.ask("POST", path, data={**fields, "form_token": other}).status_code


def with_odd_token(browser: Browser, path: str, fields: dict[str, str]) -> int:
    """As a form with something that no token is."""
    browser.form_token()
    return browser.ask("POST", path, data={**fields, "form_token": "grüezi €"}).status_code


def as_json(browser: Browser, path: str, fields: dict[str, str]) -> int:
    """As a script would send it."""
    token = browser.form_token()
    return browser.ask("POST", path, json={**fields, "form_token": token}).status_code


def in_the_query(browser: Browser, path: str, fields: dict[str, str]) -> int:
    """With everything in the address."""
    token = browser.form_token()
    query = "&".join(f"{name}={quote(value)}" for name, value in {**fields, "form_token": token}.items())
    return browser.ask("POST", f"{path}?{query}").status_code


def from_elsewhere(**headers: str) -> Send:
    """With a right token, and headers of a browser that is on another site."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def send(browser: Browser, path: str, fields: dict[str, str]) -> int:
        token = browser.form_token()
        return browser.ask("POST", path, named, data={**fields, "form_token": token}).status_code

    return send


REFUSED: dict[str, Send] = {
    "no token": without_token,
    "an empty token": with_empty_token,
    "an empty cookie": with_empty_cookie,
    "a wrong token": with_wrong_token,
    "an odd token": with_odd_token,
    "JSON": as_json,
    "in the query": in_the_query,
    "another site": from_elsewhere(Origin=EVIL),
    "no site": from_elsewhere(Origin="null"),
    "another port": from_elsewhere(Origin="http://127.0.0.1:9999"),
    "a site that ends like ours": from_elsewhere(Origin="http://127.0.0.1:8026.evil.example.com"),
    "ours as a user's name": from_elsewhere(Origin="http://127.0.0.1:8026@evil.example.com"),
    "an origin that is none": from_elsewhere(Origin="http://["),
    "cross-site": from_elsewhere(Sec_Fetch_Site="cross-site"),
    "same-site": from_elsewhere(Sec_Fetch_Site="same-site"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_form_that_is_not_ours_is_refused_and_does_nothing(site: Site, prepared: Prepared, how: str) -> None:
    prepared.browser.get("/account")
    for path in sent_paths(site):
        browser = Browser(site.client, HTTP, dict(prepared.browser.cookies))
        before = site.rows()
        status = REFUSED[how](browser, prepared.path(path), prepared.fields(path))
        assert 400 <= status < 500, f"{path} answered {status}."
        assert site.rows() == before, f"{path} did something."


def test_a_form_that_is_ours_does_something(site: Site, prepared: Prepared) -> None:
    """Or the test before this one would say nothing."""
    paths = sent_paths(site)
    last = [
        "/sign-in/code",
        "/account/sessions/end",
        "/sign-out",
        "/account/password",
        "/new-password",
        "/account/erase",
    ]
    for path in sorted(paths, key=lambda p: next((n + 1 for n, q in enumerate(last) if p.startswith(q)), 0)):
        if path in ("/account/second-factor", "/account/second-factor/code", "/account/second-factor/end"):
            continue
        browser = Browser(site.client, HTTP, dict(prepared.browser.cookies))
        if path in ("/account/password", "/account/erase", "/account/sessions/end", "/sign-out"):
            site.do(site.town.people.users.set_password, prepared.user.id, prepared.user.password_hash)
            browser.sign_in()
            site.session(prepared.user)
        before = site.rows()
        fields = prepared.fields(path)
        response = browser.post(prepared.path(path), {"Origin": HTTP, "Sec-Fetch-Site": "same-origin"}, **fields)
        assert response.status_code in (200, 303), f"{path} answered {response.status_code}."
        assert site.rows() != before, f"{path} did nothing."


def test_a_form_that_is_too_long_is_not_read(site: Site) -> None:
    response = site.browser().post("/sign-in", email="x" * 9000, password="y")
    assert response.status_code == 413


def test_a_form_that_is_no_form_is_a_problem_of_whoever_sent_it(site: Site) -> None:
    browser = site.browser()
    browser.form_token()
    for kind, body in (
        ("multipart/form-data; boundary=x", b"--x\r\n"),
        ("multipart/form-data", b"--x\r\n"),
        ("application/x-www-form-urlencoded", b"%ff%fe=\xff&&&===&a=%"),
        ("application/x-www-form-urlencoded; charset=nothing", b"a=1"),
        ("text/plain", b"form_token=1"),
    ):
        response = browser.ask("POST", "/sign-in", {"Content-Type": kind}, content=body)
        assert 400 <= response.status_code < 500, kind


PLACES = [
    "//evil.example.com",
    "/\\evil.example.com",
    "\\\\evil.example.com",
    "/\\/evil.example.com",
    "///evil.example.com",
    EVIL,
    "https:evil.example.com",
    "javascript:alert(1)",
    "evil.example.com",
    "/\n/evil.example.com",
    "/\t/evil.example.com",
    "/\r\nLocation: https://evil.example.com",
    "/x\r\nSet-Cookie: a=b",
    "/x y",
    "/ü",
    "/€",
    "@evil.example.com",
    ".evil.example.com",
    ":9999/x",
    "/" + "x" * 600,
    "",
]
OURS = ["/", "/calls", "/?call=01ABC&tab=2", "/%2f/evil.example.com", "/%5cevil.example.com", "/a//b", "/.//x"]


def elsewhere(location: str, base: str) -> bool:
    """Whether a browser that is sent there leaves the host."""
    host = httpx.URL(base).join(location.replace("\\", "/")).host
    return host != urlsplit(base).hostname or any(sign in location for sign in "\\\r\n\t ")


@pytest.mark.parametrize("base", [HTTP, HTTPS])
def test_nobody_is_sent_to_another_site(site: Site, base: str) -> None:
    site.person()
    wrong = {}
    for to in PLACES:
        browser = site.browser(base)
        location = browser.sign_in(to=to).headers["location"]
        again = browser.get(f"/sign-in?to={quote(to)}").headers["location"]
        if elsewhere(location, base) or urlsplit(location).path != "/" or again != location:
            wrong[to] = location, again
    assert wrong == {}


def test_somebody_is_sent_to_where_they_wanted(site: Site) -> None:
    site.person()
    for to in OURS:
        assert site.browser(HTTPS).sign_in(to=to).headers["location"] == to
        assert site.browser().sign_in(to=to).headers["location"] == f"http://127.0.0.1:8501{to}"


def test_with_a_certificate_the_dashboard_is_at_its_own_port(
    data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(data, clock, monkeypatch, tls_certificate="a.pem", tls_key="b.pem", dashboard_port=8501) as site:
        site.person()
        browser = site.signed_in(base=HTTPS)
        for host in ("calls.example.com", "[2001:db8::1]", "192.0.2.1"):
            for to in ("/calls", *PLACES):
                sent = browser.ask("GET", f"/sign-in?to={quote(to)}", {"Host": f"{host}:8026"})
                path = to if to == "/calls" else "/"
                assert sent.headers["location"] == f"https://{host}:8501{path}", to


def test_without_a_dashboard_they_see_their_account(
    data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(data, clock, monkeypatch, dashboard_port=0) as site:
        site.person()
        assert site.browser().sign_in(to="/calls").headers["location"] == "/account"


def test_after_the_code_they_go_to_the_same_place(site: Site) -> None:
    anna = site.person()
    expected = {to: site.browser(HTTPS).sign_in(to=to).headers["location"] for to in [*PLACES, *OURS]}
    factor = site.town.people.second_factor
    code = pyotp.TOTP(site.do(factor.prepare, anna).reveal())
    again = site.do(site.town.people.users.get, anna.id)
    site.do(factor.begin, again, code.at(site.town.clock.now()))
    wrong = {}
    for to, place in expected.items():
        site.town.clock.advance(60)
        browser = site.browser(HTTPS)
        try:
            response = browser.sign_in(to=to)
        except httpx.RemoteProtocolError as error:
            wrong[to] = str(error)
            continue
        location = response.headers.get("location", "")
        if urlsplit(location).path != "/sign-in/code" or any(sign in location for sign in "\r\n\t "):
            wrong[to] = f"{response.status_code} {location}"
            continue
        hidden = browser.get(location).text.partition('name="to" value="')[2].partition('"')[0]
        done = browser.post("/sign-in/code", code=code.at(site.town.clock.now()), to=unescape(hidden))
        if done.headers.get("location") != place:
            wrong[to] = done.headers.get("location", str(done.status_code))
    assert wrong == {}


def test_an_odd_host_breaks_nothing(site: Site) -> None:
    site.person()
    browser = site.signed_in()
    hosts = ["evil.example.com", "[", "127.0.0.1:8026@evil.example.com", "a b", "", "127.0.0.1:x"]
    for host in hosts:
        for path in ("/sign-in", "/sign-in?to=/x", "/account"):
            assert browser.ask("GET", path, {"Host": host}).status_code < 500, host


def test_what_was_typed_is_shown_as_text(site: Site) -> None:
    nasty = '"><script>alert(1)</script>@example.com'
    browser = site.browser()
    for response in (
        browser.get(f"/sign-in?to={quote(nasty)}"),
        browser.get(f"/sign-in/code?to={quote(nasty)}"),
        browser.post("/sign-in", email=nasty, password="x", to=nasty),
    ):
        assert "<script>" not in response.text
    link = site.do(site.town.people.links.for_owner, site.town.organization, "operator")
    shown = browser.post(f"/welcome/{link.token.reveal()}", email=nasty, name=nasty, password="short")
    assert "<script>" not in shown.text
    assert shown.status_code == 400


def test_the_client_of_these_tests_follows_nothing(site: Site) -> None:
    assert isinstance(site.client, TestClient)
    assert site.browser().get("/account").status_code == 303
