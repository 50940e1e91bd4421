"""Signing in elsewhere: by a provider that speaks OpenID Connect, and by one that lies."""

import base64
import hmac
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import msgspec
import oidc_provider_mock
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from framework.accounts.people.site import HTTP, HTTPS, Browser, Site, running
from framework.accounts.people.town import PASSWORD
from op26x import logs
from op26x.accounts import Role
from op26x.accounts.people import SignIn, User
from op26x.clock import ManualClock
from op26x_service.pages import provider as provider_module

pytestmark = pytest.mark.journey
"""Not of the unit suite: each begins a service and hashes passwords."""

SETTINGS = {
    "oidc_client_id": "op26x",
    "oidc_client_secret": "open sesame",
    "oidc_roles": "staff=viewer, admins=admin, bosses=owner",
}
CALLBACK = "/sign-in/provider/callback"


@pytest.fixture
def mock() -> Iterator[str]:
    """A provider that says what it is told of somebody; its address."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def site(data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, mock: str) -> Iterator[Site]:
    """Its people come from the provider, and its claims decide about roles."""
    with running(data, clock, monkeypatch, oidc_issuer=mock, **SETTINGS) as site:
        yield site


def says(mock: str, *roles: str, sub: str = "b-17", **changes: Any) -> None:
    """Has the provider say something of somebody."""
    usual = {"email": "ben@example.com", "email_verified": True, "name": "Ben Blaumeise"}
    httpx.put(f"{mock}/users/{sub}", json={**usual, "roles": list(roles), **changes}).raise_for_status()


def goes(browser: Browser, to: str = "", sub: str = "b-17") -> str:
    """A browser goes to the provider and signs in there; the path by which it comes back."""
    sent = browser.get(f"/sign-in/provider?to={quote(to)}")
    assert sent.status_code == 303
    answer = httpx.post(sent.headers["location"], data={"sub": sub})
    assert answer.status_code == 302, answer.text
    back = answer.headers["location"]
    assert back.startswith(browser.base + CALLBACK)
    return str(back.removeprefix(browser.base))


def comes(site: Site, base: str = HTTP, **more: Any) -> tuple[Browser, httpx.Response]:
    """A new browser that has been at the provider and is back."""
    browser = site.browser(base)
    return browser, browser.get(goes(browser, **more))


def role_of(site: Site, email: str = "ben@example.com") -> str | None:
    """What somebody is."""
    members = site.do(site.town.people.users.members, site.town.organization)
    return next((one.role for one in members if one.email.reveal() == email), None)


def test_the_page_leads_to_the_provider(site: Site) -> None:
    page = site.browser().get("/sign-in?to=/calls%26x").text
    link = unescape(re.findall(r'href="(/sign-in/provider[^"]*)"', page)[0])
    assert parse_qs(urlsplit(link).query) == {"to": ["/calls&x"]}


def test_a_browser_is_sent_with_all_that_keeps_others_out(site: Site, mock: str) -> None:
    first, second = (site.browser().get("/sign-in/provider").headers["location"] for _ in range(2))
    assert first.startswith(f"{mock}/oauth2/authorize?")
    asked, other = (parse_qs(urlsplit(url).query) for url in (first, second))
    assert (asked["response_type"], asked["client_id"]) == (["code"], ["op26x"])
    assert asked["code_challenge_method"] == ["S256"]
    assert "openid" in asked["scope"][0].split()
    assert asked["redirect_uri"] == [HTTP + CALLBACK]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name][0]) >= 16
        assert asked[name] != other[name]


@pytest.mark.parametrize("base", [HTTP, HTTPS])
def test_somebody_comes_from_the_provider(site: Site, mock: str, base: str) -> None:
    says(mock, "admins")
    browser, response = comes(site, base, to="/calls")
    assert response.status_code == 303
    assert urlsplit(response.headers["location"]).path == "/calls"
    assert "ben@example.com" in browser.get("/account").text
    assert role_of(site) == Role.ADMIN


def test_changed_claims_change_the_role_at_the_next_sign_in(site: Site, mock: str) -> None:
    site.person()
    for words, role in ((["staff"], Role.VIEWER), (["bosses"], Role.OWNER), (["admins"], Role.ADMIN)):
        says(mock, *words)
        browser, _ = comes(site)
        assert role_of(site) == role
        assert site.api("GET", "/me", browser.session).json()["role"] == role


def test_without_a_role_nobody_comes_in(site: Site, mock: str) -> None:
    site.person()
    says(mock)
    browser, response = comes(site)
    assert response.status_code == 403
    assert browser.session == ""
    assert role_of(site) is None


def test_who_has_lost_the_role_is_out_at_once(site: Site, mock: str) -> None:
    site.person()
    says(mock, "admins")
    before, _ = comes(site)
    says(mock)
    after, response = comes(site)
    assert (response.status_code, after.session) == (403, "")
    assert site.api("GET", "/people", before.session).status_code == 403


def test_an_address_that_is_not_verified_is_refused(site: Site, mock: str) -> None:
    site.person("ben@example.com")
    for verified in (False, None, "no"):
        says(mock, "bosses", email_verified=verified)
        browser, response = comes(site)
        assert (response.status_code, browser.session) == (403, "")


def test_the_last_owner_stays(site: Site, mock: str) -> None:
    says(mock, "bosses")
    comes(site)
    says(mock)
    browser, response = comes(site)
    assert response.status_code == 303
    assert role_of(site) == Role.OWNER
    assert site.api("GET", "/people", browser.session).status_code == 200


def test_another_browser_can_not_come_back(site: Site, mock: str) -> None:
    """Or an attacker could have somebody else come back in the attacker's name."""
    says(mock, "admins")
    attacker = site.browser()
    back = goes(attacker)
    victim = site.browser()
    for prepare in (lambda: None, lambda: victim.get("/sign-in/provider")):
        prepare()
        response = victim.get(back)
        assert (response.status_code, victim.session) == (403, "")
    assert attacker.get(back).status_code == 303


