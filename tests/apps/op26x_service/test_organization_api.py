"""The API about an organization: settings, agents, phone lines, keys; nobody's but its own, and all on record."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from framework.accounts.people.site import Site, running
from op26x.accounts import Role, actions_of, operator, permissions
from op26x.accounts.people import User
from op26x.agents import Agent
from op26x.audit.merkle import leaf_hash, verify_inclusion
from op26x.audit.notes import Verifier, opened, read_checkpoint
from op26x.calls import Admission, Arrival, Call, Direction
from op26x.clock import ManualClock
from op26x.errors import AgentError, NotInService
from op26x.testing.agreed import agree
from op26x.types import PhoneNumber

pytestmark = pytest.mark.journey
"""Not of the unit suite: each begins a service and hashes passwords."""

DOCUMENT = """
name: clinic
greeting: {greeting}
instructions: Help.
llm: rehearsal
tts: local
stt: local
"""


def document(greeting: str = "Hello.") -> dict[str, str]:
    """The body of a draft."""
    return {"document": DOCUMENT.format(greeting=greeting)}


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


def of_role(site: Site, role: Role) -> str:
    """A session of somebody with a role."""
    return site.session(site.person(f"{role}@example.com", role))


def elsewhere(site: Site) -> tuple[str, str]:
    """Another organization, and a session of its owner."""
    other = site.do(site.service.installation.organizations.create, "other")
    return other.id, site.session(site.person("cleo@example.com", organization=other.id))


def did(site: Site, what: str, organization_id: str = "") -> list[tuple[str, str]]:
    """Who did something, and to which record."""
    return [(who, record) for who, entry, record in site.audit(organization_id) if entry == what]


def test_the_organization_is_shown_and_changed(site: Site, anna: User, token: str) -> None:
    shown = site.api("GET", "/organization", token).json()
    assert (shown["id"], shown["name"], shown["recording"]) == (site.town.organization, "default", "")
    changed = site.api("PUT", "/organization", token, {"recording": "off"})
    assert (changed.status_code, changed.json()["recording"]) == (200, "off")
    assert site.api("PUT", "/organization", token, {}).json()["recording"] == "off"
    assert site.api("PUT", "/organization", token, {"recording": ""}).json()["recording"] == ""
    assert did(site, "organization.changed")[0] == (f"user:{anna.id}", site.town.organization)


@pytest.mark.parametrize(
    "body", [{"recording": "on"}, {"recording": 5}, {"name": "x"}, {"closing_days": 0}, {"closed_at": None}, []]
)
def test_nothing_else_of_it_is_changed(site: Site, token: str, body: object) -> None:
    before = site.api("GET", "/organization", token).json()
    assert site.api("PUT", "/organization", token, body).status_code == 400
    assert site.api("GET", "/organization", token).json() == before


@pytest.mark.parametrize("role", list(Role))
def test_each_route_asks_for_its_permission(site: Site, anna: User, role: Role) -> None:
    token = of_role(site, role)
    for method, path, body, action in (
        ("GET", "/organization", None, "organization.read"),
        ("PUT", "/organization", {}, "organization.change"),
        ("GET", "/agents", None, "agents.read"),
        ("POST", "/agents", document(), "agents.change"),
        ("POST", "/agents/nobody/versions/1/publish", None, "agents.publish"),
        ("DELETE", "/agents/nobody", None, "agents.publish"),
        ("GET", "/phone-lines", None, "phone-lines.read"),
        ("PUT", "/phone-lines/none", {"agent": ""}, "phone-lines.change"),
        ("GET", "/api-keys", None, "api-keys.read"),
        ("POST", "/api-keys", {"name": "k", "actions": ["calls.read"]}, "api-keys.change"),
        ("DELETE", "/api-keys/none", None, "api-keys.change"),
        ("GET", "/people", None, "people.read"),
        ("GET", "/invitations", None, "people.read"),
        ("GET", "/me", None, "me.read"),
    ):
        may = action in actions_of(role)
        assert (site.api(method, path, token, body).status_code != 403) is may, (method, path)


def test_who_did_what_is_shown_and_proved(site: Site, anna: User, token: str) -> None:
    site.api("PUT", "/organization", token, {"recording": "off"})
    (entry,) = site.api("GET", "/audit?what=organization", token).json()
    assert (entry["who"], entry["what"]) == (f"user:{anna.id}", "organization.changed")
    proof = site.api("GET", f"/audit/entries/{entry['id']}/proof", token).json()
    shown = site.api("GET", "/audit/checkpoint", token).json()
    assert proof["checkpoint"] == shown["note"] == site.api("GET", "/audit/log/checkpoint", token).text
    checkpoint = read_checkpoint(opened(shown["note"], [Verifier.parse(shown["key"])]))
    leaf, hashes = leaf_hash(proof["entry"].encode()), [bytes.fromhex(one) for one in proof["hashes"]]
    assert verify_inclusion(leaf, proof["position"], checkpoint.size, hashes, checkpoint.root)
    tile = site.api("GET", f"/audit/log/tile/0/000.p/{checkpoint.size}", token).content
    assert tile[32 * proof["position"] :][:32] == leaf
    for path in ("0/001", "9/000", "entries/000.p/999", "secret"):
        assert site.api("GET", f"/audit/log/tile/{path}", token).status_code == 404, path
    _, theirs = elsewhere(site)
    assert site.api("GET", f"/audit/entries/{entry['id']}/proof", theirs).status_code == 404
    assert site.api("GET", f"/audit?record={site.town.organization}", theirs).json() == []


def test_its_language_is_one_that_its_agents_speak(site: Site, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(agent: Agent) -> None:
        if agent.language == "hi":
            raise AgentError("The stt 'local' hears English, not the language 'hi'.", "Choose another.")

    monkeypatch.setattr(site.service.switchboard, "check", check)
    assert site.api("PUT", "/organization", token, {"language": "en-IN"}).json()["language"] == "en-IN"
    version = site.api("POST", "/agents", token, document()).json()
    site.api("POST", f"/agents/clinic/versions/{version['number']}/publish", token)
    assert [one["language"] for one in site.api("GET", "/agents", token).json()] == ["en-IN"]
    for language in ("hi", "english please", "de_DE", ""):
        refused = site.api("PUT", "/organization", token, {"language": language})
        assert (refused.status_code, "remedy" in refused.json()) == (400, True), refused.text
    assert site.api("GET", "/organization", token).json()["language"] == "en-IN"


def test_what_callers_are_told_is_written_shown_and_given_up(site: Site, anna: User, token: str) -> None:
    path = "/announcements/en/announce"
    made = site.api("PUT", path, token, {"text": "We record this call."})
    assert (made.status_code, made.json()["text"]) == (200, "We record this call.")
    assert site.api("GET", "/announcements", token).json() == [made.json()]
    other, theirs = elsewhere(site)
    assert site.api("GET", "/announcements", theirs).json() == []
    assert site.api("DELETE", path, theirs).status_code == 404
    assert site.api("PUT", path, token, {"text": "1 2 3"}).status_code == 400
    assert site.api("PUT", "/announcements/en/annouce", token, {"text": "Hello."}).status_code == 404
    assert site.api("DELETE", path, token).status_code == 204
    assert site.api("DELETE", path, token).status_code == 404
    assert did(site, "announcement.changed") == [(f"user:{anna.id}", made.json()["id"])]
    assert did(site, "announcement.removed") == [(f"user:{anna.id}", made.json()["id"])]
    assert did(site, "announcement.changed", other) == []


def test_a_draft_takes_no_calls_until_it_is_published(site: Site, anna: User, token: str) -> None:
    saved = site.api("POST", "/agents", token, document())
    assert saved.status_code == 201
    version = saved.json()
    assert (version["agent"], version["number"], version["takes_calls"]) == ("clinic", 1, False)
    assert (version["created_by"], version["published_at"]) == (f"user:{anna.id}", None)
    assert "clinic" not in [agent["id"] for agent in site.api("GET", "/agents", token).json()]
    published = site.api("POST", "/agents/clinic/versions/1/publish", token)
    assert (published.status_code, published.json()["takes_calls"]) == (200, True)
    assert [agent["id"] for agent in site.api("GET", "/agents", token).json()] == ["clinic"]
    assert did(site, "agent.saved") == did(site, "agent.published") == [(f"user:{anna.id}", version["id"])]


def test_versions_are_kept_and_an_older_one_can_be_published(site: Site, token: str) -> None:
    for greeting in ("One.", "Two.", "Two."):
        site.api("POST", "/agents", token, document(greeting))
    site.api("POST", "/agents/clinic/versions/2/publish", token)
    versions = site.api("GET", "/agents/clinic/versions", token).json()
    assert [(one["number"], one["takes_calls"]) for one in versions] == [(2, True), (1, False)]
    site.api("POST", "/agents/clinic/versions/1/publish", token)
    assert [agent["greeting"] for agent in site.api("GET", "/agents", token).json()] == ["One."]
    shown = site.api("GET", "/agents/clinic/versions/2", token).json()
    assert shown == document("Two.")


def test_an_agent_is_withdrawn_and_its_versions_stay(site: Site, anna: User, token: str) -> None:
    site.api("POST", "/agents", token, document())
    site.api("POST", "/agents/clinic/versions/1/publish", token)
    assert site.api("DELETE", "/agents/clinic", token).status_code in (200, 204)
    assert site.api("GET", "/agents", token).json() == []
    assert len(site.api("GET", "/agents/clinic/versions", token).json()) == 1
    assert [who for who, _ in did(site, "agent.withdrawn")] == [f"user:{anna.id}"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"document": ""},
        {"document": "name: ["},
        {"document": "name: clinic"},
        {"document": "- a list"},
        {"document": "&a [*a, *a]"},
        {"document": "!!python/object/apply:os.system ['true']"},
        {"document": "x" * 60_001},
        {"document": 5},
    ],
)
def test_a_document_that_is_none_is_a_problem(site: Site, token: str, body: object) -> None:
    response = site.api("POST", "/agents", token, body)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert did(site, "agent.saved") == []


def test_what_can_not_take_calls_is_not_published(site: Site, token: str) -> None:
    text = document()["document"].replace("llm: rehearsal", "llm: nobody")
    saved = site.api("POST", "/agents", token, {"document": text})
    if saved.status_code == 201:
        assert site.api("POST", "/agents/clinic/versions/1/publish", token).status_code == 400
    assert did(site, "agent.published") == []


def test_agents_of_another_organization_are_not_found(site: Site, token: str) -> None:
    _, cleo = elsewhere(site)
    site.api("POST", "/agents", cleo, document())
    for method, path in (
        ("GET", "/agents/clinic/versions"),
        ("GET", "/agents/clinic/versions/1"),
        ("POST", "/agents/clinic/versions/1/publish"),
        ("DELETE", "/agents/clinic"),
    ):
        assert site.api(method, path, token).status_code == 404, (method, path)
        assert site.api(method, path, cleo).status_code < 300, (method, path)


def test_phone_lines_show_two_digits_and_are_answered_by_an_agent(site: Site, anna: User, token: str) -> None:
    lines = site.service.installation.workspace(site.town.organization).phone_lines
    line = site.do(lines.add, "twilio", PhoneNumber("+12125550142"), label="front desk")
    listed = site.api("GET", "/phone-lines", token)
    assert "0100142" not in listed.text
    assert [(one["id"], one["number"], one["agent"]) for one in listed.json()] == [(line.id, "…42", "")]
    assert site.api("PUT", f"/phone-lines/{line.id}", token, {"agent": "nobody"}).status_code == 404
    answered = site.api("PUT", f"/phone-lines/{line.id}", token, {"agent": "rehearsal"})
    assert (answered.status_code, answered.json()["agent"]) == (200, "rehearsal")
    assert site.api("PUT", f"/phone-lines/{line.id}", token, {"agent": ""}).json()["agent"] == ""
    assert did(site, "phone-line.changed") == [(f"user:{anna.id}", line.id)] * 2


def test_a_draft_answers_no_line(site: Site, token: str) -> None:
    lines = site.service.installation.workspace(site.town.organization).phone_lines
    line = site.do(lines.add, "twilio", PhoneNumber("+12125550142"))
    site.api("POST", "/agents", token, document())
    assert site.api("PUT", f"/phone-lines/{line.id}", token, {"agent": "clinic"}).status_code == 404


def test_another_organizations_line_is_not_found(site: Site, token: str) -> None:
    other, _ = elsewhere(site)
    lines = site.service.installation.workspace(other).phone_lines
    line = site.do(lines.add, "twilio", PhoneNumber("+12125550142"), label="theirs")
    for named in (line.id, "theirs"):
        assert site.api("PUT", f"/phone-lines/{named}", token, {"agent": ""}).status_code == 404
    assert site.api("GET", "/phone-lines", token).json() == []


def test_a_key_is_made_shown_once_used_and_ended(site: Site, anna: User, token: str) -> None:
    made = site.api("POST", "/api-keys", token, {"name": "notebook", "role": "viewer"})
    assert made.status_code == 201
    secret, key_id = made.json()["secret"], made.json()["key"]["id"]
    assert site.api("GET", "/calls", secret).status_code == 200
    assert site.api("GET", "/people", secret).status_code == 403
    listed = site.api("GET", "/api-keys", token)
    assert secret not in listed.text
    assert [(one["id"], one["role"], one["made_by"]) for one in listed.json()] == [
        (key_id, "viewer", f"user:{anna.id}")
    ]
    assert site.api("DELETE", f"/api-keys/{key_id}", token).status_code == 204
    assert site.api("GET", "/calls", secret).status_code == 401
    for what in ("api-key.made", "api-key.ended"):
        assert did(site, what) == [(f"user:{anna.id}", key_id)]


def test_a_key_with_actions_may_these_alone(site: Site, token: str) -> None:
    body = {"name": "counter", "actions": ["calls.read"]}
    secret = site.api("POST", "/api-keys", token, body).json()["secret"]
    assert site.api("GET", "/calls", secret).status_code == 200
    for path in ("/agents", "/api-keys", "/organization", "/retention"):
        assert site.api("GET", path, secret).status_code == 403, path


def test_a_key_ends_by_itself(site: Site, token: str) -> None:
    end = site.town.clock.now() + timedelta(hours=1)
    body = {"name": "notebook", "role": "viewer", "expires_at": end.isoformat()}
    secret = site.api("POST", "/api-keys", token, body).json()["secret"]
    site.town.clock.advance(3599)
    assert site.api("GET", "/calls", secret).status_code == 200
    site.town.clock.advance(1)
    assert site.api("GET", "/calls", secret).status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "k", "role": "owner"}, 403),
        ({"name": "k", "actions": ["people.owners"]}, 403),
        ({"name": "k", "actions": ["calls.read", "people.owners"]}, 403),
        ({"name": "k", "actions": ["metrics.read"]}, 403),
        ({"name": "k", "role": "admin"}, 201),
    ],
)
def test_no_key_may_more_than_its_maker(site: Site, anna: User, body: dict[str, Any], status: int) -> None:
    admin = of_role(site, Role.ADMIN)
    assert site.api("POST", "/api-keys", admin, body).status_code == status
    assert len(site.api("GET", "/api-keys", admin).json()) == (1 if status == 201 else 0)


def test_not_even_an_owners_reads_the_metrics_of_all(site: Site, token: str) -> None:
    assert "metrics.read" not in actions_of(Role.OWNER)
    body = {"name": "k", "actions": sorted(permissions())}
    assert site.api("POST", "/api-keys", token, body).status_code == 403


def test_a_key_makes_none_that_may_more(site: Site, token: str) -> None:
    maker = {"name": "maker", "actions": ["api-keys.change", "calls.read"]}
    secret = site.api("POST", "/api-keys", token, maker).json()["secret"]
    assert site.api("POST", "/api-keys", secret, {"name": "more", "actions": ["people.read"]}).status_code == 403
    assert site.api("POST", "/api-keys", secret, {"name": "less", "actions": ["calls.read"]}).status_code == 201


def test_a_demoted_makers_key_may_no_more_than_they(site: Site, anna: User, token: str) -> None:
    ben = site.person("ben@example.com", Role.ADMIN)
    secret = site.api("POST", "/api-keys", site.session(ben), {"name": "k", "role": "admin"}).json()["secret"]
    assert site.api("GET", "/people", secret).status_code == 200
    site.api("PUT", f"/people/{ben.id}", token, {"role": "viewer"})
    assert site.api("GET", "/people", secret).status_code == 403
    assert site.api("GET", "/calls", secret).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": " ", "role": "viewer"},
        {"name": "k"},
        {"name": "k", "role": "boss"},
        {"name": "k", "role": "viewer", "actions": ["calls.read"]},
        {"name": "k", "actions": ["no.such"]},
        {"name": "k", "actions": ["calls.read,people.owners"]},
        {"name": "k", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "k", "role": "viewer", "expires_at": "2020-01-01T00:00:00"},
        {"name": "k", "role": "viewer", "expires_at": "soon"},
        {"name": "k", "role": "viewer", "organization_id": "x"},
    ],
)
def test_a_wrong_key_is_a_problem(site: Site, token: str, body: object) -> None:
    response = site.api("POST", "/api-keys", token, body)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert site.api("GET", "/api-keys", token).json() == []


def test_a_time_without_a_zone_is_taken_for_utc(site: Site, token: str) -> None:
    made = site.api("POST", "/api-keys", token, {"name": "k", "role": "viewer", "expires_at": "2030-01-01T00:00:00"})
    assert made.status_code == 201
    assert made.json()["key"]["expires_at"] == "2030-01-01T00:00:00Z"


def test_another_organizations_key_is_not_found(site: Site, token: str) -> None:
    _, cleo = elsewhere(site)
    made = site.api("POST", "/api-keys", cleo, {"name": "theirs", "role": "viewer"}).json()
    for named in (made["key"]["id"], "theirs"):
        assert site.api("DELETE", f"/api-keys/{named}", token).status_code == 404
    assert site.api("GET", "/calls", made["secret"]).status_code == 200
    assert site.api("GET", "/api-keys", token).json() == []


def test_an_administrator_does_not_end_what_an_owner_made(site: Site, anna: User, token: str) -> None:
    """Nobody removes who may do more; a key of an owner's may do more than an administrator."""
    made = site.api("POST", "/api-keys", token, {"name": "owners", "role": "owner"}).json()
    admin = of_role(site, Role.ADMIN)
    assert site.api("DELETE", f"/api-keys/{made['key']['id']}", admin).status_code == 403
    assert site.api("GET", "/calls", made["secret"]).status_code == 200


