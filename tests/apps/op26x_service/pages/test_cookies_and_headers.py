"""What every page sends beside itself: cookies that scripts and other sites can't use, and headers."""

import re

import pyotp
import pytest

from framework.accounts.people.site import HTTP, HTTPS, Browser, Site
from framework.accounts.people.town import PASSWORD
from op26x.accounts.people import User

pytestmark = pytest.mark.journey
"""Not of the unit suite: each begins a service and hashes passwords."""


def with_second_factor(site: Site) -> tuple[User, pyotp.TOTP]:
    """Anna, of whom codes are asked."""
    anna = site.person()
    factor = site.town.people.second_factor
    code = pyotp.TOTP(site.do(factor.prepare, anna).reveal())
    site.do(factor.begin, site.do(site.town.people.users.get, anna.id), code.at(site.town.clock.now()))
    site.town.clock.advance(60)
    return anna, code


def all_cookies(site: Site, base: str) -> Browser:
    """A browser that was given every cookie of ours, but for the provider's state."""
    _, code = with_second_factor(site)
    browser = site.browser(base)
    browser.sign_in()
    browser.post("/sign-in/code", code=code.at(site.town.clock.now()))
    return browser


@pytest.mark.parametrize("base", [HTTP, HTTPS])
def test_no_script_reads_a_cookie_and_no_other_site_sends_one(site: Site, base: str) -> None:
    cookies = all_cookies(site, base).set_cookies
    plain = {name.removeprefix("__Host-") for name in cookies}
    assert plain == {"op26x_form", "op26x_half", "op26x_session", "op26x_device"}
    for name, cookie in cookies.items():
        assert cookie["httponly"], name
        assert cookie["path"] == "/", name
        assert not cookie["domain"], name
        expected = "lax" if name.endswith("session") else "strict"
        assert cookie["samesite"] == expected, name


def test_over_tls_each_is_secure_and_of_this_host_alone(site: Site) -> None:
    for name, cookie in all_cookies(site, HTTPS).set_cookies.items():
        assert name.startswith("__Host-")
        assert cookie["secure"]


def test_on_the_loopback_none_is_secure(site: Site) -> None:
    for name, cookie in all_cookies(site, HTTP).set_cookies.items():
        assert not name.startswith("__Host-")
        assert not cookie["secure"]


@pytest.mark.parametrize("base", [HTTP, HTTPS])
def test_the_session_lasts_as_long_as_the_browser_and_the_device_a_year(site: Site, base: str) -> None:
    cookies = {name.removeprefix("__Host-"): cookie for name, cookie in all_cookies(site, base).set_cookies.items()}
    assert cookies["op26x_session"]["max-age"] == ""
    assert cookies["op26x_device"]["max-age"] == str(365 * 86_400)


def test_the_cookie_that_came_over_tls_goes_first(site: Site) -> None:
    site.person()
    site.person("eve@example.com")
    browser, eve = site.signed_in(base=HTTPS), site.signed_in("eve@example.com", HTTPS)
    browser.cookies["op26x_session"] = eve.session
    assert "anna@example.com" in browser.get("/account").text


@pytest.mark.parametrize("name", ["op26x_session", "op26x_form", "op26x_half", "op26x_device"])
def test_over_tls_a_cookie_that_another_host_can_set_is_none(site: Site, name: str) -> None:
    """A neighbour under the same domain can set a cookie without the prefix, and so a session of its own."""
    _, code = with_second_factor(site)
    site.person("eve@example.com")
    if name == "op26x_session":
        browser = site.browser(HTTPS)
        browser.cookies[name] = site.signed_in("eve@example.com", HTTPS).session
        assert browser.get("/account").status_code == 303
    elif name == "op26x_form":
        browser = site.browser(HTTPS)
        browser.cookies[name] = "known"
        sent = {"form_token": "known", "email": "eve@example.com", "password": PASSWORD.reveal()}
        assert browser.ask("POST", "/sign-in", data=sent).status_code == 400
    elif name == "op26x_half":
        first = site.browser(HTTPS)
        first.sign_in()
        browser = site.browser(HTTPS)
        browser.cookies[name] = first.cookies["__Host-op26x_half"]
        assert browser.post("/sign-in/code", code=code.at(site.town.clock.now())).status_code == 400
    else:
        device = site.signed_in("eve@example.com", HTTPS).cookies["__Host-op26x_device"]
        browser = site.browser(HTTPS)
        browser.cookies[name] = device
        for _ in range(6):
            site.browser(HTTPS).post("/sign-in", email="eve@example.com", password="wrong")
        assert browser.sign_in("eve@example.com").status_code == 429


