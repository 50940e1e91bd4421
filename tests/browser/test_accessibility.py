"""Every page by axe (https://github.com/dequelabs/axe-core): what a screen reader or a weak eye would stumble over."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest

pytest.importorskip("axe_playwright_python", reason="axe is not installed: pip install axe-playwright-python")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browser.conftest import OWNER
from browser.test_dashboard import listen, recorded_call
from browser.test_signing_in import PASSWORD, SECOND, introduce, sign_in
from op26x.accounts import Role

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def problems(page: Page) -> list[str]:
    """What axe finds within the page that is ours, one line each, once nothing is faded since it is drawn anew."""
    expect(page.locator('[data-stale="true"]')).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is scrolled sideways"
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['target']} {node['html'][:160]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_read_by_everybody(house: Any, page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(house.dashboard)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible()
    assert problems(page) == []
    call_id = house.write(recorded_call)
    expect(page.get_by_role("row").filter(has_text="completed")).to_be_visible()
    assert problems(page) == []
    page.goto(f"{house.dashboard}/?call={call_id}")
    listen(page, "a complaint")
    assert problems(page) == []
    page.goto(f"{house.dashboard}/?page=retention")
    expect(page.get_by_role("heading", name="Retention", exact=True)).to_be_visible()
    assert problems(page) == []
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    assert [line.partition(":")[0] for line in problems(page)] == ["image-alt"], "axe does look"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_signing_in_can_be_read_by_everybody(
    house: Any, visit: Callable[..., Page], scheme: str, size: dict[str, int]
) -> None:
    link = house.owners_link()
    page = visit(viewport=size, color_scheme=scheme)
    found: dict[str, list[str]] = {}

    def look(what: str, heading: str) -> None:
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        found[what] = problems(page)

    page.goto(link)
    look("the owner's link", "Welcome")
    introduce(page, OWNER, "short")
    look("a refused form", "Welcome")
    introduce(page, OWNER, PASSWORD)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible()
    page.goto(link)
    look("a link that is gone", "This link does not work")
    house.session(SECOND, Role.VIEWER)
    page.goto(f"{house.dashboard}/?page=people")
    form = page.get_by_test_id("stForm")
    form.get_by_role("textbox", name="E-mail address").fill("third@example.com")
    form.get_by_role("button", name="Make an invitation link").click()
    look("people", "Invitations that wait")
    page.get_by_role("button", name="Make a link to choose another password").click()
    expect(page.get_by_text("within an hour")).to_be_visible()
    new_password = page.get_by_test_id("stCode").inner_text().strip()
    page.goto(new_password)
    look("a new password", "Choose a new password")
    page.goto(f"{house.service}/account")
    look("the account", "Your account")
    box = page.get_by_role("button", name="Set up an authenticator").locator("..")
    box.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up an authenticator").click()
    look("an authenticator", "Add op26x to your authenticator")
    page.get_by_label("The code that it shows").fill(pyotp.TOTP(page.locator("code").inner_text()).now())
    page.get_by_role("button", name="Turn on").click()
    look("recovery codes", "Recovery codes")
    page.get_by_role("button", name="Sign out").click()
    look("to sign in", "Sign in")
    sign_in(page, OWNER, PASSWORD)
    look("the one-time code", "One-time code")
    assert {what: lines for what, lines in found.items() if lines} == {}


def test_the_masthead_of_a_phone_is_whole(house: Any, visit: Callable[..., Page]) -> None:
    """Pages and account are in sight, whatever the address; the page hides what is wider than it."""
    house.found("other-clinic")
    session = house.session("a-rather-long-address@clinic.example.com", Role.OWNER, house.first, "other-clinic")
    page = visit(session, viewport=NARROW)
    page.goto(house.dashboard)
    expect(page.get_by_role("combobox", name="Organization")).to_be_visible()
    ends = page.evaluate("[...document.querySelectorAll('.op-brand a')].map(a => a.getBoundingClientRect().right)")
    assert len(ends) == 5
    assert max(ends) <= NARROW["width"]
