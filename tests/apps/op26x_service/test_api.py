"""The API: calls, agents, health, metrics and its own description."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from openapi_spec_validator import validate

from op26x import __version__
from op26x.accounts import Organization
from op26x.calls import Arrival, CallInfo, CallState, Direction, LiveEvent, Refuse, TurnInfo
from op26x.client import Client
from op26x.clock import ManualClock
from op26x.errors import AgentError, NotFound, SettingsError, UsageError, WorkError
from op26x.types import Personal, PhoneNumber
from op26x.voice.vendors.trouble import Trouble
from op26x_service.app import Service
from op26x_service.metrics import FRESH_S

Api = TestClient[Litestar]


def on(api: Api, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Does something on the event loop of the service."""
    with api.portal() as portal:
        return portal.call(lambda: work(*arguments, **named))


@pytest.fixture
def call_id(api: Api, service: Service, arrival: Arrival, clock: ManualClock) -> str:
    """A call of one turn that is over."""
    calls = on(api, service.switchboard.of, service.installation.first).workspace.calls
    call = on(api, calls.begin, arrival, "rehearsal", CallState.RINGING)
    on(api, calls.move, call.id, CallState.IN_PROGRESS)
    on(api, calls.add_turn, call.id, TurnInfo(1, "agent", Personal("my tooth"), 0, 900, 640))
    clock.advance(42)
    on(api, calls.move, call.id, CallState.COMPLETED, reason="caller-hung-up", outcome="appointment-booked")
    return str(call.id)


def test_at_first_there_are_no_calls(api: Api) -> None:
    assert api.get("/api/calls").json() == []


def test_a_call_is_listed_without_its_numbers(api: Api, call_id: str) -> None:
    response = api.get("/api/calls")
    (call,) = response.json()
    assert call["id"] == call_id
    assert (call["state"], call["direction"], call["agent"]) == ("completed", "inbound", "rehearsal")
    assert (call["caller"], call["called"]) == ("…76", "…21")
    assert (call["duration_s"], call["end_reason"], call["outcome"]) == (42.0, "caller-hung-up", "appointment-booked")
    assert call["created_at"] == "2026-01-05T09:00:00Z"
    assert "212555" not in response.text


def test_a_call_is_shown_with_its_turns_and_without_words(api: Api, call_id: str) -> None:
    response = api.get(f"/api/calls/{call_id}")
    (turn,) = response.json()["turns"]
    assert response.json()["call"]["id"] == call_id
    assert (turn["number"], turn["speaker"], turn["latency_ms"]) == (1, "agent", 640)
    assert "tooth" not in response.text


def test_a_withheld_number_is_said_to_be(api: Api, service: Service) -> None:
    nobody = Arrival("twilio", "CA2", Direction.INBOUND, PhoneNumber(""), PhoneNumber(""))
    on(api, service.installation.workspace().calls.begin, nobody, "rehearsal", CallState.RINGING)
    assert api.get("/api/calls").json()[0]["caller"] == "withheld"


def test_calls_come_in_pages(api: Api, service: Service, clock: ManualClock) -> None:
    ids = []
    for number in range(3):
        clock.advance(1)
        one = Arrival("twilio", f"CA{number}", Direction.INBOUND, PhoneNumber(""), PhoneNumber(""))
        ids.insert(0, on(api, service.installation.workspace().calls.begin, one, "rehearsal", CallState.RINGING).id)
    assert [c["id"] for c in api.get("/api/calls?limit=2").json()] == ids[:2]
    assert [c["id"] for c in api.get(f"/api/calls?before={ids[1]}").json()] == ids[2:]


@pytest.mark.parametrize("limit", ["0", "-1", "501", "many"])
def test_a_limit_out_of_bounds_is_a_problem(api: Api, limit: str) -> None:
    response = api.get(f"/api/calls?limit={limit}")
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert "limit" in response.json()["detail"]


