"""The API of recordings and retention: ranges, refusals, and an entry in the audit log for each act."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from framework.consent.unwritable import unwritable, without_reserve
from laws.house import Scene
from laws.test_law_9_the_callers_word import Line
from op26x.accounts import Organization
from op26x.audit import AuditEntry
from op26x.calls import Arrival, CallState
from op26x.client import Client
from op26x.clock import ManualClock
from op26x.consent import Right
from op26x.errors import BlobError, KeyGone, NotFound
from op26x.policy import RecordingMode
from op26x.recording import Recording, WireTap
from op26x_service.app import Service

pytestmark = pytest.mark.journey

Api = TestClient[Litestar]
AUDIO = bytes(range(100, 120)) * 800
WORDS = "my name is mary brown"
SIZE = 44 + 4 * len(AUDIO)


def on(api: Api, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Does something on the event loop of the service."""
    with api.portal() as portal:
        return portal.call(lambda: work(*arguments, **named))


@pytest.fixture
def call_id(api: Api, service: Service, arrival: Arrival, clock: ManualClock, data: Path) -> str:
    """A recorded call of two seconds."""
    work = service.installation.workspace()

    async def record() -> str:
        call = await work.calls.begin(arrival, "rehearsal", CallState.RINGING)
        await Scene(data, clock, work, call, WireTap(clock)).record(AUDIO, words=WORDS)
        return call.id

    return str(on(api, record))


@pytest.fixture
def key(api: Api, new_key: Callable[..., Any]) -> str:
    """The requests are made with an API key; this is how the audit log names it."""
    made, secret = on(api, new_key)
    api.headers["Authorization"] = f"Bearer {secret}"
    return f"api-key:{made.id}"


def entries(api: Api, service: Service, record_id: str) -> list[tuple[str, str, str]]:
    """What the audit log has of a record: who, what, why."""
    found: list[AuditEntry] = on(api, service.installation.workspace().audit.of, record_id)
    return sorted((entry.who, entry.what, entry.why) for entry in found)


def recording_id(api: Api, call_id: str) -> str:
    """The recording of a call."""
    return str(api.get(f"/api/recordings/{call_id}").json()["id"])


def test_a_recording_is_shown_by_its_identifier_and_by_its_calls(api: Api, call_id: str) -> None:
    shown = api.get(f"/api/recordings/{call_id}").json()
    assert api.get(f"/api/recordings/{shown['id']}").json() == shown
    assert (shown["call_id"], shown["state"], shown["duration_ms"]) == (call_id, "completed", 2000)
    assert shown["expires_at"] == "2026-02-04T09:00:00Z"


def test_all_of_it_is_a_wav_file(api: Api, call_id: str) -> None:
    response = api.get(f"/api/recordings/{call_id}/audio")
    assert (response.status_code, len(response.content)) == (200, SIZE)
    assert response.content[:4] + response.content[8:12] == b"RIFFWAVE"
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "audio/wav"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-43", 0, 44),
        ("bytes=40-49", 40, 50),
        ("bytes=43-46", 43, 47),
        ("bytes=20001-30002", 20001, 30003),
        (f"bytes={SIZE - 1}-{SIZE - 1}", SIZE - 1, SIZE),
        (f"bytes={SIZE - 10}-", SIZE - 10, SIZE),
        ("bytes=0-", 0, SIZE),
        ("bytes=-1", SIZE - 1, SIZE),
        ("bytes=-500", SIZE - 500, SIZE),
        (f"bytes=-{SIZE + 1}", 0, SIZE),
        (f"bytes=100-{SIZE + 100}", 100, SIZE),
    ],
)
def test_a_range_is_206_and_exactly_that(api: Api, call_id: str, asked: str, start: int, end: int) -> None:
    whole = api.get(f"/api/recordings/{call_id}/audio").content
    response = api.get(f"/api/recordings/{call_id}/audio", headers={"Range": asked})
    assert response.status_code == 206
    assert response.content == whole[start:end]
    assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert response.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", "bytes=9-3"])
