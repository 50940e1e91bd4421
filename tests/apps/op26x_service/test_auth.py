"""The door of the API: a key that is shown properly, and nothing else."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient, TestClient

from framework.consent.unwritable import unwritable
from op26x import PhoneNumber, logs
from op26x.accounts import Role, operator
from op26x.client import Client
from op26x.client.client import ORGANIZATION
from op26x.clock import ManualClock
from op26x.doors import CONNECTION
from op26x.errors import Forbidden, NotFound, UsageError
from op26x.testing.agreed import agree
from op26x_service.app import Service

ROUTES = [
    ("GET", "/api/calls"),
    ("GET", "/api/calls/01CALL"),
    ("POST", "/api/calls"),
    ("GET", "/api/agents"),
    ("GET", "/api/live"),
]

Anyone = TestClient[Litestar]
NewKey = Callable[..., Any]


def on(client: Anyone, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Does something on the event loop of the service."""
    with client.portal() as portal:
        return portal.call(lambda: work(*arguments, **named))


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer op26x_guess"},
        {"Authorization": "Bearer grüezi".encode("latin-1")},
    ],
)
def test_without_a_key_every_route_is_closed(
    anonymous: Anyone, method: str, path: str, headers: dict[str, str]
) -> None:
    response = anonymous.request(method, path, headers=headers, json={} if method == "POST" else None)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"].startswith("Bearer")
    problem = response.json()
    assert (problem["status"], problem["type"]) == (401, "about:blank")
    assert "op26x api-keys create" in problem["detail"]


