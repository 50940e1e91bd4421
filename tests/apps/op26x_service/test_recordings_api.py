"""The API's routes about recordings: audio in ranges, words, erasure, periods; each reading is on record."""

import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from laws.house import Scene
from op26x.calls import Arrival, CallState
from op26x.clock import ManualClock
from op26x.recording import WireTap
from op26x_service.app import Service

Api = TestClient[Litestar]

AUDIO = bytes(range(160)) * 75
WORDS = "tuesday at ten"
SIZE = 44 + 4 * len(AUDIO)


def on(api: Api, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Does something on the event loop of the service."""
    with api.portal() as portal:
        return portal.call(lambda: work(*arguments, **named))


@pytest.fixture
def call_id(api: Api, service: Service, arrival: Arrival, clock: ManualClock) -> str:
    """A call of a second and a half that was recorded, and is over."""
    workspace = service.workspace

    async def record() -> str:
        call = await workspace.calls.begin(arrival, "rehearsal", CallState.RINGING)
        await workspace.calls.move(call.id, CallState.IN_PROGRESS)
        await Scene(Path(), clock, workspace, call, WireTap(clock)).record(AUDIO, words=WORDS)
        await workspace.calls.move(call.id, CallState.COMPLETED, reason="caller-hung-up")
        return call.id

    return str(on(api, record))


@pytest.fixture
def entries(api: Api, service: Service) -> Callable[[str], list[tuple[str, str, str]]]:
    """What the audit log says of a record: who, what, why."""

    def read(record_id: str) -> list[tuple[str, str, str]]:
        return [(e.who, e.what, e.why) for e in on(api, service.workspace.audit.of, record_id)]

    return read


def whole(api: Api, call_id: str) -> bytes:
    return api.get(f"/api/recordings/{call_id}/audio").content


def test_a_call_is_shown_with_its_recording(api: Api, call_id: str) -> None:
    recording = api.get(f"/api/calls/{call_id}").json()["recording"]
    assert (recording["state"], recording["mode"], recording["duration_ms"]) == ("completed", "assent", 1500)
    assert api.get(f"/api/recordings/{recording['id']}").json() == recording
    assert api.get(f"/api/recordings/{call_id}").json() == recording


def test_the_audio_is_a_stereo_wav_file(api: Api, call_id: str) -> None:
    response = api.get(f"/api/recordings/{call_id}/audio")
    assert (response.status_code, response.headers["content-type"]) == (200, "audio/wav")
    assert response.headers["cache-control"] == "no-store"
    with wave.open(io.BytesIO(response.content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
        assert file.getnframes() == len(AUDIO)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.integers(0, SIZE - 1), length=st.integers(1, SIZE))
def test_any_range_is_that_part_of_the_whole(api: Api, call_id: str, first: int, length: int) -> None:
    last = first + length - 1
    response = api.get(f"/api/recordings/{call_id}/audio", headers={"Range": f"bytes={first}-{last}"})
    end = min(last + 1, SIZE)
    assert response.status_code == 206
    assert response.headers["content-range"] == f"bytes {first}-{end - 1}/{SIZE}"
    assert response.content == whole(api, call_id)[first:end]


@pytest.mark.parametrize(
    ("asked", "part"),
    [("bytes=100-", slice(100, None)), ("bytes=-100", slice(-100, None)), (f"bytes=-{SIZE + 9}", slice(None))],
)
def test_open_and_suffix_ranges(api: Api, call_id: str, asked: str, part: slice) -> None:
    response = api.get(f"/api/recordings/{call_id}/audio", headers={"Range": asked})
    assert (response.status_code, response.content) == (206, whole(api, call_id)[part])


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "lines=1-2", "bytes=-", "nonsense"])
def test_what_is_no_single_range_is_answered_with_all(api: Api, call_id: str, asked: str) -> None:
    response = api.get(f"/api/recordings/{call_id}/audio", headers={"Range": asked})
    assert (response.status_code, len(response.content)) == (200, SIZE)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=9-5", "bytes=-0"])
def test_a_range_outside_is_refused(api: Api, call_id: str, asked: str) -> None:
    response = api.get(f"/api/recordings/{call_id}/audio", headers={"Range": asked})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{SIZE}"


def test_words_come_back(api: Api, call_id: str) -> None:
    (turn,) = api.get(f"/api/recordings/{call_id}/transcript").json()
    assert (turn["speaker"], turn["text"]) == ("caller", WORDS)


def test_each_reading_is_on_record_with_its_reason(
    api: Api, call_id: str, entries: Callable[[str], list[tuple[str, str, str]]]
) -> None:
    recording = api.get(f"/api/recordings/{call_id}").json()
    assert entries(recording["id"]) == []
    api.get(f"/api/recordings/{call_id}/audio?why=complaint")
    api.get(f"/api/recordings/{call_id}/transcript?why=complaint")
    assert entries(recording["id"]) == [("service-key", "recording.read", "complaint")]
    assert entries(call_id) == [("service-key", "transcript.read", "complaint")]


def test_a_key_of_its_own_is_named(
    anonymous: Api, service: Service, call_id: str, entries: Callable[[str], list[tuple[str, str, str]]]
) -> None:
    key, secret = service.workspace.api_keys.create("notebook")
    recording = anonymous.get(f"/api/recordings/{call_id}").json()
    anonymous.get(f"/api/recordings/{call_id}/audio", headers={"Authorization": f"Bearer {secret.reveal()}"})
    assert entries(recording["id"]) == [(f"api-key:{key.id}", "recording.read", "not said")]


def test_without_a_key_nothing_is_read(anonymous: Api, call_id: str) -> None:
    wrong = {"Authorization": "Bearer op26x_wrong"}
    for path in ("", "/audio", "/transcript"):
        assert anonymous.get(f"/api/recordings/{call_id}{path}", headers=wrong).status_code == 401
    assert anonymous.delete(f"/api/recordings/{call_id}", headers=wrong).status_code == 401
    assert anonymous.put("/api/retention", headers=wrong, json={"days": 1}).status_code == 401


def test_what_is_not_there_is_not_found(api: Api) -> None:
    for path in ("", "/audio", "/transcript"):
        assert api.get(f"/api/recordings/01UNKNOWN{path}").status_code == 404
    assert api.delete("/api/recordings/01UNKNOWN").status_code == 404
    assert api.post("/api/calls/01UNKNOWN/recording", json={"action": "stop"}).status_code == 404


def test_an_erased_recording_is_gone(
    api: Api, call_id: str, entries: Callable[[str], list[tuple[str, str, str]]]
) -> None:
    assert api.delete(f"/api/recordings/{call_id}?why=asked").status_code == 204
    assert api.get(f"/api/recordings/{call_id}/audio").status_code == 410
    assert api.get(f"/api/recordings/{call_id}/transcript").json() == []
    recording = api.get(f"/api/recordings/{call_id}").json()
    assert (recording["state"], recording["end_reason"]) == ("erased", "erased: asked")
    assert entries(recording["id"]) == [("service-key", "recording.erased", "asked")]


def test_an_expired_one_is_gone_before_any_sweep(api: Api, call_id: str, clock: ManualClock) -> None:
    clock.advance(30 * 86_400)
    for path in ("/audio", "/transcript"):
        response = api.get(f"/api/recordings/{call_id}{path}")
        assert (response.status_code, response.json()["title"]) == (410, "KeyGone")


def test_a_period_is_previewed_then_set(api: Api, call_id: str, clock: ManualClock) -> None:
    clock.advance(10 * 86_400)
    assert api.get("/api/retention").json()["days"] == 30
    preview = api.get("/api/retention?days=7").json()
    assert (preview["gone"], preview["sooner"], preview["kept"], preview["applied"]) == (1, 1, 0, False)
    assert api.get(f"/api/recordings/{call_id}/audio").status_code == 200
    assert api.put("/api/retention", json={"days": 7}).json() == {**preview, "applied": True}
    assert api.get(f"/api/recordings/{call_id}/audio").status_code == 410
    assert api.get("/api/retention").json()["days"] == 7


@pytest.mark.parametrize("days", [0, -1, 100_000])
def test_an_impossible_period_is_wrong(api: Api, days: int) -> None:
    assert api.put("/api/retention", json={"days": days}).status_code == 400
    assert api.get("/api/retention").json()["days"] == 30
