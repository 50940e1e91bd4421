"""Signing in, in a real browser: the owner's link, an invitation, a one-time code, roles that change, who sees what."""

import re
import time
from collections.abc import Callable
from typing import Any

import pyotp
import pytest

pytest.importorskip("playwright", reason="Playwright is not installed: pip install playwright")

from playwright.sync_api import Locator, Page, TimeoutError, expect

from browser.conftest import OWNER
from browser.test_dashboard import WAIT_S, answer, begin, choose, listen, open_page, page_url, recorded_call
from op26x.accounts import Role
from op26x.calls.states import CallState

SECOND = "second@example.com"
PASSWORD, SECONDS_PASSWORD = "seven lanterns in fog", "a kettle behind the moon"
OTHER = "other-clinic"
Visit = Callable[..., Page]


def heading(page: Page, name: str) -> Locator:
    """A heading of exactly these words."""
    return page.get_by_role("heading", name=name, exact=True)


def introduce(page: Page, email: str, password: str) -> None:
    """Fills in the page of a one-time link and sends it."""
    expect(heading(page, "Welcome")).to_be_visible()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Go on").click()


def sign_in(page: Page, email: str, password: str) -> None:
    """Fills in the page "Sign in" and sends it."""
    expect(heading(page, "Sign in")).to_be_visible()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def to_account(page: Page, email: str) -> None:
    """Goes from the dashboard to the account of whoever is signed in."""
    page.get_by_role("link", name=email).click()
    expect(heading(page, "Your account")).to_be_visible()


def rows(page: Page) -> Locator:
    """The calls in the list."""
    return page.get_by_role("table", name="Calls, newest first").locator("tbody tr")


def test_from_the_owners_link_to_a_second_person_with_a_one_time_code(empty_house: Any, visit: Visit) -> None:
    """The first link makes an owner, who invites somebody; they come by link once, then by password and code."""
    link = empty_house.start_as_one()
    owner, second = visit(), visit()
    open_page(owner, empty_house)
    expect(heading(owner, "Sign in")).to_be_visible()
    owner.goto(link)
    introduce(owner, OWNER, PASSWORD)
    expect(heading(owner, "No calls yet")).to_be_visible()
    assert owner.url.startswith(empty_house.dashboard)
    answer = second.goto(link)
    assert answer is not None
    assert answer.status == 410
    expect(heading(second, "This link does not work")).to_be_visible()
    expect(second.get_by_role("alert")).to_contain_text("was used before")

    owner.get_by_role("link", name="People").click()
    form = owner.get_by_test_id("stForm")
    form.get_by_role("textbox", name="E-mail address").fill(SECOND)
    choose(form, "Role", "admin")
    form.get_by_role("button", name="Make an invitation link").click()
    invitation = owner.get_by_test_id("stCode").inner_text().strip()
    expect(owner.get_by_text("for this address only")).to_be_visible()
    expect(owner.get_by_text(re.compile("^admin, until"))).to_be_visible()

    second.goto(invitation)
    expect(second.get_by_text("You are invited to be admin here")).to_be_visible()
    introduce(second, "third@example.com", SECONDS_PASSWORD)
    expect(second.get_by_role("alert")).to_contain_text("for another address")
    introduce(second, SECOND, SECONDS_PASSWORD)
    expect(heading(second, "No calls yet")).to_be_visible()

    to_account(second, SECOND)
    second.get_by_role("button", name="Set up an authenticator").locator("..").get_by_label("Your password").fill(
        SECONDS_PASSWORD
    )
    second.get_by_role("button", name="Set up an authenticator").click()
    expect(second.get_by_role("img", name="QR code for an authenticator")).to_be_visible()
    totp = pyotp.TOTP(second.locator("code").inner_text())
    second.get_by_label("The code that it shows").fill(totp.now())
    second.get_by_role("button", name="Turn on").click()
    expect(heading(second, "Recovery codes")).to_be_visible()
    codes = second.locator("pre").inner_text().split()
    assert len(set(codes)) == 10
    second.goto(second.url.partition("/account")[0] + "/account")
    expect(second.get_by_text("A one-time code is asked for")).to_be_visible()
    assert codes[0] not in second.content()
    expect(heading(second, "Recovery codes")).to_have_count(0)

    second.get_by_role("button", name="Sign out").click()
    expect(heading(second, "Sign in")).to_be_visible()
    open_page(second, empty_house, "?page=retention")
    sign_in(second, SECOND, PASSWORD)
    expect(second.get_by_role("alert")).to_contain_text("Address or password is not right")
    sign_in(second, SECOND, SECONDS_PASSWORD)
    expect(heading(second, "One-time code")).to_be_visible()
    visitor = second.context.new_page()
    open_page(visitor, empty_house)
    expect(heading(visitor, "Sign in")).to_be_visible()  # a password alone is half of it
    second.get_by_label("Code").fill(totp.at(time.time(), counter_offset=1))  # none is taken twice
    second.get_by_role("button", name="Go on").click()
    expect(heading(second, "Retention")).to_be_visible()  # where they wanted to go
    open_page(owner, empty_house, "?page=people")
    expect(owner.get_by_role("row").filter(has_text=SECOND)).to_contain_text("yes")
    expect(owner.get_by_role("row").filter(has_text=OWNER)).to_contain_text("no")


