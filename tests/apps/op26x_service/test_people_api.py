"""The API about people: who asks, who belongs to the organization, invitations; each change is on record."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from sqlmodel import SQLModel

from framework.accounts.people.site import HTTP, Site, running
from framework.accounts.people.town import ANOTHER, PASSWORD
from op26x.accounts import Actor, Role, actions_of, operator
from op26x.accounts.people import UsageEvent, User
from op26x.audit import AuditLog
from op26x.clock import ManualClock
from op26x.errors import StorageLost

pytestmark = pytest.mark.journey
"""Not of the unit suite: each begins a service and hashes passwords."""

BEN = "ben@example.com"


@pytest.fixture
def site(data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """With default settings."""
    with running(data, clock, monkeypatch) as site:
        yield site


@pytest.fixture
def anna(site: Site) -> User:
    """The owner."""
    return site.person()


@pytest.fixture
def token(site: Site, anna: User) -> str:
    """Her session."""
    return site.session(anna)


def key(site: Site, maker: Actor, *actions: str, role: Role | None = None) -> str:
    """The secret of a new API key of the maker's organization."""
    keys = site.service.installation.workspace(maker.organization_id).api_keys
    return site.do(keys.create, f"key {len(site.rows())}", maker, role=role, actions=actions)[1].reveal()


def test_somebody_asks_who_they_are(site: Site, anna: User, token: str) -> None:
    me = site.api("GET", "/me", token).json()
    assert (me["id"], me["email"], me["role"]) == (anna.id, "anna@example.com", "owner")
    assert me["organization_id"] == site.town.organization
    assert me["actions"] == sorted(actions_of(Role.OWNER))
    assert [(one["name"], one["role"]) for one in me["organizations"]] == [("default", "owner")]


def test_a_key_and_the_operator_are_nobody(site: Site, anna: User) -> None:
    of_anna = key(site, site.town.actor(anna), role=Role.VIEWER)
    for secret in (of_anna, site.service.runtime_key.reveal()):
        assert site.api("GET", "/me", secret).json()["email"] == ""
        assert site.api("PUT", "/me/organization", secret, {"organization": "default"}).status_code == 400


@pytest.mark.parametrize("secret", ["", "op26xs_", "op26xs_" + "0" * 64, "op26x_" + "0" * 64, "x"])
def test_a_stranger_is_told_nothing(site: Site, anna: User, secret: str) -> None:
    for method, path in (("GET", "/me"), ("GET", "/people"), ("GET", "/invitations"), ("DELETE", f"/people/{anna.id}")):
        assert site.api(method, path, secret).status_code == 401


def test_a_session_cookie_opens_no_api(site: Site, anna: User) -> None:
    browser = site.signed_in()
    assert browser.get("/api/me").status_code == 401
    assert browser.ask("DELETE", f"/api/people/{anna.id}").status_code == 401


def test_a_session_is_for_the_organization_that_was_chosen(site: Site, anna: User, token: str) -> None:
    other = site.do(site.service.installation.organizations.create, "other")
    site.do(site.town.people.users.join, anna.id, other.id, Role.VIEWER)
    for named in ("other", other.id):
        assert site.api("PUT", "/me/organization", token, {"organization": "default"}).status_code == 200
        assert site.api("PUT", "/me/organization", token, {"organization": named}).status_code == 200
        me = site.api("GET", "/me", token).json()
        assert (me["organization_id"], me["role"]) == (other.id, "viewer")
        assert site.api("GET", "/people", token).status_code == 403
    named = site.api("GET", "/me", token, **{"Op26x-Organization": "default"}).json()
    assert named["role"] == "owner"


def test_one_of_anothers_is_not_found(site: Site, token: str) -> None:
    other = site.do(site.service.installation.organizations.create, "other")
    for named in ("other", other.id, "nothing", ""):
        response = site.api("PUT", "/me/organization", token, {"organization": named})
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
    for named in ("other", other.id, "nothing"):
        assert site.api("GET", "/me", token, **{"Op26x-Organization": named}).status_code == 404
    assert site.api("GET", "/me", token).json()["organization_id"] == site.town.organization