def test_agents_are_listed(api: Api) -> None:
    (agent,) = api.get("/api/agents").json()
    assert (agent["id"], agent["llm"], agent["tools"]) == (
        "rehearsal",
        "rehearsal",
        ["free_slots", "book_appointment", "pay_deposit", "end_call"],
    )


async def test_the_policy_of_a_call_says_who_decided_what(
    anonymous: TestClient[Litestar], service: Service, arrival: Arrival
) -> None:
    anonymous.headers["Authorization"] = f"Bearer {service.runtime_key.reveal()}"
    call_id = (await service.switchboard.arrive(arrival)).call_id
    told = anonymous.get(f"/api/calls/{call_id}/policy").json()
    assert (told["places"], len(told["hash"])) == (["US-NY"], 64)
    (recording,) = [field for field in told["fields"] if field["field"] == "recording"]
    assert (recording["value"], [one["source"] for one in recording["decided_by"]]) == ("assent", ["agent"])
    assert anonymous.get("/api/calls/nothing/policy").status_code == 404


@pytest.mark.usefixtures("agreed")
def test_a_call_is_placed(api: Api, carrier: Any) -> None:
    response = api.post("/api/calls", json={"to": "+1 212 555 0123", "agent": "rehearsal"})
    assert response.status_code == 201
    assert (response.json()["state"], response.json()["called"]) == ("queued", "…23")
    assert carrier.placed == ["+12125550123"]
    assert api.get(f"/api/calls/{response.json()['id']}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"to": "+12125550123"},
        {"to": 5, "agent": "rehearsal"},
        {"to": "2125550123", "agent": "rehearsal"},
        {"to": "+12125550123", "agent": "nobody"},
        {"to": "+12125550123", "agent": "rehearsal", "provider": "nobody"},
        {"to": "+12125550123", "agent": "rehearsal", "colour": "red"},
        [],
    ],
)
def test_a_wrong_order_is_a_problem_and_nobody_is_called(api: Api, carrier: Any, body: object) -> None:
    response = api.post("/api/calls", json=body)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert response.json()["detail"]
    assert carrier.placed == []
    assert api.get("/api/calls").json() == []


def test_a_withheld_number_can_not_be_called(api: Api, carrier: Any) -> None:
    assert api.post("/api/calls", json={"to": "", "agent": "rehearsal"}).status_code == 400
    assert carrier.placed == []


def test_without_a_number_to_call_from_the_problem_says_how_to_set_it(api: Api, carrier: Any) -> None:
    carrier.own_number = PhoneNumber("")
    response = api.post("/api/calls", json={"to": "+12125550123", "agent": "rehearsal"})
    assert response.status_code == 400
    assert "OP26X_TWILIO_NUMBER" in response.json()["remedy"]


@pytest.mark.usefixtures("agreed")
def test_a_placed_call_is_over_when_the_end_is_all_that_is_told_of_it(api: Api, service: Service) -> None:
    placed = api.post("/api/calls", json={"to": "+12125550123", "agent": "rehearsal"}).json()
    on(api, service.switchboard.report, "twilio", "CA1", CallState.COMPLETED)
    call = api.get(f"/api/calls/{placed['id']}").json()["call"]
    assert (call["state"], call["end_reason"]) == ("completed", "provider: completed")


@pytest.mark.usefixtures("agreed")
def test_a_refused_call_is_a_conflict(api: Api, house: Any, carrier: Any) -> None:
    house.refusal = Refuse("on the list")
    response = api.post("/api/calls", json={"to": "+12125550123", "agent": "rehearsal"})
    assert (response.status_code, response.json()["title"]) == (409, "AdmissionRefused")
    assert "on the list" in response.json()["detail"]
    assert carrier.placed == []
    assert api.get("/api/calls").json()[0]["state"] == "failed"