def test_a_wrong_first_code_can_be_corrected(house: Any, visit: Visit) -> None:
    """Whoever mistypes it keeps the secret that their authenticator has taken already."""
    page = visit()
    page.goto(house.owners_link())
    introduce(page, OWNER, PASSWORD)
    to_account(page, OWNER)
    box = page.get_by_role("button", name="Set up an authenticator").locator("..")
    box.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up an authenticator").click()
    totp = pyotp.TOTP(page.locator("code").inner_text())
    page.get_by_label("The code that it shows").fill("none")
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    page.get_by_label("The code that it shows").fill(totp.now())
    page.get_by_role("button", name="Turn on").click()
    expect(heading(page, "Recovery codes")).to_be_visible()


def take_down(owner: Page, house: Any, role: str) -> None:
    """The owner makes the second person something else, on the page "People"."""
    open_page(owner, house, "?page=people")
    expect(heading(owner, "Change or remove somebody")).to_be_visible()
    choose(owner, "Role", role)
    owner.get_by_role("button", name="Change the role").click()
    expect(owner.get_by_role("row").filter(has_text=SECOND)).to_contain_text(role)


def test_who_is_made_less_is_refused_at_the_next_click(house: Any, page: Page, visit: Visit) -> None:
    """The page was drawn for an admin; what a viewer may not do is refused in words, and nothing is done."""
    second = visit(house.session(SECOND, Role.ADMIN))
    open_page(second, house, "?page=people")
    second.get_by_role("textbox", name="E-mail address").fill("third@example.com")
    take_down(page, house, "viewer")
    second.get_by_role("button", name="Make an invitation link").click()
    expect(second.get_by_role("heading", name=re.compile("You may not"))).to_be_visible()
    expect(second.get_by_text("people.read")).to_be_visible()
    expect(second.get_by_test_id("stException")).to_have_count(0)
    expect(second.get_by_role("table")).to_have_count(0)
    open_page(page, house, "?page=people")
    expect(heading(page, "People")).to_be_visible()
    expect(heading(page, "Invite somebody")).to_be_visible()
    expect(heading(page, "Invitations that wait")).to_have_count(0)
    second.get_by_role("link", name="Calls").click()
    expect(heading(second, "No calls yet")).to_be_visible()
    expect(second.get_by_role("link", name="People")).to_have_count(0)