def test_a_key_is_for_its_own_organization_whatever_is_named(site: Site, anna: User) -> None:
    other = site.do(site.service.installation.organizations.create, "other")
    site.person("cleo@example.com", organization=other.id)
    secret = key(site, site.town.actor(anna), role=Role.ADMIN)
    listed = site.api("GET", "/people", secret, **{"Op26x-Organization": "other"})
    assert "cleo@example.com" not in listed.text


def test_people_are_listed(site: Site, token: str) -> None:
    ben = site.person(BEN, Role.VIEWER, name="Ben")
    people = site.api("GET", "/people", token).json()
    assert [(one["email"], one["role"]) for one in people] == [("anna@example.com", "owner"), (BEN, "viewer")]
    assert people[1] == {"id": ben.id, "email": BEN, "name": "Ben", "role": "viewer", "second_factor": False}


def test_an_invitation_is_made_followed_and_on_record(site: Site, anna: User, token: str) -> None:
    made = site.api("POST", "/invitations", token, {"email": BEN, "role": "viewer"})
    assert made.status_code == 201
    url = made.json()["url"]
    assert url.startswith(f"{HTTP}/welcome/")
    (waiting,) = site.api("GET", "/invitations", token).json()
    assert (waiting["id"], waiting["role"], waiting["made_by"]) == (made.json()["id"], "viewer", f"user:{anna.id}")
    assert url.rpartition("/")[2] not in site.api("GET", "/invitations", token).text
    assert BEN not in site.api("GET", "/invitations", token).text
    path = url.removeprefix(HTTP)
    assert site.browser().post(path, email=BEN, password=PASSWORD.reveal()).status_code == 303
    assert site.api("GET", "/invitations", token).json() == []
    assert (f"user:{anna.id}", "member.invited", waiting["id"]) in site.audit()


def test_links_lead_to_the_public_address(data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(data, clock, monkeypatch, public_url="https://calls.example.com/") as site:
        token = site.session(site.person())
        asked = {"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com"}
        made = site.api("POST", "/invitations", token, {"email": BEN, "role": "viewer"}, **asked).json()
        assert made["url"].startswith("https://calls.example.com/welcome/")


def test_that_somebody_has_joined_is_on_record(site: Site, token: str) -> None:
    url = site.api("POST", "/invitations", token, {"email": BEN, "role": "viewer"}).json()["url"]
    site.browser().post(url.removeprefix(HTTP), email=BEN, password=PASSWORD.reveal())
    ben = site.do(site.town.people.users.find, BEN)
    assert ben is not None
    assert ben.id in [record for _, _, record in site.audit()]


def test_an_invitation_is_taken_back(site: Site, anna: User, token: str) -> None:
    made = site.api("POST", "/invitations", token, {"email": BEN, "role": "viewer"}).json()
    assert site.api("DELETE", f"/invitations/{made['id']}", token).status_code in (200, 204)
    assert site.browser().get(made["url"].removeprefix(HTTP)).status_code == 410
    assert (f"user:{anna.id}", "invitation.ended", made["id"]) in site.audit()
    assert site.api("DELETE", "/invitations/01NOTHING", token).status_code == 404


def test_anothers_invitation_is_not_found(site: Site, token: str) -> None:
    other = site.do(site.service.installation.organizations.create, "other")
    link = site.do(site.town.people.links.invite, operator(other.id, "operator"), BEN, Role.VIEWER)
    assert site.api("DELETE", f"/invitations/{link.row.id}", token).status_code == 404
    assert site.browser().get(f"/welcome/{link.token.reveal()}").status_code == 200


@pytest.mark.parametrize("kind", ["owner's link", "owner's invitation"])
def test_an_administrator_takes_back_nothing_of_an_owners(site: Site, anna: User, kind: str) -> None:
    """What makes an owner is decided by owners and the operator."""
    admin = site.session(site.person("admin@example.com", Role.ADMIN))
    links = site.town.people.links
    if kind == "owner's link":
        made = site.do(links.for_owner, site.town.organization, "operator")
    else:
        made = site.do(links.invite, site.town.actor(anna), BEN, Role.OWNER)
    assert site.api("DELETE", f"/invitations/{made.row.id}", admin).status_code in (403, 404)
    assert site.browser().get(f"/welcome/{made.token.reveal()}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": BEN},
        {"email": BEN, "role": "boss"},
        {"email": "nobody", "role": "viewer"},
        {"email": "", "role": "viewer"},
        {"email": 5, "role": "viewer"},
        {"email": BEN, "role": "viewer", "organization_id": "x"},
        [],
    ],
)
def test_a_wrong_invitation_is_a_problem(site: Site, token: str, body: object) -> None:
    response = site.api("POST", "/invitations", token, body)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert site.api("GET", "/invitations", token).json() == []