@pytest.mark.usefixtures("agreed")
def test_a_carrier_that_refuses_is_a_bad_gateway_and_the_call_has_failed(api: Api, carrier: Any) -> None:
    carrier.fails = True
    response = api.post("/api/calls", json={"to": "+12125550123", "agent": "rehearsal"})
    assert (response.status_code, response.json()["remedy"]) == (502, "Ask it why.")
    (call,) = api.get("/api/calls").json()
    assert (call["state"], call["end_reason"]) == ("failed", "provider refused")


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_it_is_200_while_calls_can_be_taken_and_503_after(anonymous: Api, service: Service, path: str) -> None:
    response = anonymous.get(path)
    more = {"problems": []} if path == "/health" else {}
    assert (response.status_code, response.json()) == (200, {"accepting": True, "calls": 0, **more})
    on(anonymous, service.switchboard.drain, 0)
    response = anonymous.get(path)
    assert (response.status_code, response.json()["accepting"]) == (503, False)


def test_a_problem_is_told_by_health_and_stops_no_call(anonymous: Api, service: Service) -> None:
    key = service.installation.workspace().settings.core.key_path
    content = key.read_text()
    key.unlink()
    on(anonymous, service.health.look)
    response = anonymous.get("/health")
    assert response.status_code == 503
    assert [problem["name"] for problem in response.json()["problems"]] == ["root-key"]
    assert anonymous.get("/ready").status_code == 200
    key.write_text(content)
    key.chmod(0o600)
    on(anonymous, service.health.look)
    assert anonymous.get("/health").status_code == 200


def test_a_full_disk_takes_the_service_out_of_rotation(
    anonymous: Api, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("op26x.calls.health.LEAST_BYTES", 2**80)
    on(anonymous, service.health.look)
    assert (anonymous.get("/ready").status_code, anonymous.get("/ready").json()["accepting"]) == (503, False)
    assert anonymous.get("/health").json()["problems"][0]["name"] == "disk"


def test_while_stopping_no_call_is_taken(api: Api, service: Service, carrier: Any) -> None:
    on(api, service.switchboard.drain, 0)
    response = api.post("/api/calls", json={"to": "+12125550123", "agent": "rehearsal"})
    assert response.status_code == 409
    assert carrier.placed == []


def test_metrics_are_in_prometheus_text_format(neighbour: Api, service: Service) -> None:
    service.metrics.replied(0.45)
    service.metrics.vendor_failed(Trouble("llm", "openai", "authentication", 401))
    response = neighbour.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    lines = response.text.splitlines()
    assert "op26x_calls_in_progress 0.0" in lines
    assert "op26x_reply_seconds_count 1.0" in lines
    assert 'op26x_reply_seconds_bucket{le="0.5"} 1.0' in lines
    assert 'op26x_reply_seconds_bucket{le="0.4"} 0.0' in lines
    assert 'op26x_vendor_errors_total{kind="authentication",role="llm",vendor="openai"} 1.0' in lines
    assert "op26x_overdue_calls 0.0" in lines
    assert any(line.startswith('op26x_queue_length{queue="storage"} ') for line in lines)
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)


def test_a_call_that_is_over_is_counted_by_how_it_ended(api: Api, call_id: str) -> None:
    call = api.get(f"/api/calls/{call_id}").json()["call"]
    labels = ",".join(f'{name}="{call[name]}"' for name in ("direction", "end_reason", "outcome", "state"))
    assert f"op26x_calls_total{{{labels}}} 1.0" in api.get("/metrics").text


def test_a_call_that_an_earlier_service_placed_is_counted_when_the_carrier_tells_its_end(
    api: Api, service: Service
) -> None:
    placed = Arrival("twilio", "CA7", Direction.OUTBOUND, PhoneNumber("+12125550199"), PhoneNumber("+12125550123"))
    on(api, service.installation.workspace().calls.begin, placed, "rehearsal", CallState.QUEUED)
    on(api, service.switchboard.report, "twilio", "CA7", CallState.BUSY)
    ended = 'op26x_calls_total{direction="outbound",end_reason="provider",outcome="",state="busy"} 1.0'
    assert ended in api.get("/metrics").text