def test_a_form_that_is_taken_away_says_so(house: Any, page: Page, visit: Visit) -> None:
    """Who presses a button that they may not press any more is told, and the button is gone."""
    second = visit(house.session(SECOND, Role.ADMIN))
    open_page(second, house, "?page=retention")
    second.get_by_role("spinbutton", name="Days").fill("7")
    second.get_by_role("button", name="Show what it would do").click()
    expect(heading(second, "What 7 days would do")).to_be_visible()
    take_down(page, house, "viewer")
    second.get_by_role("button", name="Keep calls for 7 days").click()
    expect(second.get_by_role("button", name="Keep calls for 7 days")).to_have_count(0)
    expect(second.get_by_role("spinbutton", name="Days")).to_have_count(0)
    expect(second.get_by_text("7 days", exact=True)).to_have_count(0)
    expect(second.get_by_text(re.compile("[Yy]ou may not"))).to_be_visible()


def test_who_is_made_less_hears_no_more(house: Any, page: Page, visit: Visit) -> None:
    """What somebody listens to ends with the permission to listen, player and words, by itself."""
    call_id = house.write(recorded_call)
    second = visit(house.session(SECOND, Role.ADMIN))
    open_page(second, house, f"?call={call_id}")
    listen(second, "a complaint")
    address = page_url(house, second.locator("audio").get_attribute("src"))
    assert answer(second, address).status == 200
    take_down(page, house, "researcher")
    assert answer(second, address).status in (404, 410)
    expect(second.locator("audio")).to_have_count(0)
    expect(second.get_by_text("Tomorrow")).to_have_count(0)
    open_page(second, house, f"?call={call_id}")
    expect(second.get_by_text("This call was recorded.")).to_be_visible()
    expect(second.get_by_role("button", name="Listen and read")).to_have_count(0)


def test_an_admin_is_told_what_is_for_owners_and_stays_on_the_page(house: Any, visit: Visit) -> None:
    """Who asks for more than they may is refused in words beside the form; the form stays."""
    house.session()
    admin = visit(house.session(SECOND, Role.ADMIN))
    open_page(admin, house, "?page=people")
    form = admin.get_by_test_id("stForm")
    choose(form, "Role", "owner")
    form.get_by_role("textbox", name="E-mail address").fill("third@example.com")
    form.get_by_role("button", name="Make an invitation link").click()
    expect(admin.get_by_role("alert")).to_contain_text("owner")
    expect(heading(admin, "Invite somebody")).to_be_visible()


def test_nobody_is_removed_by_a_single_press(house: Any, page: Page) -> None:
    """As with all that can't be taken back, a second word is asked for; only then somebody is removed."""
    for email in (SECOND, "third@example.com"):
        house.session(email, Role.VIEWER)
    open_page(page, house, "?page=people")
    page.get_by_role("button", name="Remove from the organization").dblclick()
    expect(page.get_by_role("button", name="Remove for good")).to_be_visible()
    for email in (SECOND, "third@example.com"):
        expect(page.get_by_role("row").filter(has_text=email)).to_have_count(1)


def test_who_is_removed_is_refused_at_the_next_click(house: Any, page: Page, visit: Visit) -> None:
    """Their session goes on, but it is good for nothing here: the page says why, and is no way round in circles."""
    house.write(lambda workspace: begin(workspace, "CA1", CallState.BUSY))
    second = visit(house.session(SECOND, Role.ADMIN))
    open_page(second, house, "?page=retention")
    expect(heading(second, "Retention")).to_be_visible()
    open_page(page, house, "?page=people")
    page.get_by_role("button", name="Remove from the organization").click()
    page.get_by_role("button", name="Remove for good").click()
    expect(page.get_by_role("row").filter(has_text=SECOND)).to_have_count(0)
    second.get_by_role("button", name="Show what it would do").click()
    expect(heading(second, "Retention")).to_have_count(0)
    expect(second.get_by_test_id("stException")).to_have_count(0)
    open_page(second, house)
    expect(second.get_by_text(re.compile("belong to no organization"))).to_be_visible()
    expect(second.get_by_role("table")).to_have_count(0)