def test_a_session_that_was_set_beforehand_is_not_adopted(site: Site) -> None:
    anna = site.person()
    site.person("eve@example.com")
    eve = site.signed_in("eve@example.com")
    browser = site.browser()
    for planted in ("op26xs_" + "0" * 64, eve.session, "x"):
        browser.cookies["op26x_session"] = planted
        assert browser.sign_in().status_code in (200, 303)
    browser.cookies["op26x_session"] = "op26xs_" + "0" * 64
    assert browser.sign_in().status_code == 303
    assert browser.session != "op26xs_" + "0" * 64
    assert site.do(site.town.people.sign_ins.find, "op26xs_" + "0" * 64) is None
    assert site.do(site.town.row, type(PASSWORD)(browser.session)).user_id == anna.id


def test_each_sign_in_gives_another_session_and_another_device(site: Site) -> None:
    site.person()
    browsers = [site.signed_in() for _ in range(3)]
    assert len({browser.session for browser in browsers}) == 3
    assert len({browser.cookies["op26x_device"] for browser in browsers}) == 3


def shown(site: Site, base: str) -> dict[str, object]:
    """Every page, and the answers that are none."""
    _, _code = with_second_factor(site)
    site.person("ben@example.com")
    browser = site.signed_in("ben@example.com", base)
    owner = site.do(site.town.people.links.for_owner, site.town.organization, "operator").token.reveal()
    paths = ["/sign-in/code", "/account", "/account/data", f"/welcome/{owner}", f"/new-password/{owner}"]
    pages: dict[str, object] = {path: browser.get(path) for path in [*paths, "/welcome/none", "/new-password/none"]}
    stranger = site.browser(base)
    pages["/sign-in"] = stranger.get("/sign-in")
    pages["refused"] = stranger.post("/sign-in", email="x@example.com", password="y")
    pages["without a token"] = stranger.ask("POST", "/sign-in", data={})
    pages["sent on"] = stranger.get("/account")
    pages["style"] = stranger.get("/account/style.css")
    pages["signed in"] = browser.sign_in("ben@example.com")
    pages["no page"] = stranger.get("/nothing")
    pages["the API"] = stranger.get("/api/me")
    pages["ready"] = stranger.get("/ready")
    return pages


@pytest.mark.parametrize("base", [HTTP, HTTPS])
def test_every_answer_carries_the_headers(site: Site, base: str) -> None:
    for name, page in shown(site, base).items():
        headers = page.headers  # type: ignore[attr-defined]
        assert headers.get_list("cache-control") == ["no-store"], name
        assert headers["x-content-type-options"] == "nosniff", name
        assert headers["cross-origin-resource-policy"] == "same-origin", name
        (policy,) = headers.get_list("content-security-policy")
        rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
        assert rules["default-src"] == "'none'", name
        assert rules["frame-ancestors"] == "'none'", name
        assert "script-src" not in rules and "unsafe" not in policy and "*;" not in policy.replace(":*;", ";"), name
        html = headers.get("content-type", "").startswith("text/html")
        assert headers["referrer-policy"] == ("same-origin" if html else "no-referrer"), name
        if html:
            host = base.partition("//")[2].partition(":")[0]
            scheme = base.partition(":")[0]
            assert rules["form-action"] == f"'self' {scheme}://{host}:*", name
            assert (rules["base-uri"], rules["style-src"], rules["img-src"]) == ("'none'", "'self'", "data:"), name
            assert headers["cross-origin-opener-policy"] == "same-origin", name


@pytest.mark.parametrize(("base", "told"), [(HTTP, []), (HTTPS, ["max-age=31536000"])])
def test_over_tls_browsers_are_told_to_stay_there(site: Site, base: str, told: list[str]) -> None:
    for name, page in shown(site, base).items():
        assert page.headers.get_list("strict-transport-security") == told, name  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["evil.example.com; script-src *", "a b", "'unsafe-inline'", "x,y", "[::1]:8026", "*"])
def test_no_host_adds_a_rule(site: Site, host: str) -> None:
    policy = site.browser().ask("GET", "/sign-in", {"Host": host}).headers.get("content-security-policy", "")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "//*" not in policy


def test_no_page_has_a_script_or_a_style_in_it(site: Site) -> None:
    for name, page in shown(site, HTTPS).items():
        text = page.text  # type: ignore[attr-defined]
        if "<html" in text:
            assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", text), name


def test_what_is_given_out_is_a_file(site: Site) -> None:
    page = shown(site, HTTPS)["/account/data"]
    assert page.headers["content-disposition"].startswith("attachment")  # type: ignore[attr-defined]
    assert page.headers["content-type"] == "application/json"  # type: ignore[attr-defined]