def test_why_a_plugin_refused_is_no_label(service: Service, neighbour: Api) -> None:
    for reason in ("refused: by rule 1", "refused: by rule 2"):
        service.metrics.op26x_call_ended(
            CallInfo("01", "01", "clinic", Direction.INBOUND, CallState.FAILED, "twilio", end_reason=reason)
        )
    assert 'op26x_calls_total{direction="inbound",end_reason="refused",outcome="",state="failed"} 2.0' in (
        neighbour.get("/metrics").text
    )


def test_problems_and_recordings_can_be_watched(
    service: Service, neighbour: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.metrics.recording("lost-mark")
    lines = neighbour.get("/metrics").text.splitlines()
    assert 'op26x_problems{problem="disk"} 0.0' in lines
    assert 'op26x_recordings_total{event="lost-mark"} 1.0' in lines
    assert any(line.startswith("op26x_info{version=") for line in lines)
    monkeypatch.setattr("op26x.calls.health.LEAST_BYTES", 2**80)
    on(neighbour, service.health.look)
    assert 'op26x_problems{problem="disk"} 1.0' in neighbour.get("/metrics").text


def test_what_should_have_been_erased_is_counted(api: Api, call_id: str, clock: ManualClock) -> None:
    clock.advance(31 * 24 * 3600)
    assert "op26x_overdue_calls 1.0" in api.get("/metrics").text


def test_a_time_without_a_zone_is_in_utc(api: Api, call_id: str) -> None:
    made = api.get(f"/api/calls/{call_id}").json()["call"]["created_at"].rstrip("Z")
    assert [call["id"] for call in api.get("/api/calls", params={"since": made}).json()] == [call_id]


def test_whoever_asks_for_metrics_again_and_again_keeps_no_call_from_the_database(
    api: Api, service: Service, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.get("/metrics")
    with monkeypatch.context() as patch:
        patch.setattr(service.installation.across, "_database", None)
        for _ in range(5):
            assert api.get("/metrics").status_code == 200
        clock.advance(FRESH_S)
        assert api.get("/metrics").status_code == 500, "it would have been counted again"


def test_metrics_have_no_label_that_tells_callers_apart(neighbour: Api, call_id: str) -> None:
    text = neighbour.get("/metrics").text
    ours = [line for line in text.splitlines() if line.startswith("op26x_") and "{" in line]
    labels = {part.split("=")[0] for line in ours for part in line.split("{")[1].split(",")}
    assert labels <= {
        "le",
        "queue",
        "direction",
        "state",
        "end_reason",
        "outcome",
        "vendor",
        "role",
        "kind",
        "deadline",
        "problem",
        "version",
        "event",
        "part",
    }
    assert call_id not in text


def test_two_services_have_metrics_of_their_own(build: Callable[..., Service]) -> None:
    first, second = build(), build()
    first.metrics.replied(1)
    assert b"op26x_reply_seconds_count 0.0" in second.metrics.text(0)


def test_the_schema_is_openapi(neighbour: Api) -> None:
    schema = neighbour.get("/schema/openapi.json").json()
    validate(schema)
    assert (schema["info"]["title"], schema["info"]["version"]) == ("op26x", __version__)
    assert {"/api/calls", "/api/calls/{call_id}", "/api/agents", "/api/live", "/health", "/metrics"} <= set(
        schema["paths"]
    )


def test_the_schema_says_what_needs_a_key(neighbour: Api) -> None:
    schema = neighbour.get("/schema/openapi.json").json()
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            needs = path.startswith("/api/") or path == "/metrics"
            assert ({"key": []} in operation.get("security", [])) == needs


async def test_live_events_reach_who_listens_until_the_feed_is_closed(service: Service) -> None:
    body, over = b"", asyncio.Event()

    async def receive() -> Any:
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal body
        first, body = not body, body + message.get("body", b"")
        if message["type"] == "http.response.start":
            assert (b"content-type", b"text/event-stream; charset=utf-8") in message["headers"]
        elif first and body:
            feed = (await service.switchboard.of(service.installation.first)).feed
            feed.publish(LiveEvent("01CALL", "state", text="ringing"))
            feed.close()
        elif not message["more_body"]:
            over.set()

    key = f"Bearer {service.runtime_key.reveal()}".encode()
    async with asyncio.timeout(10):
        await service.app(_get("/api/live", [(b"authorization", key)]), receive, send)  # type: ignore[arg-type]
    lines = body.decode().splitlines()
    assert lines[0] == ": listening"
    assert 'data: {"call_id":"01CALL","kind":"state","text":"ringing"}' in lines


def _get(path: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """The scope of a request, as the ASGI specification has it."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }


@pytest.mark.usefixtures("agreed")
def test_the_client_speaks_to_it(api: Api, service: Service, call_id: str) -> None:
    client = Client("http://testserver", service.runtime_key.reveal(), api._transport)
    (call,) = client.calls()
    assert call.id == call_id
    assert client.call(call_id).turns[0].latency_ms == 640
    assert client.agents()[0].id == "rehearsal"
    assert client.place_call(to="+12125550123", agent="rehearsal").state == "queued"
    with pytest.raises(NotFound) as caught:
        client.call("01NOSUCHCALL")
    assert caught.value.remedy
    with pytest.raises(UsageError, match="agent 'nobody'"):
        client.place_call(to="+12125550123", agent="nobody")
    with pytest.raises(UsageError, match="key"):
        Client("http://testserver", "op26x_wrong", api._transport).agents()


@pytest.mark.usefixtures("agreed")
def test_the_client_is_told_of_refusals(api: Api, service: Service, house: Any) -> None:
    house.refusal = Refuse("on the list")
    client = Client("http://testserver", service.runtime_key.reveal(), api._transport)
    with pytest.raises(WorkError, match="on the list"):
        client.place_call(to="+12125550123", agent="rehearsal")


async def test_a_default_agent_that_does_not_exist_stops_the_start(build: Callable[..., Service]) -> None:
    with pytest.raises(SettingsError, match="nobody") as caught:
        await build(agent="nobody").take_agents()
    assert "rehearsal" in caught.value.remedy
    assert "OP26X_AGENT" in caught.value.remedy


async def test_an_agent_that_can_take_no_calls_is_not_published_by_the_start_that_it_stops(
    build: Callable[..., Service], tmp_path: Path
) -> None:
    documents = tmp_path / "agents"
    documents.mkdir()
    (documents / "clinic.yaml").write_text("name: clinic\ngreeting: Hello.\ninstructions: Be kind.\nllm: nobody\n")
    with pytest.raises(AgentError, match="clinic can't take calls") as caught:
        await build(agents=str(documents)).take_agents()
    assert "op26x agents withdraw clinic" in caught.value.remedy
    again = build()
    await again.take_agents()
    assert [one.agent.name for one in await again.installation.workspace().agents.published()] == ["rehearsal"]


async def test_calls_go_to_the_agent_that_is_set(service: Service, arrival: Arrival) -> None:
    await service.switchboard.open()
    admission = await service.switchboard.arrive(arrival)
    assert admission.agent == "rehearsal"


@pytest.mark.sqlite
async def test_calls_that_a_killed_service_left_open_are_closed(service: Service, arrival: Arrival) -> None:
    call = await service.installation.workspace().calls.begin(arrival, "rehearsal", CallState.RINGING)
    await service.switchboard.open()
    stored, _ = await service.installation.workspace().calls.get(call.id)
    assert (stored.state, stored.end_reason) == ("failed", "service-stopped")


async def test_a_service_starts_though_its_first_organization_was_erased(build: Callable[..., Service]) -> None:
    there = build().installation
    await there.organizations.create("clinic")
    await there.close_organization("default", "test", 0)
    with there.database.session() as session:
        default = session.get_one(Organization, there.first)
        default.erased_at = there.clock.now()
        session.add(default)
    again = build()
    await again.take_agents()
    await again.switchboard.open()
    assert [problem.name for problem in await again.health.look()] == []
