"""Where a page's player gets a recording: asked of the service for each request, and kept nowhere.

The address works for the browser that gave a reason for listening, as long as its page holds it and the service lets
the recording be read.
"""

from collections.abc import AsyncIterator

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Send

from op26x.client import AudioPart
from op26x.client.cookies import SESSION, cookie_of, is_secure
from op26x.errors import KeyGone, Op26xError, ServiceUnreachable
from op26x_dashboard import listening, service

# Streamlit's player takes an address as it stands if it begins so; else it takes it for the name of a file.
PATH = "/app/static/recordings/{token}"


def address(token: str) -> str:
    """The address of a recording that is being listened to."""
    return PATH.format(token=token)


async def play(request: Request) -> Response:
    """The recording, or the range of it that is asked for."""
    token = request.path_params["token"]
    secure = is_secure(request.url.scheme, request.url.hostname or "")
    session = cookie_of(request.cookies, SESSION, secure=secure)
    if not listening.may_play(token, session):
        return PlainTextResponse("Nobody listens here.", 404)
    asked = request.headers.get("range", "")
    try:
        part = await run_in_threadpool(lambda: service.client(session).linked_audio(token, asked))
    except ServiceUnreachable:
        return PlainTextResponse("The service is not running.", 503)
    except Op26xError as error:
        listening.forget(token)
        return PlainTextResponse(error.message, 410 if isinstance(error, KeyGone) else 404)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(part.length)}
    if part.content_range:
        headers["Content-Range"] = part.content_range
    return _Passed(_pieces(part), part.status, headers, "audio/wav")


class _Passed(StreamingResponse):
    """A stream that ends where the service's did: short of its announced length if that broke off."""

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        except ServiceUnreachable:
            return  # the server closes the connection, and the page that played asks why by itself


async def _pieces(part: AudioPart) -> AsyncIterator[bytes]:
    try:
        async for piece in iterate_in_threadpool(part.pieces()):
            yield piece
    finally:
        part.close()


route = Route(PATH, play)