def test_a_range_outside_of_it_is_416_and_says_how_long_it_is(api: Api, call_id: str, asked: str) -> None:
    response = api.get(f"/api/recordings/{call_id}/audio", headers={"Range": asked})
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked", ["bytes=-", "bytes", "samples=0-1", "bytes=0-1,5-6", "bytes=a-b", "", "bytes=" + "9" * 5000 + "-"]
)
def test_what_is_no_single_range_is_answered_with_all(api: Api, call_id: str, asked: str) -> None:
    response = api.get(f"/api/recordings/{call_id}/audio", headers={"Range": asked})
    assert (response.status_code, len(response.content)) == (200, SIZE)


def test_the_transcript_has_the_words(api: Api, call_id: str) -> None:
    (turn,) = api.get(f"/api/recordings/{call_id}/transcript").json()
    assert (turn["speaker"], turn["text"]) == ("caller", WORDS)


def test_each_reading_and_erasure_is_an_entry_with_key_and_reason(
    api: Api, service: Service, call_id: str, key: str
) -> None:
    record_id = recording_id(api, call_id)
    assert api.get(f"/api/recordings/{record_id}/audio", params={"why": "complaint 7"}).status_code == 200
    assert api.get(f"/api/recordings/{record_id}/audio").status_code == 200
    assert api.get(f"/api/recordings/{record_id}/transcript", params={"why": "complaint 7"}).status_code == 200
    assert api.delete(f"/api/recordings/{record_id}", params={"why": "the caller asked"}).status_code == 204
    assert entries(api, service, record_id) == [
        (key, "recording.erased", "the caller asked"),
        (key, "recording.erasure-demanded", "the caller asked"),
        (key, "recording.read", "complaint 7"),
        (key, "recording.read", "not said"),
    ]
    assert entries(api, service, call_id) == [(key, "transcript.read", "complaint 7")]