@pytest.mark.parametrize("scheme", ["Basic ", "", "Token "])
def test_a_key_shown_in_another_way_does_not_open(anonymous: Anyone, service: Service, scheme: str) -> None:
    headers = {"Authorization": scheme + service.runtime_key.reveal()}
    assert anonymous.get("/api/agents", headers=headers).status_code == 401
    assert anonymous.get(f"/api/agents?key={service.runtime_key.reveal()}").status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_key_of_the_process_opens(anonymous: Anyone, service: Service, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {service.runtime_key.reveal()}"}
    assert anonymous.get("/api/agents", headers=headers).status_code == 200


def test_a_made_key_opens_until_it_is_revoked(anonymous: Anyone, service: Service, new_key: NewKey) -> None:
    key, secret = on(anonymous, new_key)
    headers = {"Authorization": f"Bearer {secret}"}
    assert anonymous.get("/api/agents", headers=headers).status_code == 200
    on(anonymous, service.installation.workspace().api_keys.revoke, key.id)
    assert anonymous.get("/api/agents", headers=headers).status_code == 401


def test_a_key_may_what_it_was_made_for_and_is_told_what_it_lacks(anonymous: Anyone, new_key: NewKey) -> None:
    key, secret = on(anonymous, new_key, actions=["calls.read", "retention.read"])
    headers = {"Authorization": f"Bearer {secret}"}
    assert (key.role, key.actions, key.made_by) == ("", "calls.read,retention.read", "test")
    assert anonymous.get("/api/calls", headers=headers).status_code == 200
    assert anonymous.get("/api/retention", headers=headers).status_code == 200
    for method, path, needed in (
        ("GET", "/api/agents", "agents.read"),
        ("PUT", "/api/retention", "retention.change"),
        ("POST", "/api/calls", "calls.place"),
        ("GET", "/api/recordings/01CALL/audio", "recordings.read"),
    ):
        response = anonymous.request(method, path, headers=headers, json={"days": 7} if method == "PUT" else None)
        assert (response.status_code, response.json()["title"]) == (403, "Forbidden")
        assert response.headers["content-type"] == "application/problem+json"
        assert needed in response.json()["detail"]
        assert "owner" in response.json()["remedy"]
    assert anonymous.get("/api/retention", headers=headers).json()["days"] == 30


def test_a_key_ends_at_its_time(anonymous: Anyone, clock: ManualClock, new_key: NewKey) -> None:
    _, secret = on(anonymous, new_key, role=Role.VIEWER, expires_at=clock.now() + timedelta(hours=1))
    headers = {"Authorization": f"Bearer {secret}"}
    clock.advance(3599.999)
    assert anonymous.get("/api/calls", headers=headers).status_code == 200
    clock.advance(0.001)
    assert anonymous.get("/api/calls", headers=headers).status_code == 401


def test_when_a_key_was_used_last_is_known_to_the_minute(
    anonymous: Anyone, service: Service, clock: ManualClock, new_key: NewKey
) -> None:
    key, secret = on(anonymous, new_key)
    api_keys, made = service.installation.workspace().api_keys, clock.now()

    def used_after(seconds: float, path: str = "/api/calls") -> datetime | None:
        clock.advance(seconds)
        anonymous.get(path, headers={"Authorization": f"Bearer {secret}"})
        found: datetime | None = on(anonymous, api_keys.get, key.id).last_used_at
        return found

    assert on(anonymous, api_keys.get, key.id).last_used_at is None
    assert used_after(7) == made + timedelta(seconds=7)
    assert used_after(59.9) == made + timedelta(seconds=7), "not written with every request"
    assert used_after(0.1) == made + timedelta(seconds=67)
    assert used_after(60, "/metrics") == made + timedelta(seconds=127), "what it may not is a use too"


def test_a_key_lets_in_where_its_use_can_not_be_noted(
    anonymous: Anyone, service: Service, clock: ManualClock, new_key: NewKey
) -> None:
    """A disk that is full must not keep anybody from having something erased."""
    _, secret = on(anonymous, new_key)
    with unwritable(service.installation.database):
        response = anonymous.get("/api/calls", headers={"Authorization": f"Bearer {secret}"})
    assert response.status_code == 200


@pytest.fixture
def clinic(anonymous: Anyone, service: Service) -> str:
    """Another organization, beside the first one."""
    organizations = service.installation.organizations
    return str(on(anonymous, organizations.create, "clinic").id)


def test_the_operator_says_for_which_of_several_organizations(api: Anyone, service: Service, clinic: str) -> None:
    response = api.get("/api/calls")
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert "2 organizations" in response.json()["detail"]
    assert "default, clinic" in response.json()["remedy"]
    there = service.installation
    for named in ("default", there.first, "clinic", clinic):
        headers = {ORGANIZATION: named}
        assert api.put("/api/retention", json={"days": 7}, headers=headers).status_code == 200
        entries = on(api, there.workspace(named).audit.of, there.workspace(named).organization_id)
        assert {entry.who for entry in entries} == {"operator"}
    assert api.get("/api/calls", headers={ORGANIZATION: "nobody"}).status_code == 404


def test_the_operator_reads_the_metrics_of_all_without_saying_for_which(api: Anyone, clinic: str) -> None:
    assert api.get("/metrics").status_code == 200


def test_for_a_closed_organization_nobody_is_called(api: Anyone, service: Service, carrier: Any, clinic: str) -> None:
    workspace = service.installation.workspace(clinic)
    on(api, workspace.phone_lines.add, "twilio", PhoneNumber("+12125550302"))
    order = {"to": "+12125550123", "agent": "rehearsal"}
    on(api, agree, workspace, PhoneNumber("+12125550123"))
    assert api.post("/api/calls", json=order, headers={ORGANIZATION: clinic}).status_code == 201
    on(api, service.installation.close_organization, clinic, "test")
    assert api.post("/api/calls", json=order, headers={ORGANIZATION: clinic}).status_code == 409
    assert len(carrier.placed) == 1


def test_the_operator_needs_not_say_it_where_only_one_is_open(api: Anyone, service: Service, clinic: str) -> None:
    on(api, service.installation.close_organization, "default", "test")
    assert api.put("/api/retention", json={"days": 7}).status_code == 200
    assert on(api, service.installation.workspace("clinic").periods.days) == 7
    assert on(api, service.installation.workspace("default").periods.days) == 30


def test_the_client_says_for_which_organization(api: Anyone, service: Service, clinic: str) -> None:
    def asking(organization: str) -> Client:
        key = service.runtime_key.reveal()
        return Client("http://testserver.local", key, api._transport, organization=organization)

    asking("clinic").change_retention(7)
    assert asking(clinic).retention().days == 7
    assert asking("default").retention().days == 30
    with pytest.raises(UsageError, match="2 organizations"):
        asking("").calls()
    with pytest.raises(NotFound, match="nobody"):
        asking("nobody").calls()


def test_what_may_not_be_done_is_forbidden_to_the_client(anonymous: Anyone, new_key: NewKey) -> None:
    _, secret = on(anonymous, new_key, actions=["calls.read"])
    client = Client("http://testserver.local", secret, anonymous._transport)
    assert client.calls() == []
    with pytest.raises(Forbidden, match=r"agents\.read") as caught:
        client.agents()
    assert caught.value.remedy


def test_the_key_of_the_process_is_new_each_time(service: Service, build: object) -> None:
    assert build().runtime_key.reveal() != service.runtime_key.reveal()  # type: ignore[operator]


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_what_needs_no_key(anonymous: Anyone, path: str) -> None:
    assert anonymous.get(path).status_code == 200


WATCHED = ["/metrics", "/schema/openapi.json"]


@pytest.mark.parametrize("path", WATCHED)
def test_metrics_and_schema_need_no_key_on_the_machine_itself(neighbour: Anyone, path: str) -> None:
    assert neighbour.get(path).status_code == 200
    assert neighbour.get(path, headers={"Authorization": "Bearer op26x_guess"}).status_code == 200
    assert neighbour.get("/api/agents").status_code == 401, "nothing else is open there"


@pytest.mark.parametrize("path", WATCHED)
def test_metrics_and_schema_need_a_key_for_them_from_elsewhere(
    anonymous: Anyone, service: Service, new_key: NewKey, path: str
) -> None:
    assert anonymous.get(path).status_code == 401
    for what, status in (({"role": Role.OWNER}, 403), ({"actions": ["metrics.read"]}, 200)):
        _, secret = on(anonymous, new_key, f"{what}", **what)
        assert anonymous.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code == status
    headers = {"Authorization": f"Bearer {service.runtime_key.reveal()}"}
    assert anonymous.get(path, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"host": "::1"}, 200),
        ({"host": "localhost", "public_url": "http://127.0.0.1:8026"}, 200),
        ({"host": "0.0.0.0"}, 401),
        ({"public_url": "https://calls.example.com"}, 401),
        ({"host": "192.0.2.7"}, 401),
    ],
)
@pytest.mark.parametrize("path", WATCHED)
def test_behind_a_proxy_the_loopback_is_nobody_in_particular(
    build: Callable[..., Service], neighbour: Anyone, settings: dict[str, str], status: int, path: str
) -> None:
    """A proxy on the machine makes everybody come from there."""
    neighbour.app = build(**settings).app
    found = neighbour.get(path).status_code
    assert found == status