def test_a_wrong_state_is_refused(site: Site, mock: str) -> None:
    says(mock, "admins")
    browser = site.browser()
    code = parse_qs(urlsplit(goes(browser)).query)["code"][0]
    for query in (f"code={code}", f"code={code}&state=", f"code={code}&state=wrong", f"code={code}&state=gr%C3%BCezi"):
        assert browser.get(f"{CALLBACK}?{query}").status_code == 403
    assert browser.session == ""


def test_an_empty_state_is_no_state(site: Site) -> None:
    browser = site.browser()
    browser.cookies["op26x_state"] = ""
    assert browser.get(f"{CALLBACK}?code=x&state=").status_code == 403
    browser.cookies["op26x_state"] = "made-up"
    assert browser.get(f"{CALLBACK}?code=x&state=made-up").status_code == 403


def test_a_state_is_good_once(site: Site, mock: str) -> None:
    says(mock, "admins")
    browser = site.browser()
    back = goes(browser)
    assert browser.get(back).status_code == 303
    state = parse_qs(urlsplit(back).query)["state"][0]
    browser.cookies["op26x_state"] = state
    before = site.rows(SignIn)
    assert browser.get(back).status_code == 403
    assert site.rows(SignIn) == before


def test_a_state_is_good_for_ten_minutes(site: Site, mock: str, monkeypatch: pytest.MonkeyPatch) -> None:
    says(mock, "admins")
    browser = site.browser()
    back = goes(browser)
    later = time.monotonic() + 601
    monkeypatch.setattr(provider_module.time, "monotonic", lambda: later)
    monkeypatch.setattr(site.town.clock, "elapsed", 601.0)
    assert browser.get(back).status_code == 403


def test_the_provider_refuses(site: Site) -> None:
    browser = site.browser()
    sent = browser.get("/sign-in/provider").headers["location"]
    answer = httpx.post(sent, data={"action": "deny"})
    state = parse_qs(urlsplit(sent).query)["state"][0]
    query = urlsplit(answer.headers["location"]).query
    back = f"{CALLBACK}?{query}" if "state=" in query else f"{CALLBACK}?{query}&state={state}"
    response = browser.get(back)
    assert (response.status_code, browser.session) == (403, "")


def test_nobody_is_sent_to_another_site_afterwards(site: Site, mock: str) -> None:
    says(mock, "admins")
    for to in ("//evil.example.com", "/\\evil.example.com", "https://evil.example.com", "/\n/evil.example.com"):
        _, response = comes(site, HTTPS, to=to)
        assert response.headers["location"] == "/"


def test_the_state_is_a_cookie_that_comes_back_from_the_provider(site: Site) -> None:
    browser = site.browser(HTTPS)
    browser.get("/sign-in/provider")
    cookie = browser.set_cookies["__Host-op26x_state"]
    assert cookie["httponly"] and cookie["secure"]
    assert (cookie["samesite"], cookie["max-age"]) == ("lax", "600")


