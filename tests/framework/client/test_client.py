"""The client: what the service answers becomes typed values, what it refuses becomes the errors they were."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.calls import LiveEvent
from op26x.client import AgentSummary, CallDetail, CallSummary, Client, TurnSummary
from op26x.client.client import running_service
from op26x.client.types import Running
from op26x.errors import Forbidden, NotFound, NotSignedIn, Op26xError, ServiceUnreachable, UsageError, WorkError
from op26x.settings import Settings, resolve

Answer = Callable[[httpx.Request], httpx.Response]

CALL = CallSummary(
    id="01CALL",
    state="completed",
    direction="inbound",
    provider="twilio",
    provider_call_id="CA1",
    agent="clinic",
    caller="…23",
    called="…99",
    created_at=datetime(2026, 1, 5, 9, tzinfo=UTC),
    answered_at=datetime(2026, 1, 5, 9, 0, 2, tzinfo=UTC),
    ended_at=None,
    duration_s=None,
    end_reason="",
    outcome="",
    vendor_errors=0,
    recording_mode="assent",
    recording_outcome="recorded",
    expires_at=datetime(2026, 2, 4, 9, tzinfo=UTC),
    erased_at=None,
)
TURN = TurnSummary("01TURN", 1, "caller", 0, 900, None, False)
AGENT = AgentSummary("clinic", "Hello.", "rehearsal", "local", "local", "en", ["end_call"])


def client(answer: Answer) -> Client:
    return Client("http://service.test", "op26x_key", httpx.MockTransport(answer))


def giving(value: object, asked: list[httpx.Request] | None = None, status: int = 200) -> Client:
    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        return httpx.Response(status, content=msgspec.json.encode(value))

    return client(answer)


def test_every_request_shows_the_key() -> None:
    asked: list[httpx.Request] = []
    giving([], asked).agents()
    assert asked[0].headers["authorization"] == "Bearer op26x_key"


def test_who_acts_for_several_organizations_says_for_which() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b"[]")

    for organization in ("", "acme"):
        Client("http://service.test", "op26x_key", httpx.MockTransport(answer), organization=organization).agents()
    assert [request.headers.get("op26x-organization") for request in asked] == [None, "acme"]


def test_calls_are_asked_for_in_pages() -> None:
    asked: list[httpx.Request] = []
    with giving([CALL], asked) as service:
        assert service.calls() == [CALL]
        assert service.calls(limit=5, before="01CALL") == [CALL]
    assert [str(request.url) for request in asked] == [
        "http://service.test/api/calls?limit=100",
        "http://service.test/api/calls?limit=5&before=01CALL",
    ]


def test_one_call_comes_with_its_turns() -> None:
    assert giving(CallDetail(CALL, [TURN])).call("01CALL") == CallDetail(CALL, [TURN])


@pytest.mark.parametrize("call_id", ["../agents", "a/b", "a?b=c", "a#b", "a b", "%2e"])
def test_an_identifier_can_not_lead_elsewhere(call_id: str) -> None:
    asked: list[httpx.Request] = []
    giving(CallDetail(CALL, []), asked).call(call_id)
    path = asked[0].url.raw_path.decode()
    assert path.startswith("/api/calls/")
    assert path.count("/") == 3
    assert "?" not in path


def test_agents_are_listed() -> None:
    assert giving([AGENT]).agents() == [AGENT]


def test_a_call_is_placed() -> None:
    asked: list[httpx.Request] = []
    wanted = {"to": "+12125550123", "agent": "clinic", "provider": "other", "place": "US-CA", "campaign": "spring"}
    assert giving(CALL, asked, 201).place_call(**wanted) == CALL
    assert (asked[0].method, asked[0].url.path) == ("POST", "/api/calls")
    assert json.loads(asked[0].content) == wanted


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, UsageError),
        (401, NotSignedIn),
        (403, Forbidden),
        (404, NotFound),
        (409, WorkError),
        (422, UsageError),
        (500, WorkError),
        (502, WorkError),
        (503, ServiceUnreachable),
        (302, WorkError),
    ],
)
def test_a_problem_becomes_the_error_that_it_was(status: int, kind: type[Op26xError]) -> None:
    problem = {"type": "about:blank", "status": status, "title": "No", "detail": "It is so.", "remedy": "Do this."}
    with pytest.raises(Op26xError) as caught:
        giving(problem, status=status).agents()
    assert type(caught.value) is kind
    assert (caught.value.message, caught.value.remedy) == ("It is so.", "Do this.")


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b'"no"', b"null", b"{}", b"\xff"])
@pytest.mark.parametrize("status", [404, 500])
def test_an_answer_that_is_no_problem_still_becomes_an_error(body: bytes, status: int) -> None:
    with pytest.raises(Op26xError, match=str(status)):
        client(lambda request: httpx.Response(status, content=body)).agents()


@given(st.binary(max_size=30))
def test_an_answer_that_is_not_ours_is_an_error_of_ours(body: bytes) -> None:
    try:
        client(lambda request: httpx.Response(200, content=body)).agents()
    except Op26xError as error:
        assert isinstance(error, WorkError)
        assert error.remedy


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut off")]
)
def test_who_does_not_answer_is_unreachable(error: httpx.TransportError) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise error

    for ask in (Client.agents, lambda c: list(c.live())):
        with pytest.raises(ServiceUnreachable) as caught:
            ask(client(silent))
        assert type(error).__name__ in caught.value.message


def stream(*chunks: bytes) -> Answer:
    return lambda request: httpx.Response(200, content=iter(chunks))


EVENT = LiveEvent("01CALL", "turn", 1200, "caller", "Hello", detail={})
ENCODED = msgspec.json.encode(EVENT)


def test_live_events_come_as_they_happen() -> None:
    service = client(stream(b": listening\r\ndata: \r\n\r\n", b"data: " + ENCODED + b"\r\n\r\n", b"data: " + ENCODED))
    assert list(service.live()) == [EVENT, EVENT]


def test_live_events_come_whole_however_they_are_cut() -> None:
    text = b": listening\ndata: \n\ndata: " + ENCODED + b"\n\n"
    service = client(stream(*(text[n : n + 1] for n in range(len(text)))))
    assert list(service.live()) == [EVENT]


def test_who_listens_is_told_that_nothing_is_missed_any_more() -> None:
    told: list[str] = []
    events = client(stream(b": listening\ndata: \n\n", b"data: " + ENCODED + b"\n\n")).live(lambda: told.append("now"))
    next(events)
    assert told == ["now"]


def test_who_may_not_listen_is_told_so() -> None:
    with pytest.raises(UsageError, match="key"):
        next(client(lambda request: httpx.Response(401, json={"detail": "No key."})).live())


def test_who_is_cut_off_is_told_why() -> None:
    why = b'event: ended\r\ndata: {"detail":"The API key was revoked.","remedy":"Make another one."}\r\n\r\n'
    events = client(stream(b": listening\ndata: \n\n", b"data: " + ENCODED + b"\n\n", why)).live()
    assert next(events) == EVENT
    with pytest.raises(UsageError, match="revoked") as caught:
        next(events)
    assert caught.value.remedy == "Make another one."


def test_audio_that_breaks_off_is_not_taken_for_the_whole() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"RIFF"
        raise httpx.RemoteProtocolError("peer closed connection")

    part = client(lambda request: httpx.Response(200, headers={"Content-Length": "44"}, content=chunks())).linked_audio(
        "t"
    )
    pieces = part.pieces()
    assert next(pieces) == b"RIFF"
    with pytest.raises(ServiceUnreachable, match="broke off"):
        next(pieces)


def test_a_service_that_stops_in_the_middle_is_unreachable() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"data: " + ENCODED + b"\n\n"
        raise httpx.ReadError("gone")

    events = client(lambda request: httpx.Response(200, content=chunks())).live()
    assert next(events) == EVENT
    with pytest.raises(ServiceUnreachable, match="ReadError"):
        next(events)


def test_without_a_running_service_there_is_no_client(settings: Settings) -> None:
    assert running_service(settings) is None
    with pytest.raises(ServiceUnreachable) as caught:
        Client.of_running_service(settings)
    assert "op26x up" in caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]"])
def test_what_a_crash_left_of_the_address_is_no_service(settings: Settings, content: bytes) -> None:
    settings.core.data.mkdir()
    settings.core.runtime_path.write_bytes(content)
    assert running_service(settings) is None


def test_the_running_service_is_found_by_its_data_directory(settings: Settings) -> None:
    running = Running("http://127.0.0.1:8026", 123, "op26x_key")
    settings.core.data.mkdir()
    settings.core.runtime_path.write_bytes(msgspec.json.encode(running))
    assert running_service(settings) == running
    with Client.of_running_service(settings) as service:
        assert isinstance(service, Client)


@pytest.mark.parametrize(
    ("setting", "named", "header"), [("", "", None), ("acme", "", "acme"), ("acme", "other", "other")]
)
def test_its_client_is_for_the_organization_that_is_named_or_set(
    data: Path, setting: str, named: str, header: str | None
) -> None:
    settings = resolve({}, environ={}, overrides={"data": data, "organization": setting})
    settings.core.data.mkdir()
    running = Running("http://127.0.0.1:8026", 123, "op26x_key")
    settings.core.runtime_path.write_bytes(msgspec.json.encode(running))
    with Client.of_running_service(settings, named) as service:
        assert service._http.headers.get("op26x-organization") == header