def test_nobody_is_invited_to_be_more_than_who_invites(site: Site, anna: User) -> None:
    admin = site.session(site.person("admin@example.com", Role.ADMIN))
    assert site.api("POST", "/invitations", admin, {"email": BEN, "role": "owner"}).status_code == 403
    assert site.api("POST", "/invitations", admin, {"email": BEN, "role": "admin"}).status_code == 201


def test_a_role_is_changed_at_once_and_on_record(site: Site, anna: User, token: str) -> None:
    ben = site.person(BEN, Role.ADMIN)
    his = site.session(ben)
    assert site.api("GET", "/people", his).status_code == 200
    assert site.api("PUT", f"/people/{ben.id}", token, {"role": "viewer"}).status_code == 200
    assert site.api("GET", "/people", his).status_code == 403
    assert site.api("GET", "/calls", his).status_code == 200
    assert (f"user:{anna.id}", "member.changed", ben.id) in site.audit()


def test_a_member_is_removed_at_once_and_on_record(site: Site, anna: User, token: str) -> None:
    ben = site.person(BEN, Role.ADMIN)
    his = site.session(ben)
    made = site.api("POST", "/api-keys", his, {"name": "laptop", "role": "viewer"}).json()["secret"]
    assert site.api("GET", "/calls", made).status_code == 200
    assert site.api("DELETE", f"/people/{ben.id}", token).status_code in (200, 204)
    assert site.api("GET", "/calls", his).status_code == 403
    assert site.api("GET", "/calls", made).status_code in (401, 403)
    assert (f"user:{anna.id}", "member.removed", ben.id) in site.audit()


def test_an_administrator_touches_no_owner(site: Site, anna: User) -> None:
    admin = site.session(site.person("admin@example.com", Role.ADMIN))
    before = site.audit()
    for method, path, body in (
        ("PUT", f"/people/{anna.id}", {"role": "viewer"}),
        ("DELETE", f"/people/{anna.id}", None),
        ("POST", f"/people/{anna.id}/password-link", None),
    ):
        response = site.api(method, path, admin, body)
        assert response.status_code == 403
        assert "url" not in response.text
    assert site.audit() == before


@pytest.mark.parametrize("role", [Role.AGENT_BUILDER, Role.PRIVACY_OFFICER, Role.RESEARCHER, Role.VIEWER])
def test_who_may_not_change_people_changes_nobody(site: Site, anna: User, role: Role) -> None:
    ben = site.person(BEN, Role.VIEWER)
    token = site.session(site.person("some@example.com", role))
    for method, path, body in (
        ("PUT", f"/people/{ben.id}", {"role": "viewer"}),
        ("DELETE", f"/people/{ben.id}", None),
        ("POST", f"/people/{ben.id}/password-link", None),
        ("POST", "/invitations", {"email": "new@example.com", "role": "viewer"}),
        ("DELETE", "/invitations/1", None),
    ):
        assert site.api(method, path, token, body).status_code == 403


def test_the_last_owner_stays(site: Site, anna: User, token: str) -> None:
    for method, body in (("PUT", {"role": "admin"}), ("DELETE", None)):
        response = site.api(method, f"/people/{anna.id}", token, body)
        assert response.status_code == 400
        assert "last owner" in response.json()["detail"]
    assert site.api("GET", "/me", token).json()["role"] == "owner"


def test_a_member_of_another_organization_is_not_found(site: Site, token: str) -> None:
    other = site.do(site.service.installation.organizations.create, "other")
    cleo = site.person("cleo@example.com", organization=other.id)
    for method, path, body in (
        ("PUT", f"/people/{cleo.id}", {"role": "viewer"}),
        ("DELETE", f"/people/{cleo.id}", None),
        ("POST", f"/people/{cleo.id}/password-link", None),
        ("PUT", "/people/01NOBODY", {"role": "viewer"}),
    ):
        assert site.api(method, path, token, body).status_code == 404