def test_who_comes_from_the_provider_has_no_password_to_sign_in_with(site: Site, mock: str) -> None:
    says(mock, "admins")
    comes(site)
    for text in ("", PASSWORD.reveal()):
        assert site.browser().sign_in("ben@example.com", type(PASSWORD)(text)).status_code == 400


def test_who_comes_from_the_provider_can_erase_their_account(site: Site, mock: str) -> None:
    """They have no password to give; the law gives them the right all the same (GDPR, article 17)."""
    site.person()
    says(mock, "staff")
    browser, _ = comes(site)
    assert 'action="/account/erase"' in browser.get("/account").text


def test_neither_code_nor_token_nor_name_is_logged(site: Site, mock: str, capfd: pytest.CaptureFixture[str]) -> None:
    says(mock, "admins")
    logs.configure("debug")
    browser = site.browser()
    back = goes(browser)
    browser.get(back)
    browser.get(back)
    says(mock)
    _, refused = comes(site)
    assert refused.status_code in (303, 403)
    ours = "\n".join(line for line in "".join(capfd.readouterr()).splitlines() if line.startswith('{"'))
    query = parse_qs(urlsplit(back).query)
    assert browser.session
    for text in (query["code"][0], query["state"][0], browser.session, "ben@example.com", "Blaumeise", "b-17"):
        assert text not in ours


KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)