def test_the_operators_key_is_for_the_organization_that_is_named(site: Site, anna: User) -> None:
    other, _ = elsewhere(site)
    key = site.service.runtime_key.reveal()
    assert site.api("GET", "/organization", key, **{"Op26x-Organization": "other"}).json()["id"] == other
    assert site.api("GET", "/organization", key).status_code == 400
    assert site.api("GET", "/organization", key, **{"Op26x-Organization": "nothing"}).status_code == 404


def test_a_closed_organizations_keys_open_nothing(site: Site) -> None:
    other, cleo = elsewhere(site)
    by_person = site.api("POST", "/api-keys", cleo, {"name": "k", "role": "viewer"}).json()["secret"]
    keys = site.service.installation.workspace(other).api_keys
    by_operator = site.do(keys.create, "o", operator(other, "command-line"), role=Role.VIEWER)[1].reveal()
    for secret in (by_person, by_operator):
        assert site.api("GET", "/calls", secret).status_code == 200
    site.do(site.service.installation.close_organization, other, "operator")
    for secret in (by_person, by_operator, cleo):
        assert site.api("GET", "/calls", secret).status_code in (401, 403)


def rings(site: Site, number: str, sid: str) -> Admission:
    """Somebody calls a number."""
    arrival = Arrival("twilio", sid, Direction.INBOUND, PhoneNumber("+12125550222"), PhoneNumber(number))
    return site.do(site.service.switchboard.arrive, arrival)