def test_a_link_for_a_new_password_is_made_followed_and_on_record(site: Site, anna: User, token: str) -> None:
    ben = site.person(BEN, Role.VIEWER)
    his = site.session(ben)
    made = site.api("POST", f"/people/{ben.id}/password-link", token)
    assert made.status_code == 201
    path = made.json()["url"].removeprefix(HTTP)
    assert path.startswith("/new-password/")
    assert site.browser().post(path, password=ANOTHER.reveal()).status_code == 303
    assert site.browser().sign_in(BEN, ANOTHER).status_code == 303
    assert site.api("GET", "/me", his).status_code == 401
    assert (f"user:{anna.id}", "password.link-made", ben.id) in site.audit()


def test_who_belongs_elsewhere_as_well_gets_none(site: Site, token: str) -> None:
    ben = site.person(BEN, Role.VIEWER)
    other = site.do(site.service.installation.organizations.create, "other")
    site.do(site.town.people.users.join, ben.id, other.id, Role.OWNER)
    response = site.api("POST", f"/people/{ben.id}/password-link", token)
    assert response.status_code == 403
    assert "url" not in response.text


def test_what_can_not_be_put_on_record_does_not_happen(
    site: Site, anna: User, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the audit log has it: if an entry can't be appended, the act must not happen."""
    ben = site.person(BEN, Role.VIEWER)

    def fails(*_: object) -> None:
        raise StorageLost("The disk is full.")

    monkeypatch.setattr(AuditLog, "entry", fails)
    watched = [table for table in _tables() if table is not UsageEvent]
    before = site.rows(*watched)
    for method, path, body in (
        ("PUT", f"/people/{ben.id}", {"role": "admin"}),
        ("DELETE", f"/people/{ben.id}", None),
        ("POST", "/invitations", {"email": "new@example.com", "role": "viewer"}),
        ("POST", f"/people/{ben.id}/password-link", None),
    ):
        assert site.api(method, path, token, body).status_code >= 500
        assert site.rows(*watched) == before, f"{method} {path} did something."


def _tables() -> list[type[SQLModel]]:
    """Every table."""
    return [mapper.class_ for mapper in SQLModel._sa_registry.mappers]


def test_what_people_do_is_noted_once_in_ten_minutes(site: Site, anna: User, token: str) -> None:
    for _ in range(3):
        site.api("GET", "/me", token)
        site.api("GET", "/calls", token)
    used = site.do(site.town.people.usage.of, anna.id)
    assert sorted(one.action for one in used) == ["calls.read", "me.read"]
    assert {(one.address.reveal(), one.browser) for one in used} == {("testclient", "Firefox")}
    site.town.clock.advance(600)
    site.api("GET", "/me", token)
    assert len(site.rows(UsageEvent)) == 3


def test_keys_and_the_operator_leave_no_usage_data(site: Site, anna: User) -> None:
    site.api("GET", "/calls", key(site, site.town.actor(anna), role=Role.VIEWER))
    site.api("GET", "/calls", site.service.runtime_key.reveal())
    assert site.rows(UsageEvent) == []


def test_what_is_refused_is_not_noted(site: Site, anna: User) -> None:
    site.api("GET", "/people", site.session(site.person(BEN, Role.VIEWER)))
    assert site.rows(UsageEvent) == []


def test_a_closed_organizations_people_are_out(site: Site) -> None:
    other = site.do(site.service.installation.organizations.create, "other")
    cleo = site.session(site.person("cleo@example.com", organization=other.id))
    assert site.api("GET", "/me", cleo).status_code == 200
    site.do(site.service.installation.close_organization, other.id, "operator")
    assert site.api("GET", "/me", cleo).status_code == 403


# A second factor that is asked for.


def turned_on(site: Site, user: User) -> None:
    """Gives somebody a second factor."""
    people, clock = site.town.people, site.town.clock
    secret = site.do(people.second_factor.prepare, user)
    code = pyotp.TOTP(secret.reveal()).at(int(clock.now().timestamp()))
    site.do(people.second_factor.begin, site.do(people.users.get, user.id), code)


def test_who_has_no_second_factor_may_see_to_that_and_no_more(site: Site, anna: User, token: str) -> None:
    assert site.api("GET", "/people", token).status_code == 200
    assert site.api("PUT", "/organization", token, {"second_factor": True}).json()["second_factor"] is True
    refused = site.api("GET", "/people", token)
    assert refused.status_code == 403
    assert "asks for a one-time code" in refused.json()["detail"]
    me = site.api("GET", "/me", token).json()
    assert (me["actions"], me["lacks_second_factor"]) == (["me.change", "me.read"], True)
    assert site.api("PUT", "/organization", token, {"second_factor": False}).status_code == 403, "not a way around it"
    turned_on(site, anna)
    assert site.api("GET", "/people", token).status_code == 200
    assert site.api("GET", "/me", token).json()["lacks_second_factor"] is False
    site.do(site.town.people.second_factor.end, anna.id)
    assert site.api("GET", "/people", token).status_code == 403


def test_it_holds_for_that_organization_and_for_people_alone(site: Site, anna: User, token: str) -> None:
    other = site.do(site.service.installation.organizations.create, "other")
    site.do(site.town.people.users.join, anna.id, other.id, Role.OWNER)
    secret = key(site, site.town.actor(anna), role=Role.ADMIN)
    site.api("PUT", "/organization", token, {"second_factor": True})
    assert site.api("GET", "/people", token).status_code == 403
    assert site.api("GET", "/people", token, **{"Op26x-Organization": "other"}).status_code == 200
    assert site.api("GET", "/people", secret).status_code == 200, "a key has no second factor"
    assert site.api("GET", "/people", site.service.runtime_key.reveal(), **{"Op26x-Organization": "default"}).is_success


def test_whom_a_provider_vouches_for_needs_none_here(site: Site, anna: User, token: str) -> None:
    site.api("PUT", "/organization", token, {"second_factor": True})
    issued = "UPDATE user SET issuer = 'https://login.example.com', password_hash = ''"
    site.do(site.service.installation.database.run, lambda session: session.connection().exec_driver_sql(issued))
    assert site.api("GET", "/people", token).status_code == 200


def test_what_goes_on_ends_when_it_is_asked_for(site: Site, anna: User, token: str) -> None:
    sign_ins = site.town.people.sign_ins
    actor = site.do(sign_ins.actor, token)
    assert site.do(sign_ins.still, actor, "recordings.read")
    site.api("PUT", "/organization", token, {"second_factor": True})
    assert not site.do(sign_ins.still, actor, "recordings.read")
    assert site.do(sign_ins.still, actor, "me.read")


def test_the_page_of_the_account_says_who_asks_for_it(site: Site, anna: User, token: str) -> None:
    browser = site.signed_in()
    assert "Asked for by" not in browser.get("/account").text
    site.api("PUT", "/organization", token, {"second_factor": True})
    assert "Asked for by: default." in browser.get("/account").text


# Ending others' sessions.


def test_all_sessions_of_a_member_are_ended_and_that_is_on_record(site: Site, anna: User, token: str) -> None:
    ben = site.person(BEN, Role.VIEWER)
    theirs = [site.session(ben) for _ in range(2)]
    assert site.api("DELETE", f"/people/{ben.id}/sessions", token).is_success
    assert [site.api("GET", "/me", one).status_code for one in theirs] == [401, 401]
    assert site.api("GET", "/me", token).status_code == 200
    audit = site.service.installation.log_of(site.town.organization)
    (entry,) = site.do(audit.of, ben.id)
    assert (entry.what, entry.who) == ("sessions.ended", f"user:{anna.id}")
    assert site.api("GET", "/me", site.session(ben)).status_code == 200, "they may sign in again"


def test_nobody_ends_the_sessions_of_who_is_more_or_of_another_organization(site: Site, anna: User) -> None:
    admin = site.person(BEN, Role.ADMIN)
    other = site.do(site.service.installation.organizations.create, "other")
    stranger = site.person("cleo@example.com", organization=other.id)
    both = site.person("dora@example.com", Role.VIEWER)
    site.do(site.town.people.users.join, both.id, other.id, Role.VIEWER)
    session = site.session(admin)
    asked = {one: site.api("DELETE", f"/people/{one}/sessions", session) for one in (anna.id, stranger.id, both.id)}
    assert [asked[one].status_code for one in (anna.id, stranger.id, both.id)] == [403, 404, 403]
