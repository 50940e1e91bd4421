"""Webhooks: signatures, TwiML, what the switchboard is told."""

from typing import Any
from urllib.parse import urlencode

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from twilio.request_validator import RequestValidator

from op26x import Secret
from op26x.calls import Admission, Arrival, CallState, Direction
from op26x.doors import CONNECTION
from op26x.errors import AdmissionRefused
from op26x_twilio.settings import TwilioSettings
from op26x_twilio.testing.webhooks import parse_twiml
from op26x_twilio.webhooks import webhook_routes

TOKEN = "an-auth-token"
BASE = "http://testserver.local"


class Board:
    """Admits everybody but callers of ``agents`` that it does not have, and notes what it is told."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.reports: list[tuple[str, str, CallState]] = []
        self.placed: set[str] = set()
        self.refuse = False

    async def arrive(self, arrival: Arrival) -> Admission:
        self.arrivals.append(arrival)
        if self.refuse:
            raise AdmissionRefused("no")
        return Admission("call", "agent", "a-token")

    async def admission_of(self, provider: str, provider_call_id: str) -> Admission | None:
        return Admission("call", "agent", "a-token") if provider_call_id in self.placed else None

    async def report(self, provider: str, provider_call_id: str, state: CallState) -> None:
        self.reports.append((provider, provider_call_id, state))


async def _post(
    board: Board, path: str, form: dict[str, str], *, public_url: str = "", sign: str | None = None, token: str = TOKEN
) -> Any:
    settings = TwilioSettings(auth_token=Secret(token))
    app = Litestar(webhook_routes(board, settings, public_url), openapi_config=None)  # type: ignore[arg-type]
    signature = RequestValidator(TOKEN).compute_signature(sign or BASE + path, form)
    async with AsyncTestClient(app) as client:
        return await client.post(path, data=form, headers={"X-Twilio-Signature": signature})


def _form(**more: str) -> dict[str, str]:
    about = {"CallSid": "CA1", "From": "+15550100123", "To": "+15550100199", "CallStatus": "ringing"}
    return {**about, "Direction": "inbound", **more}


async def test_an_arrival_is_announced_and_connected() -> None:
    board = Board()
    reply = await _post(board, "/twilio/voice", _form())
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/xml")
    order = parse_twiml(reply.text)
    assert order
    assert order.url == "ws://testserver.local/twilio/media"
    assert order.parameters == {"token": "a-token"}
    (arrival,) = board.arrivals
    assert (arrival.provider, arrival.provider_call_id, arrival.direction) == ("twilio", "CA1", Direction.INBOUND)
    assert arrival.caller.reveal() == "+15550100123"
    assert arrival.called.reveal() == "+15550100199"


async def test_a_refused_arrival_is_rejected_as_busy() -> None:
    board = Board()
    board.refuse = True
    reply = await _post(board, "/twilio/voice", _form())
    assert parse_twiml(reply.text) is None
    assert 'reason="busy"' in reply.text


@pytest.mark.parametrize(
    "caller", ["", "anonymous", "sip:someone@example.com", "client:someone", "266696687", "+266696687", "+1"]
)
async def test_what_is_no_number_counts_as_withheld(caller: str) -> None:
    board = Board()
    assert (await _post(board, "/twilio/voice", _form(From=caller))).status_code == 200
    assert board.arrivals[0].caller.reveal() == ""


@pytest.mark.parametrize("path", ["/twilio/voice", "/twilio/status"])
@pytest.mark.parametrize(
    "options",
    [
        {"sign": "http://elsewhere/twilio/voice"},
        {"token": ""},
        {"token": "another"},
        {"public_url": "https://a.example"},
    ],
)
async def test_a_wrong_signature_is_refused(path: str, options: dict[str, str]) -> None:
    board = Board()
    assert (await _post(board, path, _form(CallStatus="completed"), **options)).status_code == 403
    assert board.arrivals == []
    assert board.reports == []


async def test_a_form_longer_than_any_of_twilios_is_refused_though_signed() -> None:
    board = Board()
    assert (await _post(board, "/twilio/voice", _form(Digits="1" * 17_000))).status_code == 413
    assert (await _post(board, "/twilio/voice", _form(**{f"x{n}": "" for n in range(200)}))).status_code == 400
    assert board.arrivals == []


class Asked:
    """One request as a server hands it on: whether its body was read, and whether it proved something."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.read = False
        self.proved = False
        self.status = 0

    def prove(self) -> None:
        self.proved = True

    async def of(self, signature: str) -> None:
        app = Litestar(
            webhook_routes(Board(), TwilioSettings(auth_token=Secret(TOKEN)), BASE),  # type: ignore[arg-type]
            openapi_config=None,
        )
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/twilio/voice",
            "raw_path": b"/twilio/voice",
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "headers": [(b"x-twilio-signature", signature.encode())],
            "state": {CONNECTION: self},
        }
        async with AsyncTestClient(app):
            await app(scope, self._receive, self._send)  # type: ignore[arg-type]

    async def _receive(self) -> Any:
        self.read = True
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)


