"""Webhooks: signatures, TwiML, what the switchboard is told."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import AsyncTestClient
from twilio.request_validator import RequestValidator

from op26x import Secret
from op26x.calls import Admission, Arrival, CallState, Direction
from op26x.doors import CONNECTION
from op26x.errors import AdmissionRefused, AskAnother, NotInService
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
        self.refuse: AdmissionRefused | None = None

    async def arrive(self, arrival: Arrival) -> Admission:
        self.arrivals.append(arrival)
        if self.refuse:
            raise self.refuse
        return Admission("call", "agent", "a-token", "organization")

    async def admission_of(self, provider: str, provider_call_id: str) -> Admission | None:
        return Admission("call", "agent", "a-token", "organization") if provider_call_id in self.placed else None

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
    about = {"CallSid": "CA1", "From": "+12125550123", "To": "+12125550199", "CallStatus": "ringing"}
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
    assert arrival.caller.reveal() == "+12125550123"
    assert arrival.called.reveal() == "+12125550199"


async def test_a_refused_arrival_is_rejected_as_busy() -> None:
    board = Board()
    board.refuse = AdmissionRefused("no")
    reply = await _post(board, "/twilio/voice", _form())
    assert parse_twiml(reply.text) is None
    assert 'reason="busy"' in reply.text


async def test_a_service_that_stops_while_another_goes_on_answers_503() -> None:
    board = Board()
    board.refuse = AskAnother("The service is not taking calls.")
    assert (await _post(board, "/twilio/voice", _form())).status_code == 503


async def test_a_number_that_is_not_in_service_is_rejected_as_such() -> None:
    board = Board()
    board.refuse = NotInService("The number is no organization's.")
    reply = await _post(board, "/twilio/voice", _form())
    assert reply.status_code == 200
    assert parse_twiml(reply.text) is None
    assert 'reason="rejected"' in reply.text


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


class Many:
    """A form with several values for a key, in the form of Flask's that Twilio's validator knows."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def __iter__(self) -> Iterator[str]:
        return iter([key for key, _ in self._pairs])

    def __len__(self) -> int:
        return len(self._pairs)

    def getall(self, key: str) -> list[str]:
        return [value for name, value in self._pairs if name == key]


def signed(url: str, pairs: list[tuple[str, str]]) -> str:
    """Twilio's own signature over a URL and every value of a form."""
    return str(RequestValidator(TOKEN).compute_signature(url, Many(pairs)))


class Asked:
    """One request as a server hands it on: whether its body was read, and whether it proved something."""

    def __init__(
        self,
        body: bytes,
        target: str = "/twilio/voice",
        *,
        host: str = "",
        public_url: str = BASE,
        scheme: str = "http",
    ) -> None:
        self.board = Board()
        self._path, _, self._query = target.partition("?")
        self._host = host
        self._public_url = public_url
        self._scheme = scheme
        self._body = body
        self.read = False
        self.proved = False
        self.status = 0

    def prove(self, _who: str) -> None:
        self.proved = True

    async def of(self, signature: str) -> None:
        app = Litestar(
            webhook_routes(self.board, TwilioSettings(auth_token=Secret(TOKEN)), self._public_url),  # type: ignore[arg-type]
            openapi_config=None,
        )
        host = [(b"host", self._host.encode())] if self._host else []
        scope = {
            "type": "http",
            "method": "POST",
            "path": unquote(self._path),
            "raw_path": self._path.encode(),
            "query_string": self._query.encode(),
            "root_path": "",
            "scheme": self._scheme,
            "server": ("10.0.0.7", 8000),
            "headers": [*host, (b"x-twilio-signature", signature.encode())],
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


REPEATED = [("CallSid", "CA1"), ("From", "+12125550123"), ("SipHeader", "b"), ("SipHeader", "a"), ("SipHeader", "b")]


async def test_a_repeated_key_is_signed_with_all_its_values() -> None:
    asked = Asked(urlencode(REPEATED).encode())
    await asked.of(signed(f"{BASE}/twilio/voice", REPEATED))
    assert asked.status == 200
    assert asked.board.arrivals[0].caller.reveal() == "+12125550123"
    flattened = Asked(urlencode(REPEATED).encode())
    await flattened.of(signed(f"{BASE}/twilio/voice", list(dict(REPEATED).items())))
    assert flattened.status == 403


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=6))
async def test_any_form_is_verified_as_it_was_sent(pairs: list[tuple[str, str]]) -> None:
    pairs = [("CallSid", "CA1"), *pairs]
    asked = Asked(urlencode(pairs).encode())
    await asked.of(signed(f"{BASE}/twilio/voice", pairs))
    assert asked.status == 200


@pytest.mark.parametrize("body", [b"CallSid=%ff", b"CallSid=\xff", "CallSid=\u00fc".encode("latin-1")])
async def test_what_is_not_utf_8_is_not_verified_as_something_else(body: bytes) -> None:
    asked = Asked(body)
    await asked.of(signed(f"{BASE}/twilio/voice", [("CallSid", "\ufffd")]))
    assert asked.status == 403


@pytest.mark.parametrize(
    "target",
    [
        "/twilio/voice/",
        "/twilio/%76oice",
        "/twilio/voice?",
        "/twilio/voice?x=a%20b&y=a+b&x=%2B&empty=&bare",
        "/twilio/voice/?x=%C3%BC&x=1",
    ],
)
async def test_the_url_is_verified_as_it_was_called_and_as_nothing_else(target: str) -> None:
    form = list(_form().items())
    asked = Asked(urlencode(form).encode(), target)
    await asked.of(signed(BASE + target.removesuffix("?"), form))
    assert asked.status == 200
    for other in ("/twilio/voice", "/twilio/voice/?", unquote(target) + "&", quote(target)):
        if other != target.removesuffix("?"):
            asked = Asked(urlencode(form).encode(), target)
            await asked.of(signed(BASE + other, form))
            assert asked.status == 403, other


@pytest.mark.parametrize(
    ("public_url", "host", "called", "status"),
    [
        ("https://calls.example.com", "10.0.0.7:8000", "https://calls.example.com", 200),
        ("https://calls.example.com", "Calls.Example.COM", "https://Calls.Example.COM", 200),
        ("https://Calls.Example.com", "calls.example.com", "https://calls.example.com", 200),
        ("https://calls.example.com", "calls.example.com", "https://calls.example.com:443", 200),
        ("https://calls.example.com:8443", "calls.example.com:8443", "https://calls.example.com:8443", 200),
        ("https://calls.example.com", "evil.example.com", "https://evil.example.com", 403),
        ("https://calls.example.com", "calls.example.com", "http://calls.example.com", 403),
        ("https://calls.example.com", "calls.example.com:8443", "https://calls.example.com:8443", 403),
        ("", "calls.example.com:8000", "http://calls.example.com:8000", 200),
        ("", "Calls.example.com", "http://Calls.example.com", 200),
        ("", "calls.example.com", "http://calls.example.com:80", 200),
    ],
)
async def test_the_host_may_be_spelled_as_it_was_called(public_url: str, host: str, called: str, status: int) -> None:
    form = list(_form().items())
    asked = Asked(urlencode(form).encode(), host=host, public_url=public_url)
    await asked.of(signed(f"{called}/twilio/voice", form))
    assert asked.status == status