def test_signing_out_in_one_tab_ends_the_others(house: Any, visit: Visit) -> None:
    """The page that is open is refused at its next click, and a list that is open shows nothing any more by itself."""
    house.write(lambda workspace: begin(workspace, "CA1", CallState.BUSY))
    retention = visit(house.session())
    calls, account = retention.context.new_page(), retention.context.new_page()
    open_page(retention, house, "?page=retention")
    expect(heading(retention, "Retention")).to_be_visible()
    open_page(calls, house)
    expect(rows(calls)).to_have_count(1)
    open_page(account, house)
    to_account(account, OWNER)
    account.get_by_role("button", name="Sign out").click()
    expect(heading(account, "Sign in")).to_be_visible()

    retention.get_by_role("button", name="Show what it would do").click()
    expect(heading(retention, "Sign in")).to_be_visible()
    expect(heading(retention, "Retention")).to_have_count(0)
    expect(retention.get_by_text("op26x api-keys")).to_have_count(0)  # that is for programs
    expect(rows(calls)).to_have_count(0)
    expect(calls.get_by_role("heading", name="Sign in")).to_be_visible()
    retention.get_by_role("link", name="Sign in").click()
    expect(retention.get_by_label("Password")).to_be_visible()
    open_page(calls, house)
    expect(calls.get_by_label("Password")).to_be_visible()


def test_a_page_that_is_left_open_without_a_session_asks_no_more(house: Any, visit: Visit) -> None:
    """The service takes what it shows for a guess: whoever asks again and again is told to wait, and logged."""
    house.write(lambda workspace: begin(workspace, "CA1", CallState.BUSY))
    page = visit(house.session())
    with page.expect_websocket() as opened:
        open_page(page, house)
    expect(rows(page)).to_have_count(1)
    account = page.context.new_page()
    open_page(account, house)
    to_account(account, OWNER)
    account.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.locator('[data-stale="true"]')).to_have_count(0)
    page.wait_for_timeout(1000)  # what was on its way
    with pytest.raises(TimeoutError, match="framereceived"):
        opened.value.wait_for_event("framereceived", timeout=8000)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_viewer_is_offered_only_what_they_may(house: Any, visit: Visit) -> None:
    """Calls and the period, but no listening, no deleting, no other period and nobody else."""
    call_id = house.write(recorded_call)
    page = visit(house.session("viewer@example.com", Role.VIEWER))
    open_page(page, house, f"?call={call_id}")
    expect(page.get_by_text("This call was recorded.")).to_be_visible()
    expect(page.get_by_role("table", name="Turns in order")).to_be_visible()
    for name in ("Listen and read", "Delete recording"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("textbox")).to_have_count(0)
    expect(page.get_by_role("link", name="People")).to_have_count(0)
    page.get_by_role("link", name="Retention").click()
    expect(page.get_by_text("Calls are kept for")).to_be_visible()
    expect(page.get_by_role("spinbutton")).to_have_count(0)
    expect(page.get_by_role("button", name="Show what it would do")).to_have_count(0)
    open_page(page, house, "?page=people")
    expect(page.get_by_role("heading", name=re.compile("You may not"))).to_be_visible()
    expect(page.get_by_text("people.read")).to_be_visible()
    expect(page.get_by_text("viewer@example.com")).to_have_count(1)  # in the masthead


@pytest.fixture
def two(house: Any) -> tuple[str, str]:
    """A call in each of two organizations; their identifiers."""
    house.found(OTHER)
    first = house.write(lambda workspace: begin(workspace, "CA1", CallState.BUSY), organization=house.first)
    other = house.write(lambda workspace: begin(workspace, "CA2", CallState.FAILED), organization=OTHER)
    return first, other


