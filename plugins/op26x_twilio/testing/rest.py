"""The part of Twilio's REST API that op26x uses: calls are created and completed.

Shapes are those of Twilio's API description (``POST /2010-04-01/Accounts/{AccountSid}/Calls.json``). A created call
is rung at once: the counterpart asks the service for TwiML, connects the media stream, and reports each status.
"""

import asyncio
import socket
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from litestar import Litestar, Request, Response, post

from op26x_twilio.testing.media import MediaStream
from op26x_twilio.testing.webhooks import Webhooks

CALLS = "/2010-04-01/Accounts/{account:str}/Calls.json"
CALL = "/2010-04-01/Accounts/{account:str}/Calls/{name:str}"


class TwilioCounterpart:
    """A Twilio on the loopback.

    Args:
        auth_token: Signs webhooks.
        sid: Makes call identifiers.
        answer: Whether a dialled number answers: ``None``, or ``busy``, ``no-answer``, ``failed``.
        on_stream: Told of each media stream, to speak and listen on it.
    """

    def __init__(
        self,
        auth_token: str,
        sid: Callable[[], str],
        answer: str | None = None,
        on_stream: Callable[[MediaStream], None] = lambda stream: None,
    ) -> None:
        self.accounts: set[str] = set()
        """Accounts that there are; empty lets any in that shows the auth token."""
        self.calls: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._auth_token = auth_token
        self._sid = sid
        self._answer = answer
        self._on_stream = on_stream
        self._streams: dict[str, MediaStream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(self._app(), log_level="error", lifespan="off"))
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    async def __aenter__(self) -> "TwilioCounterpart":
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started:
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        self._server.should_exit = True
        if self._serving:
            await self._serving

    async def settled(self) -> None:
        """Waits until every call under way has ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _app(self) -> Litestar:
        @post(CALLS, status_code=201)
        async def create(request: Request[Any, Any, Any], account: str) -> Response[dict[str, Any]]:
            form = await self._form(request)
            if not self._knows(request, account):
                return _error(20003, "Authenticate", 401)
            if not form.get("To", "").startswith("+"):
                return _error(21211, "Invalid 'To' Phone Number")
            call = self._new(account, form)
            task = asyncio.create_task(self._ring(call["sid"], form))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return Response(call, status_code=201)

        @post(CALL, status_code=200)
        async def update(request: Request[Any, Any, Any], account: str, name: str) -> Response[dict[str, Any]]:
            form = await self._form(request)
            if not self._knows(request, account):
                return _error(20003, "Authenticate", 401)
            call = self.calls.get(name.removesuffix(".json"))
            if call is None:
                return _error(20404, "The requested resource was not found", 404)
            call["status"] = form.get("Status", call["status"])
            stream = self._streams.get(call["sid"])
            if stream and ("Twiml" in form or call["status"] == "completed"):  # new TwiML ends what was connected
                stream.ended.set()
            return Response(call)

        return Litestar([create, update], openapi_config=None)

    async def _form(self, request: Request[Any, Any, Any]) -> dict[str, str]:
        form = {key: str(value) for key, value in (await request.form()).items()}
        self.requests.append((request.url.path, form))
        return form

    def _knows(self, request: Request[Any, Any, Any], account: str) -> bool:
        """Whether the request shows the account and the auth token (HTTP basic authentication)."""
        shown = b64encode(f"{account}:{self._auth_token}".encode()).decode()
        known = not self.accounts or account in self.accounts
        return known and request.headers.get("authorization") == f"Basic {shown}"

    def _new(self, account: str, form: dict[str, str]) -> dict[str, Any]:
        sid = self._sid()
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
        call = {
            "sid": sid,
            "account_sid": account,
            "to": form["To"],
            "from": form["From"],
            "status": "queued",
            "direction": "outbound-api",
            "api_version": "2010-04-01",
            "date_created": now,
            "date_updated": now,
            "uri": f"/2010-04-01/Accounts/{account}/Calls/{sid}.json",
        }
        self.calls[sid] = call
        return call

    async def _ring(self, sid: str, form: dict[str, str]) -> None:
        parts = urlsplit(form["Url"])
        webhooks = Webhooks(f"{parts.scheme}://{parts.netloc}", self._auth_token)
        about = {"CallSid": sid, "From": form["From"], "To": form["To"], "Direction": "outbound-api"}

        async def report(status: str) -> None:
            self.calls[sid]["status"] = status
            await webhooks.status({**about, "CallStatus": status})

        await report("ringing")
        if self._answer is not None:
            await report(self._answer)
            return
        order = await webhooks.voice({**about, "CallStatus": "in-progress"}, parts.path)
        if order is not None:
            await report("in-progress")
            stream = self._streams[sid] = MediaStream(order.url, sid, order.parameters)
            self._on_stream(stream)
            with suppress(OSError):
                await stream.run()
        await report("completed")


def _error(code: int, message: str, status: int = 400) -> Response[dict[str, Any]]:
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Response(body, status_code=status)
