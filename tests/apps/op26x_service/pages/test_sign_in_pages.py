"""The pages by which people come in: what they say, what they keep to themselves, and what they do once."""

import json
import re

import pyotp
import pytest

from framework.accounts.people.site import TOKEN, Site
from framework.accounts.people.town import ANOTHER, PASSWORD, WRONG
from op26x import logs
from op26x.accounts import Role
from op26x.accounts.people import SignIn, User

pytestmark = pytest.mark.journey
"""Not of the unit suite: each begins a service and hashes passwords."""

ANNA = "anna@example.com"


def codes_of(site: Site, user: User) -> pyotp.TOTP:
    """Turns codes on for somebody; the present one is not used up."""
    factor = site.town.people.second_factor
    code = pyotp.TOTP(site.do(factor.prepare, user).reveal())
    site.do(factor.begin, site.do(site.town.people.users.get, user.id), code.at(site.town.clock.now()))
    site.town.clock.advance(60)
    return code


def without_token(text: str) -> str:
    """A page without what differs from one answer to the next by design: the form's token, and the typed address."""
    return re.sub(r'name="email" value="[^"]*"', "", TOKEN.sub("", text))


def test_what_is_refused_is_refused_in_the_same_words(site: Site) -> None:
    site.person()
    site.person("nopassword@example.com", password=None)
    gone = site.person("gone@example.com", Role.VIEWER)
    site.do(site.town.people.users.erase, gone.id, "operator")
    emails = [ANNA, "nobody@example.com", "nopassword@example.com", "gone@example.com", "no address"]
    answers = [site.browser().sign_in(email, WRONG) for email in emails]
    assert {answer.status_code for answer in answers} == {400}
    assert len({without_token(answer.text) for answer in answers}) == 1
    keys = {tuple(sorted(answer.headers)) for answer in answers}
    assert len(keys) == 1


def test_nobody_learns_from_waiting_who_is_known(site: Site) -> None:
    site.person()
    told = {}
    for email in (ANNA, "nobody@example.com"):
        answers = [site.browser().sign_in(email, WRONG) for _ in range(7)]
        told[email] = [(answer.status_code, without_token(answer.text)) for answer in answers]
    assert told[ANNA] == told["nobody@example.com"]
    assert [status for status, _ in told[ANNA]] == [400] * 5 + [429] * 2


def test_who_guesses_is_kept_out_even_with_the_right_password(site: Site) -> None:
    site.person()
    for _ in range(5):
        site.browser().sign_in(password=WRONG)
    assert site.browser().sign_in().status_code == 429
    site.town.clock.advance(2)
    assert site.browser().sign_in().status_code == 303


def test_a_browser_that_was_here_is_let_in_meanwhile(site: Site) -> None:
    site.person()
    browser = site.signed_in()
    browser.post("/sign-out")
    for _ in range(10):
        site.browser().sign_in(password=WRONG)
    assert browser.sign_in().status_code == 303


