"""Problems (RFC 9457): every error of the service is one, with a remedy and without a secret."""

from collections.abc import Callable

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient, create_test_client

from op26x import errors
from op26x.errors import Op26xError
from op26x_service.doors import MAX_BODY
from op26x_service.problems import EXCEPTION_HANDLERS

Anyone = TestClient[Litestar]

KINDS = [
    (errors.NotFound, 404),
    (errors.UsageError, 400),
    (errors.SettingsError, 400),
    (errors.AgentError, 400),
    (errors.PluginError, 400),
    (errors.AdmissionRefused, 409),
    (errors.IllegalTransition, 409),
    (errors.ProviderError, 502),
    (errors.HookFailed, 500),
    (errors.KeyFileError, 500),
    (errors.WorkError, 500),
    (errors.Op26xError, 500),
]


def answering(error: Exception) -> Callable[[], Anyone]:
    @get("/")
    async def fails() -> None:
        raise error

    return lambda: create_test_client(fails, exception_handlers=EXCEPTION_HANDLERS, raise_server_exceptions=False)


@pytest.mark.parametrize(("kind", "status"), KINDS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_an_error_of_ours_becomes_a_problem(kind: type[Op26xError], status: int) -> None:
    with answering(kind("It is so.", "Do this."))() as client:
        response = client.get("/")
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json() == {
        "type": "about:blank",
        "status": status,
        "title": kind.__name__,
        "detail": "It is so.",
        "remedy": "Do this.",
    }


def test_without_a_remedy_none_is_said() -> None:
    with answering(errors.WorkError("It is so."))() as client:
        assert "remedy" not in client.get("/").json()


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/health", 405)])
def test_what_the_framework_refuses_is_a_problem_too(anonymous: Anyone, method: str, path: str, status: int) -> None:
    response = anonymous.request(method, path)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["status"] == status


def test_a_body_that_is_no_json_is_a_problem(api: Anyone) -> None:
    response = api.post("/api/calls", content=b"{", headers={"Content-Type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("body", ["[" * 2000, '{"to":"+12125550123","more":' + "[" * 2000 + "]" * 2000 + "}"])
def test_a_body_that_is_nested_too_deeply_is_a_problem(
    api: Anyone, body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    response = api.post("/api/calls", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert "request failed" not in capsys.readouterr().err


def test_a_recursion_of_our_own_is_our_own_fault() -> None:
    def endless() -> None:
        endless()

    @get("/")
    async def fails() -> None:
        endless()

    with create_test_client(fails, exception_handlers=EXCEPTION_HANDLERS, raise_server_exceptions=False) as client:
        assert client.get("/").status_code == 500


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}])
def test_a_body_longer_than_any_of_ours_is_a_problem(api: Anyone, headers: dict[str, str]) -> None:
    response = api.post("/api/calls", content=b'{"to":"' + b"1" * MAX_BODY + b'"}', headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/metrics", 200),
        ("GET", "/schema/openapi.json", 200),
        ("GET", "/api/calls", 200),
        ("GET", "/api/calls/none", 404),
        ("GET", "/nowhere", 404),
        ("DELETE", "/health", 405),
        ("POST", "/api/calls", 400),
        ("GET", "/broken", 500),
    ],
)
def test_every_response_is_kept_nowhere_and_no_page_may_use_it(
    api: Anyone, method: str, path: str, status: int
) -> None:
    response = api.request(method, path)
    assert response.status_code == status
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"


def test_an_unexpected_error_tells_nothing(anonymous: Anyone, capsys: pytest.CaptureFixture[str]) -> None:
    response = anonymous.get("/broken")
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert "4111" not in response.text
    assert "RuntimeError" not in response.text
