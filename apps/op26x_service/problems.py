"""Errors as problem details (RFC 9457): ``application/problem+json``, with a remedy."""

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.serialization import decode_json

from op26x import logs
from op26x.errors import (
    AdmissionRefused,
    Forbidden,
    IllegalTransition,
    KeyGone,
    NotFound,
    NotNoted,
    Op26xError,
    ProviderError,
    ServiceUnreachable,
    UsageError,
)

log = logs.get("service")

STATUS: tuple[tuple[type[Op26xError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (KeyGone, 410),
    (UsageError, 400),
    (AdmissionRefused, 409),
    (IllegalTransition, 409),
    (ProviderError, 502),
    (ServiceUnreachable, 503),
    (NotNoted, 507),
    (Op26xError, 500),
)


def _problem(
    status: int, title: str, detail: str, remedy: str = "", headers: dict[str, str] | None = None
) -> Response[Any]:
    body = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    return Response(
        {**body, "remedy": remedy} if remedy else body,
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )


def _own(_request: Request[Any, Any, Any], error: Op26xError) -> Response[Any]:
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    return _problem(status, type(error).__name__, error.message, error.remedy)


def _http(_request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    detail = error.detail
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        detail = "; ".join(f"{e.get('key', '')}: {e.get('message', '')}" for e in error.extra if isinstance(e, dict))
    title = type(error).__name__.removesuffix("Exception")
    return _problem(error.status_code, title, detail, headers=error.headers)


def _too_deep(request: Request[Any, Any, Any], error: RecursionError) -> Response[Any]:
    """msgspec recurses into nested JSON, wanted or not; elsewhere a recursion is our own fault."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    if frame is None or frame.tb_frame.f_code is not decode_json.__code__:
        return _unexpected(request, error)
    return _problem(400, "SerializationError", "The JSON is nested too deeply.", "Send what the API's schema says.")


def _unexpected(_request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.error("request failed", exc_info=error)
    return _problem(500, "Internal error", "The service failed; its log has the place.")


EXCEPTION_HANDLERS: dict[Any, Any] = {
    Op26xError: _own,
    HTTPException: _http,
    RecursionError: _too_deep,
    Exception: _unexpected,
}