def test_neither_tokens_nor_passwords_nor_addresses_are_logged(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug")
    anna = site.person()
    owner = site.do(site.town.people.links.for_owner, site.town.organization, "operator").token.reveal()
    reset = site.do(site.town.people.links.for_password, anna.id, "operator").token.reveal()
    browser = site.signed_in()
    site.browser().sign_in(password=WRONG)
    site.browser().post(f"/welcome/{owner}", email="ben@example.com", name="Ben Blaumeise", password=PASSWORD.reveal())
    browser.post("/account/password", password=PASSWORD.reveal(), new_password=ANOTHER.reveal())
    site.browser().post(f"/new-password/{reset}", password=PASSWORD.reveal())
    site.browser().post("/new-password/none", password=PASSWORD.reveal())
    site.browser().get(f"/welcome/{owner}")
    browser.sign_in()
    factor = browser.post("/account/second-factor", password=PASSWORD.reveal())
    secret = re.findall(r"<code>([A-Z2-7]{32})</code>", factor.text)[0]
    browser.ask("POST", "/sign-in", {"Content-Type": "multipart/form-data"}, content=b"--x")
    browser.post("/account/erase", password=PASSWORD.reveal())
    written = "".join(capfd.readouterr())
    assert "a link was used" in written
    hidden = [owner, reset, browser.session, secret, "Blaumeise", "example.com", PASSWORD.reveal(), ANOTHER.reveal()]
    hidden += [WRONG.reveal(), *browser.cookies.values()]
    assert [text for text in hidden if text and text in written] == []


def test_signing_out_ends_the_session_itself(site: Site) -> None:
    site.person()
    browser = site.signed_in()
    token = browser.session
    response = browser.post("/sign-out")
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
    assert browser.session == ""
    browser.cookies["op26x_session"] = token
    assert browser.get("/account").status_code == 303
    assert site.api("GET", "/me", token).status_code == 401


def test_with_a_second_factor_the_password_alone_opens_nothing(site: Site) -> None:
    code = codes_of(site, site.person())
    browser = site.browser()
    response = browser.sign_in()
    assert response.headers["location"].startswith("/sign-in/code")
    assert browser.session == ""
    half = browser.cookies["op26x_half"]
    browser.cookies["op26x_session"] = half
    assert browser.get("/account").status_code == 303
    assert site.api("GET", "/me", half).status_code == 401
    del browser.cookies["op26x_session"]
    assert browser.post("/sign-in/code", code="000000").status_code == 400
    assert browser.post("/sign-in/code", code=code.at(site.town.clock.now())).status_code == 303
    assert browser.session
    assert "op26x_half" not in browser.cookies
    assert browser.get("/account").status_code == 200


def test_half_a_session_is_over_after_five_minutes(site: Site) -> None:
    code = codes_of(site, site.person())
    browser = site.browser()
    browser.sign_in()
    site.town.clock.advance(300)
    response = browser.post("/sign-in/code", code=code.at(site.town.clock.now()))
    assert response.status_code == 400
    assert "too late" in response.text
    assert browser.session == ""


def test_codes_can_not_be_guessed_by_whoever_knows_the_password(site: Site) -> None:
    codes_of(site, site.person())
    statuses = []
    for number in range(12):
        browser = site.browser()
        browser.sign_in()
        statuses.append(browser.post("/sign-in/code", code=f"{number:06}").status_code)
    assert statuses[5:] == [429] * 7


def test_a_recovery_code_lets_in_once(site: Site) -> None:
    anna = site.person()
    factor = site.town.people.second_factor
    code = pyotp.TOTP(site.do(factor.prepare, anna).reveal())
    again = site.do(site.town.people.users.get, anna.id)
    recovery = site.do(factor.begin, again, code.at(site.town.clock.now()))
    statuses = []
    for _ in range(2):
        browser = site.browser()
        browser.sign_in()
        statuses.append(browser.post("/sign-in/code", code=recovery[0].reveal()).status_code)
    assert statuses == [303, 400]


def test_a_link_shows_itself_and_works_once(site: Site) -> None:
    link = site.do(site.town.people.links.for_owner, site.town.organization, "operator").token.reveal()
    browser = site.browser()
    for _ in range(3):
        assert browser.get(f"/welcome/{link}").status_code == 200
    response = browser.post(f"/welcome/{link}", email=ANNA, name="Anna", password=PASSWORD.reveal())
    assert response.status_code == 303
    assert browser.get("/account").status_code == 200
    for answer in (browser.get(f"/welcome/{link}"), browser.post(f"/welcome/{link}", email=ANNA, password="x")):
        assert answer.status_code == 410
        assert "<form" not in answer.text
    assert browser.get("/welcome/none").status_code == 404
    assert site.browser().sign_in().status_code == 303


def test_a_link_of_another_kind_is_refused(site: Site) -> None:
    anna = site.person()
    owner = site.do(site.town.people.links.for_owner, site.town.organization, "operator").token.reveal()
    reset = site.do(site.town.people.links.for_password, anna.id, "operator").token.reveal()
    before = site.rows()
    assert site.browser().post(f"/new-password/{owner}", password=ANOTHER.reveal()).status_code == 400
    assert site.browser().post(f"/welcome/{reset}", email=ANNA, password=PASSWORD.reveal()).status_code == 400
    assert site.rows() == before


def test_a_link_of_another_kind_does_not_say_that_it_makes_an_owner(site: Site) -> None:
    anna = site.person()
    reset = site.do(site.town.people.links.for_password, anna.id, "operator").token.reveal()
    assert "makes you the owner" not in site.browser().get(f"/welcome/{reset}").text


def test_a_new_password_ends_every_session(site: Site) -> None:
    anna = site.person()
    browser = site.signed_in()
    link = site.do(site.town.people.links.for_password, anna.id, "operator").token.reveal()
    other = site.browser()
    assert other.get(f"/new-password/{link}").status_code == 200
    assert other.post(f"/new-password/{link}", password="short").status_code == 400
    assert browser.get("/account").status_code == 200
    response = other.post(f"/new-password/{link}", password=ANOTHER.reveal())
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
    assert browser.get("/account").status_code == 303
    assert other.session == ""
    assert other.post(f"/new-password/{link}", password=PASSWORD.reveal()).status_code == 410


def test_the_account_shows_ones_own_sessions_and_ends_them(site: Site) -> None:
    anna = site.person()
    ben = site.person("ben@example.com")
    browser, another, third = (site.signed_in() for _ in range(3))
    his = site.session(ben)
    page = browser.get("/account").text
    ids = re.findall(r'name="session" value="([^"]*)"', page)
    assert len(ids) == 2
    assert "this one" in page
    assert browser.post("/account/sessions/end", session=ids[0]).status_code == 303
    ended = [one.get("/account").status_code for one in (browser, another, third)]
    assert sorted(ended) == [200, 200, 303]
    assert browser.post("/account/sessions/end").status_code == 303
    assert [one.get("/account").status_code for one in (browser, another, third)] == [200, 303, 303]
    assert site.api("GET", "/me", his).status_code == 200
    assert len(site.do(site.town.people.sign_ins.list, anna.id)) == 1


@pytest.mark.parametrize("whose", ["ben", "nobody"])
def test_anothers_session_is_not_found(site: Site, whose: str) -> None:
    site.person()
    ben = site.person("ben@example.com")
    his = site.session(ben)
    (row,) = site.do(site.town.people.sign_ins.list, ben.id)
    browser = site.signed_in()
    response = browser.post("/account/sessions/end", session=row.id if whose == "ben" else "01NOBODY")
    assert site.api("GET", "/me", his).status_code == 200
    assert response.status_code == 404


def test_changing_the_password_asks_for_it_and_ends_every_session(site: Site) -> None:
    site.person()
    browser, another = site.signed_in(), site.signed_in()
    new = {"new_password": ANOTHER.reveal()}
    assert browser.post("/account/password", password=WRONG.reveal(), **new).status_code == 400
    assert browser.post("/account/password", password=PASSWORD.reveal(), new_password="short").status_code == 400
    assert another.get("/account").status_code == 200
    assert browser.post("/account/password", password=PASSWORD.reveal(), **new).status_code == 303
    assert browser.session == ""
    assert another.get("/account").status_code == 303
    assert site.browser().sign_in(password=ANOTHER).status_code == 303


def test_the_second_factor_is_turned_on_and_off_with_the_password(site: Site) -> None:
    anna = site.person()
    browser = site.signed_in()
    assert browser.post("/account/second-factor", password=WRONG.reveal()).status_code == 400
    page = browser.post("/account/second-factor", password=PASSWORD.reveal()).text
    assert "data:image/svg" in page
    code = pyotp.TOTP(re.findall(r"<code>([A-Z2-7]{32})</code>", page)[0])
    assert browser.post("/account/second-factor/code", code="000000").status_code == 400
    assert not site.do(site.town.people.users.get, anna.id).totp_since
    on = browser.post("/account/second-factor/code", code=code.at(site.town.clock.now()))
    recovery = re.findall(r"^(?:<pre>)?([0-9a-f]{28})$", on.text, re.MULTILINE)
    assert len(recovery) == 10
    assert recovery[0] not in browser.get("/account").text
    assert browser.post("/account/second-factor/end", password=WRONG.reveal()).status_code == 400
    assert site.do(site.town.people.users.get, anna.id).totp_since
    assert browser.post("/account/second-factor/end", password=PASSWORD.reveal()).status_code == 303
    assert not site.do(site.town.people.users.get, anna.id).totp_since


def test_an_open_browser_alone_can_not_guess_its_way_to_recovery_codes(site: Site) -> None:
    """Of a million codes three are right at any time: the form that takes the first one must not take all."""
    anna = site.person()
    codes_of(site, anna)
    token = site.session(anna)
    browser = site.browser()
    browser.cookies["op26x_session"] = token
    statuses = [browser.post("/account/second-factor/code", code=f"{n:06}").status_code for n in range(60)]
    assert 429 in statuses


def test_an_open_browser_alone_gets_no_recovery_codes(site: Site) -> None:
    """Once a factor is on, one code that was looked at must not give ten that last."""
    anna = site.person()
    code = codes_of(site, anna)
    browser = site.browser()
    browser.cookies["op26x_session"] = site.session(anna)
    page = browser.post("/account/second-factor/code", code=code.at(site.town.clock.now())).text
    assert "Recovery codes" not in page


def test_ones_own_data_is_given_out(site: Site) -> None:
    anna = site.person()
    browser = site.signed_in()
    site.api("GET", "/me", browser.session)
    held = json.loads(browser.get("/account/data").text)
    assert (held["id"], held["email"], held["name"]) == (anna.id, ANNA, "Anna Amsel")
    assert [one["role"] for one in held["organizations"]] == ["owner"]
    assert [one["browser"] for one in held["sessions"]] == ["Firefox"]
    assert [(one["action"], one["address"]) for one in held["usage"]] == [("me.read", "testclient")]
    assert PASSWORD.reveal() not in str(held)
    assert "argon2" not in str(held)
    assert site.browser().get("/account/data").status_code == 303


def test_sessions_that_are_over_and_stored_still_are_given_out_too(site: Site) -> None:
    site.person()
    site.signed_in().post("/sign-out")
    held = json.loads(site.signed_in().get("/account/data").text)
    assert len(held["sessions"]) == len(site.rows(SignIn))


def test_an_account_is_erased_with_the_password(site: Site) -> None:
    site.person("owner@example.com")
    anna = site.person()
    browser, another = site.signed_in(), site.signed_in()
    assert browser.post("/account/erase", password=WRONG.reveal()).status_code == 400
    assert another.get("/account").status_code == 200
    response = browser.post("/account/erase", password=PASSWORD.reveal())
    assert response.status_code == 200
    assert "erased" in response.text
    assert browser.session == ""
    assert another.get("/account").status_code == 303
    assert site.browser().sign_in().status_code == 400
    assert not [row for row in site.rows(SignIn) if anna.id in row]


def test_the_last_owner_is_told_that_they_stay(site: Site) -> None:
    site.person()
    browser = site.signed_in()
    response = browser.post("/account/erase", password=PASSWORD.reveal())
    assert response.status_code == 400
    assert "last owner" in response.text
    assert browser.get("/account").status_code == 200


def test_who_is_not_signed_in_is_sent_to_sign_in(site: Site) -> None:
    browser = site.browser()
    for path in ("/account", "/account/data"):
        assert browser.get(path).headers["location"] == "/sign-in"
    for path in ("password", "sessions/end", "second-factor", "second-factor/code", "second-factor/end", "erase"):
        assert browser.post(f"/account/{path}").headers["location"] == "/sign-in"


def test_without_a_provider_there_is_no_way_to_one(site: Site) -> None:
    assert site.browser().get("/sign-in/provider").status_code == 404
    assert "/sign-in/provider" not in site.browser().get("/sign-in").text