def test_who_belongs_to_two_organizations_chooses_one(house: Any, visit: Visit, two: tuple[str, str]) -> None:
    """Only the calls of the chosen one are there, and the choice holds."""
    page = visit(house.session(SECOND, Role.VIEWER, house.first, OTHER))
    open_page(page, house)
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("busy")
    choose(page, "Organization", OTHER)
    expect(rows(page)).to_contain_text("failed")
    expect(rows(page)).to_have_count(1)
    open_page(page, house, f"?call={two[0]}")
    expect(heading(page, "No such call")).to_be_visible()
    open_page(page, house, f"?call={two[1]}")
    expect(page.get_by_role("heading", name="Inbound call")).to_be_visible()
    open_page(page, house)
    expect(rows(page)).to_contain_text("failed")
    expect(page.get_by_role("combobox", name="Organization")).to_have_value(OTHER)


def test_a_choice_in_one_tab_leaves_no_other_tab_with_a_wrong_name(
    house: Any, visit: Visit, two: tuple[str, str]
) -> None:
    """Whatever a tab shows is of the organization whose name stands above it."""
    page = visit(house.session(SECOND, Role.VIEWER, house.first, OTHER))
    tab = page.context.new_page()
    for one in (page, tab):
        open_page(one, house)
        expect(rows(one)).to_contain_text("busy")
    choose(page, "Organization", OTHER)
    expect(rows(page)).to_contain_text("failed")
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if two[1] in tab.content():
            tab.wait_for_timeout(500)
            expect(tab.get_by_role("combobox", name="Organization")).to_have_value(OTHER, timeout=1000)
            return
        tab.wait_for_timeout(100)


def test_two_people_on_one_dashboard_never_see_each_others_calls(
    house: Any, visit: Visit, two: tuple[str, str]
) -> None:
    """One process draws for both; neither by turns nor at once does one get what is the other's."""
    first, other = two
    people = [
        (visit(house.session(OWNER, Role.OWNER, house.first)), OWNER, first, (SECOND, other)),
        (visit(house.session(SECOND, Role.OWNER, OTHER)), SECOND, other, (OWNER, first)),
    ]
    for number in range(12):
        query = ("", f"?call={first}", "?page=people", f"?call={other}")[number % 4]
        for page, *_ in people:
            page.goto(f"{house.dashboard}/{query}", wait_until="commit")
        for page, email, own, foreign in people:
            expect(page.get_by_role("link", name=email)).to_be_visible()
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.locator('[data-stale="true"]')).to_have_count(0)
            shown = page.locator("body").inner_html()
            if query == f"?call={own}":
                assert "Inbound call" in shown
            elif query.startswith("?call="):
                expect(heading(page, "No such call")).to_be_visible()
                assert foreign[0] not in shown
                continue
            assert not [text for text in foreign if text in shown]
    for page, _, own, _ in people:
        open_page(page, house)
        expect(rows(page)).to_have_count(1)
        expect(rows(page).get_by_role("link")).to_have_attribute("href", f"?call={own}")


def test_a_second_factor_that_is_demanded_is_asked_for_in_words(house: Any, page: Page, visit: Visit) -> None:
    """Whoever has none is led to their account, and sees nothing else; the owner is no exception."""
    second = visit(house.session(SECOND, Role.VIEWER))
    open_page(second, house)
    house.within(lambda it: it.organizations.change(it.first, second_factor=True))
    for one in (second, page):
        open_page(one, house, "?page=people")
        expect(heading(one, "One thing before you go on")).to_be_visible()
        expect(one.get_by_role("table")).to_have_count(0)
        expect(one.get_by_role("link", name="People")).to_have_count(0)
    second.get_by_role("link", name="Set up an authenticator").click()
    expect(heading(second, "Your account")).to_be_visible()


def test_whoever_is_signed_out_everywhere_must_sign_in_again(house: Any, page: Page, visit: Visit) -> None:
    second = visit(house.session(SECOND, Role.VIEWER))
    open_page(second, house)
    open_page(page, house, "?page=people")
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_text(f"{SECOND} is signed out everywhere")).to_be_visible()
    open_page(second, house)
    expect(heading(second, "Sign in")).to_be_visible()