def gets_a_line(site: Site, organization_id: str) -> None:
    """An organization gets a number to be called at and to call from, and somebody who agreed to be called."""
    workspace = site.service.installation.workspace(organization_id)
    site.do(workspace.phone_lines.add, "twilio", PhoneNumber("+12125550142"))
    site.do(agree, workspace, PhoneNumber("+12125550123"))


def test_a_closed_organizations_numbers_are_not_in_service(site: Site) -> None:
    other, _ = elsewhere(site)
    gets_a_line(site, other)
    assert rings(site, "+12125550142", "CA1").organization_id == other
    site.do(site.service.installation.close_organization, other, "operator")
    before = site.rows(Call)
    with pytest.raises(NotInService, match="closed"):
        rings(site, "+12125550142", "CA2")
    assert site.rows(Call) == before


def test_a_number_of_nobodys_is_answered_by_the_only_one_that_is_open(site: Site) -> None:
    other, _ = elsewhere(site)
    with pytest.raises(NotInService):
        rings(site, "+12125550142", "CA1")
    site.do(site.service.installation.close_organization, other, "operator")
    assert rings(site, "+12125550142", "CA2").organization_id == site.town.organization


def test_not_even_the_operator_has_a_closed_organization_call_somebody(site: Site) -> None:
    other, _ = elsewhere(site)
    gets_a_line(site, other)
    key, order = site.service.runtime_key.reveal(), {"to": "+12125550123", "agent": "rehearsal"}
    named = {"Op26x-Organization": other}
    assert site.api("POST", "/calls", key, order, **named).status_code == 201
    site.do(site.service.installation.close_organization, other, "operator")
    response = site.api("POST", "/calls", key, order, **named)
    assert 400 <= response.status_code < 500
    assert len(site.placed) == 1


def test_a_call_that_was_ordered_before_the_closing_is_not_held_after_it(site: Site) -> None:
    other, cleo = elsewhere(site)
    gets_a_line(site, other)
    assert site.api("POST", "/calls", cleo, {"to": "+12125550123", "agent": "rehearsal"}).status_code == 201
    site.do(site.service.installation.close_organization, other, "operator")
    assert site.do(site.service.switchboard.admission_of, "twilio", "CA1") is None


def test_the_service_goes_on_without_the_first_organization(site: Site) -> None:
    """It was the first one, and it may be closed like every other."""
    other, cleo = elsewhere(site)
    site.do(site.service.installation.close_organization, site.town.organization, "operator", 0)
    site.do(site.service.installation.erase_closed, site.town.clock.now(), "sweep")
    assert site.api("GET", "/organization", cleo).json()["id"] == other
    assert site.api("GET", "/agents", cleo).status_code == 200
    site.service.installation.check_root()
    site.do(site.service.take_agents)