@pytest.mark.parametrize("signature", ["", "short", "A" * 5000])
async def test_a_form_without_a_signature_is_not_read(signature: str) -> None:
    asked = Asked(b"CallSid=CA1")
    await asked.of(signature)
    assert (asked.status, asked.read, asked.proved) == (403, False, False)


async def test_a_signature_that_fits_proves_the_connection_and_another_does_not() -> None:
    asked = Asked(urlencode(_form()).encode())
    await asked.of("A" * 28)
    assert (asked.status, asked.proved) == (403, False)
    await asked.of(RequestValidator(TOKEN).compute_signature(BASE + "/twilio/voice", _form()))
    assert (asked.status, asked.proved) == (200, True)


async def test_the_query_is_signed_too() -> None:
    board = Board()
    path = "/twilio/voice?region=ie1&x=1"
    assert (await _post(board, path, _form())).status_code == 200
    assert (await _post(board, path, _form(), sign=f"{BASE}/twilio/voice")).status_code == 403


@pytest.mark.parametrize("public_url", ["https://calls.example.com", "https://calls.example.com/"])
async def test_the_public_address_is_the_one_signed_and_told(public_url: str) -> None:
    board = Board()
    signed = "https://calls.example.com/twilio/voice"
    reply = await _post(board, "/twilio/voice", _form(), public_url=public_url, sign=signed)
    order = parse_twiml(reply.text)
    assert order
    assert order.url == "wss://calls.example.com/twilio/media"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("initiated", CallState.QUEUED),
        ("queued", CallState.QUEUED),
        ("ringing", CallState.RINGING),
        ("answered", CallState.IN_PROGRESS),
        ("in-progress", CallState.IN_PROGRESS),
        ("completed", CallState.COMPLETED),
        ("busy", CallState.BUSY),
        ("no-answer", CallState.NO_ANSWER),
        ("canceled", CallState.CANCELED),
        ("failed", CallState.FAILED),
    ],
)
async def test_a_status_is_reported(word: str, state: CallState) -> None:
    board = Board()
    assert (await _post(board, "/twilio/status", _form(CallStatus=word))).status_code == 204
    assert board.reports == [("twilio", "CA1", state)]


@pytest.mark.parametrize("word", ["", "a-word-of-next-year"])
async def test_an_unknown_status_is_ignored(word: str) -> None:
    board = Board()
    assert (await _post(board, "/twilio/status", _form(CallStatus=word))).status_code == 204
    assert board.reports == []


async def test_an_outbound_call_is_connected_if_we_placed_it() -> None:
    board = Board()
    form = _form(Direction="outbound-api", CallStatus="in-progress")
    assert parse_twiml((await _post(board, "/twilio/voice", form)).text) is None
    board.placed.add("CA1")
    assert parse_twiml((await _post(board, "/twilio/voice", form)).text) is not None
    assert board.arrivals == []


def test_other_twiml_is_told_apart() -> None:
    with pytest.raises(ValueError, match="neither a stream nor a rejection"):
        parse_twiml("<Response><Say>hello</Say></Response>")


@pytest.mark.parametrize("host", ["[::1", "x:99999999", "a:b"])
@pytest.mark.parametrize("public_url", ["", "https://calls.example.com"])
async def test_a_host_that_is_none_is_refused_and_does_not_break_the_door(host: str, public_url: str) -> None:
    settings = TwilioSettings(auth_token=Secret(TOKEN))
    app = Litestar(webhook_routes(Board(), settings, public_url), openapi_config=None)  # type: ignore[arg-type]
    async with AsyncTestClient(app, raise_server_exceptions=False) as client:
        reply = await client.post("/twilio/voice", data=_form(), headers={"X-Twilio-Signature": "A" * 28, "Host": host})
    assert reply.status_code in (400, 403)
