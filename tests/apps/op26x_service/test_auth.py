"""The door of the API: a key that is shown properly, and nothing else."""

import json
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from op26x import logs
from op26x.clock import ManualClock
from op26x.doors import CONNECTION
from op26x_service.app import Service

ROUTES = [
    ("GET", "/api/calls"),
    ("GET", "/api/calls/01CALL"),
    ("POST", "/api/calls"),
    ("GET", "/api/agents"),
    ("GET", "/api/live"),
]

Anyone = TestClient[Litestar]


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


def test_a_made_key_opens_until_it_is_revoked(anonymous: Anyone, service: Service) -> None:
    key, secret = service.workspace.api_keys.create("notebook")
    headers = {"Authorization": f"Bearer {secret.reveal()}"}
    assert anonymous.get("/api/agents", headers=headers).status_code == 200
    service.workspace.api_keys.revoke(key.id)
    assert anonymous.get("/api/agents", headers=headers).status_code == 401


def test_the_key_of_the_process_is_new_each_time(service: Service, build: object) -> None:
    assert build().runtime_key.reveal() != service.runtime_key.reveal()  # type: ignore[operator]


@pytest.mark.parametrize("path", ["/health", "/metrics", "/schema/openapi.json"])
def test_what_needs_no_key(anonymous: Anyone, path: str) -> None:
    assert anonymous.get(path).status_code == 200


class Seen:
    """A connection, as the server leaves it."""

    def __init__(self) -> None:
        self.proved = False

    def prove(self) -> None:
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