def test_what_fails_to_be_noted_is_not_read(
    api: Api, service: Service, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(service.installation.workspace().audit, "add", fails)
    for path in ("audio", "transcript"):
        response = api.get(f"/api/recordings/{call_id}/{path}")
        assert response.status_code == 500
        assert WORDS.encode() not in response.content


@pytest.mark.parametrize("path", ["audio", "transcript"])
def test_from_its_deadline_on_it_is_410_swept_or_not(
    api: Api, service: Service, call_id: str, clock: ManualClock, path: str
) -> None:
    clock.advance(timedelta(days=30).total_seconds() - 2.001)
    assert api.get(f"/api/recordings/{call_id}/{path}").status_code == 200
    clock.advance(0.001)
    for _ in range(2):
        response = api.get(f"/api/recordings/{call_id}/{path}")
        assert response.status_code == 410
        assert response.headers["content-type"].startswith("application/problem+json")
        assert WORDS not in response.text
        on(api, service.installation.workspace().sweep.run)


def test_the_client_gets_an_error_and_the_listing_no_digits_from_the_deadline_on(
    api: Api, service: Service, call_id: str, clock: ManualClock
) -> None:
    client = Client("http://testserver.local", service.runtime_key.reveal(), transport=api._transport)
    assert len(client.audio(call_id, "test")) == SIZE
    assert client.calls()[0].caller == "…76"
    clock.advance(timedelta(days=30).total_seconds())
    for read in (client.audio, client.transcript):
        with pytest.raises(KeyGone):
            read(call_id, "test")
    assert (client.calls()[0].caller, client.call(call_id).call.called) == ("withheld", "withheld")


def test_what_was_erased_is_410_and_stays_so(api: Api, service: Service, call_id: str, data: Path) -> None:
    assert api.delete(f"/api/recordings/{call_id}").status_code == 204
    assert api.delete(f"/api/recordings/{call_id}").status_code == 204
    for path in ("audio", "transcript"):
        assert api.get(f"/api/recordings/{call_id}/{path}").status_code == 410
    assert api.get(f"/api/recordings/{call_id}").json()["state"] == "erased"
    acts = [what for _, what, _ in entries(api, service, recording_id(api, call_id))]
    assert acts == ["recording.erased", "recording.erasure-demanded"]
    assert not list((data / "blobs").rglob(call_id))


ROUTES = [
    ("GET", "/api/recordings/{}"),
    ("GET", "/api/recordings/{}/audio"),
    ("GET", "/api/recordings/{}/transcript"),
    ("DELETE", "/api/recordings/{}"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_what_is_not_there_is_404(api: Api, method: str, path: str) -> None:
    assert api.request(method, path.format("01AAAAAAAAAAAAAAAAAAAAAAAA")).status_code == 404


@pytest.mark.parametrize("action", ["pause", "resume", "stop", "delete"])
def test_only_a_call_in_progress_can_be_acted_on(api: Api, call_id: str, action: str) -> None:
    response = api.post(f"/api/calls/{call_id}/recording", json={"action": action})
    assert (response.status_code, "remedy" in response.json()) == (404, True)


def test_an_unknown_action_is_400(api: Api, call_id: str) -> None:
    assert api.post(f"/api/calls/{call_id}/recording", json={"action": "copy"}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [*ROUTES, ("POST", "/api/calls/{}/recording"), ("GET", "/api/retention"), ("PUT", "/api/retention")],
)
@pytest.mark.parametrize("header", [None, "Bearer op26x_wrong", "Basic b3AyNng6"])
def test_without_a_key_it_is_401(
    anonymous: Api, service: Service, call_id: str, method: str, path: str, header: str | None
) -> None:
    anonymous.headers.pop("Authorization", None)
    response = anonymous.request(method, path.format(call_id), headers={"Authorization": header} if header else {})
    assert response.status_code == 401


def test_a_revoked_key_reads_nothing(api: Api, service: Service, call_id: str, key: str) -> None:
    on(api, service.installation.workspace().api_keys.revoke, key.partition(":")[2])
    assert api.get(f"/api/recordings/{call_id}/audio").status_code == 401


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_another_organizations_recording_does_not_exist(
    api: Api, service: Service, call_id: str, key: str, clock: ManualClock, method: str, path: str
) -> None:
    record_id = recording_id(api, call_id)
    with service.installation.workspace().database.session() as session:
        session.add(Organization(id="01OTHER", name="other", created_at=clock.now()))
        session.flush()
        row = session.get_one(Recording, record_id)
        row.organization_id = "01OTHER"
        session.add(row)
    assert api.request(method, path.format(call_id)).status_code == 404


def test_the_period_is_shown_previewed_and_changed(
    api: Api, service: Service, call_id: str, key: str, clock: ManualClock
) -> None:
    assert api.get("/api/retention").json() == {"days": 30, "gone": 0, "sooner": 0, "kept": 0, "applied": True}
    clock.advance(timedelta(days=8).total_seconds())
    preview = api.get("/api/retention", params={"days": 7}).json()
    assert preview == {"days": 7, "gone": 1, "sooner": 1, "kept": 0, "applied": False}
    assert api.get("/api/retention").json()["days"] == 30
    assert api.get(f"/api/recordings/{call_id}/audio").status_code == 200
    assert api.put("/api/retention", json={"days": 7}).json() == {**preview, "applied": True}
    assert api.get(f"/api/recordings/{call_id}/audio").status_code == 410
    assert entries(api, service, service.installation.workspace().organization_id) == [
        (key, "retention.changed", "7 days")
    ]
    assert on(api, service.installation.workspace().sweep.run).erased == (call_id,)


def test_a_longer_period_extends_nothing(api: Api, call_id: str) -> None:
    before = api.get(f"/api/recordings/{call_id}").json()["expires_at"]
    assert api.put("/api/retention", json={"days": 90}).json()["kept"] == 1
    assert api.get(f"/api/recordings/{call_id}").json()["expires_at"] == before


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_an_impossible_period_is_400_and_changes_nothing(api: Api, days: int) -> None:
    assert api.get("/api/retention", params={"days": days}).status_code == 400
    response = api.put("/api/retention", json={"days": days})
    assert (response.status_code, "3650" in response.json()["remedy"]) == (400, True)
    assert api.get("/api/retention").json()["days"] == 30


def test_the_client_says_that_there_is_none(api: Api, service: Service) -> None:
    client = Client("http://testserver.local", service.runtime_key.reveal(), transport=api._transport)
    with pytest.raises(NotFound):
        client.audio("01AAAAAAAAAAAAAAAAAAAAAAAA", "test")
    with pytest.raises(NotFound):
        client.act_on_recording("01AAAAAAAAAAAAAAAAAAAAAAAA", "stop")


# What fails.


def test_what_can_not_be_erased_yet_is_202_and_204_once_it_is(
    api: Api, service: Service, call_id: str, key: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck(_: str) -> bool:
        raise BlobError("It can't be removed.")

    record_id = recording_id(api, call_id)
    with monkeypatch.context() as patch:
        patch.setattr(service.installation.workspace().erasures._blobs, "delete", stuck)
        for _ in range(2):
            response = api.delete(f"/api/recordings/{record_id}", params={"why": "the caller asked"})
            assert response.status_code == 202
            assert (response.json()["id"], response.json()["state"]) == (record_id, "erasing")
            assert api.get(f"/api/recordings/{record_id}").json()["state"] == "erasing"
            for path in ("audio", "transcript"):
                assert api.get(f"/api/recordings/{call_id}/{path}").status_code == 410
    assert list((data / "blobs").rglob(call_id))
    demand = (key, "recording.erasure-demanded", "the caller asked")
    assert entries(api, service, record_id) == [demand]
    assert api.delete(f"/api/recordings/{record_id}", params={"why": "again"}).status_code == 204
    assert sorted(entries(api, service, record_id)) == [(key, "recording.erased", "the caller asked"), demand]
    assert not list((data / "blobs").rglob(call_id))


def test_what_can_be_noted_nowhere_is_507_and_holds_all_the_same(
    api: Api, service: Service, call_id: str, data: Path
) -> None:
    work = service.installation.workspace()
    with unwritable(work.database), without_reserve(work):
        response = api.delete(f"/api/recordings/{call_id}")
        assert response.status_code == 507
        assert response.headers["content-type"].startswith("application/problem+json")
        assert "before this service stops" in response.json()["remedy"]
        assert api.get(f"/api/recordings/{call_id}/audio").status_code == 410
        on(api, service.health.look)
        problems = api.get("/health").json()["problems"]
        assert "demands" in {problem["name"] for problem in problems}
    assert api.get(f"/api/recordings/{call_id}/audio").status_code == 410
    assert api.delete(f"/api/recordings/{call_id}").status_code == 204
    assert not list((data / "blobs").rglob(call_id))


def test_what_only_the_reserve_takes_is_202(api: Api, service: Service, call_id: str) -> None:
    with unwritable(service.installation.workspace().database):
        response = api.delete(f"/api/recordings/{call_id}")
        assert (response.status_code, response.json()["state"]) == (202, "erasing")
        for path in ("audio", "transcript"):
            assert api.get(f"/api/recordings/{call_id}/{path}").status_code == 410
    on(api, service.installation.workspace().intents.carry_out)
    on(api, service.installation.workspace().sweep.demanded)
    assert api.get(f"/api/recordings/{call_id}").json()["state"] == "erased"


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a flipped byte": _flip,
    "half a file": lambda file: os.truncate(file, file.stat().st_size // 2),
    "a byte too many": lambda file: file.write_bytes(file.read_bytes() + b"x"),
    "no byte": lambda file: os.truncate(file, 0),
    "no file": lambda file: file.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("asked", [None, "bytes=0-99"])
def test_what_is_damaged_is_a_problem_before_any_byte_and_an_entry(
    api: Api, service: Service, call_id: str, key: str, data: Path, damage: str, asked: str | None
) -> None:
    (file,) = (data / "blobs").rglob(call_id)
    DAMAGES[damage](file)
    headers = {"Range": asked} if asked else {}
    response = api.get(f"/api/recordings/{call_id}/audio", params={"why": "complaint 7"}, headers=headers)
    assert response.status_code == 500
    assert response.headers["content-type"].startswith("application/problem+json")
    assert (response.json()["title"], "backup" in response.json()["remedy"]) == ("Tampered", True)
    assert entries(api, service, recording_id(api, call_id)) == [(key, "recording.damaged", "complaint 7")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE recording SET duration_ms = 1",
        "UPDATE recording SET gaps = '[[0,1000]]'",
        "UPDATE recording SET state = 'interrupted'",
        "UPDATE recording SET seal = NULL",
        "UPDATE recording SET duration_ms = 1, seal = NULL, end_reason = 'key-lost'",
        "UPDATE recording SET duration_ms = 1, state = 'in-progress'",
        "UPDATE recording SET duration_ms = 1, state = 'in-progress', seal = NULL",
        "UPDATE recording SET duration_ms = 1, state = 'interrupted', end_reason = 'key-lost', seal = NULL",
        "DELETE FROM transcript_line",
    ],
)
def test_a_row_that_was_changed_is_a_problem_and_an_entry(
    api: Api, service: Service, call_id: str, key: str, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("op26x.recording.seal.SINCE", datetime(2026, 1, 1, tzinfo=UTC))
    on(api, service.installation.workspace().database.run, lambda session: session.execute(sa.text(change)))
    response = api.get(f"/api/recordings/{call_id}/audio")
    assert response.status_code == 500
    assert response.json()["title"] == "Tampered"
    assert entries(api, service, recording_id(api, call_id)) == [(key, "recording.damaged", "not said")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE transcript_line SET speaker = 'agent'",
        "UPDATE transcript_line SET number = 7",
        "UPDATE transcript_line SET started_ms = 1",
        "UPDATE transcript_line SET content = CAST(x'00' || substr(content, 2) AS BLOB)",
        "UPDATE transcript_line SET content = x''",
        "UPDATE transcript_line SET content = NULL",
        "UPDATE transcript_line SET content = 'text'",
        "DELETE FROM transcript_line",
    ],
)
def test_a_transcript_that_was_changed_is_a_problem_without_a_word_and_an_entry(
    api: Api, service: Service, call_id: str, key: str, change: str
) -> None:
    on(api, service.installation.workspace().database.run, lambda session: session.execute(sa.text(change)))
    response = api.get(f"/api/recordings/{call_id}/transcript")
    assert (response.status_code, response.json()["title"]) == (500, "Tampered")
    assert WORDS not in response.text
    assert entries(api, service, call_id) == [(key, "transcript.damaged", "not said")]


def test_what_the_caller_paused_only_the_caller_resumes(
    api: Api, service: Service, arrival: Arrival, clock: ManualClock, data: Path
) -> None:
    work = service.installation.workspace()

    async def recording() -> Line:
        call = await work.calls.begin(arrival, "rehearsal", CallState.RINGING)
        line = Line(Scene(data, clock, work, call, WireTap(clock)), RecordingMode.ONE_PARTY)
        await line.recorded.begin(None)  # type: ignore[arg-type]
        return line

    line: Line = on(api, recording)
    call_id = line.stage.call.id
    service.switchboard.sessions[call_id] = SimpleNamespace(
        organization_id=work.organization_id, recorded=line.recorded, word=line.word
    )  # type: ignore[assignment]
    act = f"/api/calls/{call_id}/recording"
    assert [api.post(act, json={"action": action}).status_code for action in ("pause", "resume")] == [204, 204]
    on(api, line.demand, Right.PAUSE)
    said = len(line.said)
    for _ in range(2):
        response = api.post(act, json={"action": "resume"})
        assert (response.status_code, response.json()["title"]) == (409, "IllegalTransition")
    assert (line.recorded.paused, len(line.said)) == (True, said), "the caller is told nothing"
    on(api, line.demand, Right.RESUME)
    assert line.recorded.recording
    assert api.post(act, json={"action": "stop"}).status_code == 204
    on(api, line.recorded.finish)
    del service.switchboard.sessions[call_id]