@dataclass
class Liar:
    """A provider whose answers a test writes.

    Attributes:
        url: Where it is.
        claims: What it says besides the usual.
        left_out: Which of these it leaves out.
        sign: Makes the ID token.
        metadata: What it says of itself besides the usual.
        nonce: What the browser came with.
        asked: The paths that it was asked.
        status: Of its answer to a code.
    """

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
    metadata: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    asked: list[str] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None

    def answer(self, path: str) -> tuple[int, bytes]:
        """What it answers."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            about = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", "token_endpoint": f"{self.url}/token"}
            about["authorization_endpoint"] = f"{self.url}/authorize"
            return 200, msgspec.json.encode({**about, **self.metadata})
        if path == "/jwks":
            return 200, msgspec.json.encode({"keys": [KEY.as_dict(private=False)]})
        now = int(time.time())
        usual = {"iss": self.url, "aud": "op26x", "sub": "b-17", "nonce": self.nonce, "iat": now, "exp": now + 300}
        usual |= {"email": "ben@example.com", "email_verified": True, "roles": ["admins"]}
        claims = {name: value for name, value in {**usual, **self.claims}.items() if name not in self.left_out}
        token = {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(claims)}
        return self.status, self.body if self.body is not None else msgspec.json.encode(token)


@pytest.fixture
def liar() -> Iterator[Liar]:
    """The provider, listening."""
    liar = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                status, body = liar.answer(urlsplit(self.path).path)
            except ConnectionAbortedError:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    liar.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=partial(server.serve_forever, 0.02))
    thread.start()
    yield liar
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def lied_to(data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, liar: Liar) -> Iterator[Site]:
    """A site whose provider that is."""
    with running(data, clock, monkeypatch, oidc_issuer=liar.url, **SETTINGS) as site:
        yield site


def returns(site: Site, liar: Liar) -> tuple[Browser, httpx.Response]:
    """A browser that went to the provider and comes back with a code."""
    browser = site.browser()
    query = parse_qs(urlsplit(browser.get("/sign-in/provider").headers["location"]).query)
    liar.nonce = liar.nonce or query["nonce"][0]
    response = browser.get(f"{CALLBACK}?code=c&state={query['state'][0]}")
    liar.nonce = ""
    return browser, response


def test_a_provider_that_says_the_truth_is_believed(lied_to: Site, liar: Liar) -> None:
    """Or the tests after this one would say nothing."""
    browser, response = returns(lied_to, liar)
    assert response.status_code == 303
    assert browser.session


def is_refused(site: Site, liar: Liar) -> bool:
    """Whether nobody is let in, and nobody is made."""
    before = site.rows(User, SignIn)
    browser, response = returns(site, liar)
    return (response.status_code, browser.session, site.rows(User, SignIn)) == (403, "", before)


PAST = 1_500_000_000


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": ""},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": ["op26x", "another"]},
        {"aud": ["op26x", "another"], "azp": "another"},
        {"aud": []},
        {"aud": ""},
        {"iss": "https://evil.example.com"},
        {"iss": ""},
        {"exp": PAST},
        {"exp": "soon"},
        {"nbf": 99_999_999_999},
        {"sub": ""},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_for_somebody_else_or_another_time_is_refused(
    lied_to: Site, liar: Liar, claims: dict[str, Any]
) -> None:
    liar.claims = claims
    assert is_refused(lied_to, liar)


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "nonce", "sub"])
def test_a_token_without_what_it_must_say_is_refused(lied_to: Site, liar: Liar, name: str) -> None:
    liar.left_out = (name,)
    assert is_refused(lied_to, liar)


def written(head: dict[str, Any], claims: dict[str, Any]) -> str:
    """What is signed of a token."""
    parts = (base64.urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=").decode() for part in (head, claims))
    return ".".join(parts)


def unsigned(claims: dict[str, Any]) -> str:
    """A token with the algorithm "none"."""
    return written({"alg": "none"}, claims) + "."


def by_secret(claims: dict[str, Any]) -> str:
    """A token signed with what everybody knows: the public key, as if it were a shared secret."""
    signed = written({"alg": "HS256", "kid": "one"}, claims)
    mac = hmac.new(KEY.as_pem(private=False), signed.encode(), "sha256").digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def by_another(claims: dict[str, Any]) -> str:
    """A token signed with another key of the same name."""
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER_KEY)


def by_own_key(claims: dict[str, Any]) -> str:
    """A token that brings its key along."""
    return jwt.encode({"alg": "RS256", "jwk": OTHER_KEY.as_dict(private=False)}, claims, OTHER_KEY)


@pytest.mark.parametrize(
    "sign", [unsigned, by_secret, by_another, by_own_key, lambda claims: "", lambda claims: "a.b.c"]
)
def test_a_forged_token_is_refused(lied_to: Site, liar: Liar, sign: Callable[[dict[str, Any]], str]) -> None:
    liar.sign = sign
    assert is_refused(lied_to, liar)


@pytest.mark.parametrize("roles", [None, 5, {"x": 1}, [[]], "nothing"])
def test_odd_roles_are_none(lied_to: Site, liar: Liar, roles: object) -> None:
    liar.claims = {"roles": roles}
    assert is_refused(lied_to, liar)


@pytest.mark.parametrize("changes", [{"issuer": "https://evil.example.com"}, {"issuer": None}])
def test_a_provider_by_another_name_is_not_asked(lied_to: Site, liar: Liar, changes: dict[str, Any]) -> None:
    liar.metadata = changes
    response = lied_to.browser().get("/sign-in/provider")
    assert response.status_code == 502
    assert liar.asked == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (400, b"{}"), (200, b"[]"), (200, b"5"), (200, b"no JSON"), (200, b"{}")]
)
def test_a_provider_that_fails_lets_nobody_in(lied_to: Site, liar: Liar, status: int, body: bytes) -> None:
    liar.status, liar.body = status, body
    browser, response = returns(lied_to, liar)
    assert response.status_code in (403, 502)
    assert response.headers["content-type"].startswith("text/html")
    assert browser.session == ""


@pytest.mark.parametrize("missing", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_metadata_without_a_place_are_the_providers_fault(lied_to: Site, liar: Liar, missing: str) -> None:
    liar.metadata = {missing: None}
    browser = lied_to.browser()
    sent = browser.get("/sign-in/provider")
    if sent.status_code == 303:
        state = parse_qs(urlsplit(sent.headers["location"]).query)["state"][0]
        sent = browser.get(f"{CALLBACK}?code=c&state={state}")
    assert sent.status_code in (403, 502)


def test_a_provider_that_is_away_is_said_to_be(data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(data, clock, monkeypatch, oidc_issuer="http://127.0.0.1:9", **SETTINGS) as site:
        response = site.browser().get("/sign-in/provider")
        assert response.status_code == 502
        assert "does not answer" in response.text


def test_a_provider_that_hangs_up_is_said_not_to_answer(lied_to: Site, liar: Liar) -> None:
    """It answers to its name, and is away when it is asked about a code."""

    def break_off(_claims: dict[str, Any]) -> str:
        raise ConnectionAbortedError

    liar.sign = break_off
    browser, response = returns(lied_to, liar)
    assert (response.status_code, browser.session) == (502, "")


def test_an_issuer_may_be_set_with_a_slash_at_its_end(
    data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, liar: Liar
) -> None:
    with running(data, clock, monkeypatch, oidc_issuer=f"{liar.url}/", **SETTINGS) as site:
        assert returns(site, liar)[1].status_code == 303