class Seen:
    """A connection, as the server leaves it."""

    def __init__(self) -> None:
        self.proved = False

    def prove(self, _who: str) -> None:
        self.proved = True


@pytest.mark.parametrize("right", [True, False])
async def test_a_key_proves_the_connection(service: Service, right: bool) -> None:
    seen = Seen()
    key = service.runtime_key.reveal() if right else "op26x_guess"
    scope = {"type": "http", "method": "GET", "path": "/api/agents", "raw_path": b"/api/agents", "query_string": b""}
    scope |= {"root_path": "", "scheme": "http", "headers": [(b"authorization", f"Bearer {key}".encode())]}

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_message: Any) -> None:
        pass

    await service.app({**scope, "state": {CONNECTION: seen}}, receive, send)  # type: ignore[arg-type]
    assert seen.proved is right


async def test_who_asks_too_often_is_told_to_wait_and_nobody_else(build: Any, clock: ManualClock) -> None:
    service = build(requests_per_minute=60)
    workspace = service.installation.workspace()
    maker = operator(workspace.organization_id, "test")
    made = [await workspace.api_keys.create(name, maker, role=Role.VIEWER) for name in ("monitoring", "other")]
    keys = [*(secret.reveal() for _, secret in made), service.runtime_key.reveal()]
    first, second, own = ({"Authorization": f"Bearer {one}"} for one in keys)
    async with AsyncTestClient(service.app) as asking:
        assert {(await asking.get("/api/me", headers=first)).status_code for _ in range(60)} == {200}
        refused = await asking.get("/api/me", headers=first)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert "requests_per_minute" in refused.json()["detail"]
        assert {(await asking.get("/api/me", headers=one)).status_code for one in (second, own)} == {200}
        clock.advance(1)
        assert (await asking.get("/api/me", headers=first)).status_code == 200


def guess(anonymous: Anyone, times: int) -> list[int]:
    return [
        anonymous.get("/api/agents", headers={"Authorization": f"Bearer op26x_guess{n}"}).status_code
        for n in range(times)
    ]


def test_who_guesses_keys_is_told_to_wait(anonymous: Anyone, clock: ManualClock) -> None:
    assert guess(anonymous, 12) == [401] * 10 + [429] * 2
    clock.advance(20)
    response = anonymous.get("/api/agents", headers={"Authorization": "Bearer op26x_guess"})
    assert (response.status_code, response.headers["retry-after"]) == (429, "40")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["connection"] == "close"
    clock.advance(40)
    assert guess(anonymous, 1) == [401]


def test_a_right_key_is_let_in_whatever_others_at_that_address_have_tried(anonymous: Anyone, service: Service) -> None:
    guess(anonymous, 50)
    headers = {"Authorization": f"Bearer {service.runtime_key.reveal()}"}
    assert anonymous.get("/api/agents", headers=headers).status_code == 200


def test_no_key_at_all_is_no_guess(anonymous: Anyone) -> None:
    assert {anonymous.get("/api/agents").status_code for _ in range(20)} == {401}


def test_guesses_are_logged_once_a_minute_without_a_key(
    anonymous: Anyone, service: Service, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.structure()
    guess(anonymous, 100)
    clock.advance(61)
    service.told.flush()
    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    told = [(line["address"], line["count"]) for line in lines if line["event"] == "wrong API key"]
    assert told == [("testclient", 1), ("testclient", 99)]
    assert "guess" not in written
