"""Problems (RFC 9457): every error of the service is one, with a remedy and without a secret."""

from collections.abc import Callable

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient, create_test_client

from op26x import errors
from op26x.errors import Op26xError
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


def test_an_unexpected_error_tells_nothing(anonymous: Anyone, capsys: pytest.CaptureFixture[str]) -> None:
    response = anonymous.get("/broken")
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert "4111" not in response.text
    assert "RuntimeError" not in response.text
