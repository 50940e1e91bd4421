"""Listening links: one reading for one holder, asked anew for each part, ended with recording, key, time or process."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from laws.house import Scene
from op26x.calls import Arrival, CallState
from op26x.client import Client, ListeningLink
from op26x.clock import ManualClock
from op26x.errors import KeyGone, NotFound
from op26x.recording import WireTap
from op26x_service import links
from op26x_service.app import Service

Api = TestClient[Litestar]
AUDIO = bytes(range(100, 120)) * 800
WORDS = "my name is mary brown"
SIZE = 44 + 4 * len(AUDIO)
PARTS = ("", "/audio", "/transcript")


def on(api: Api, work: Callable[..., Any], *arguments: Any) -> Any:
    """Does something on the event loop of the service."""
    with api.portal() as portal:
        return portal.call(work, *arguments)


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
def link(api: Api, call_id: str) -> str:
    """The path of a link to it."""
    response = api.post(f"/api/recordings/{call_id}/links", json={"why": "complaint 7"})
    assert response.status_code == 201
    return f"/api/links/{response.json()['token']}"


@pytest.fixture
def other(api: Api, new_key: Callable[..., Any]) -> dict[str, str]:
    """The header of another key of the organization."""
    return {"Authorization": f"Bearer {on(api, new_key, 'other')[1]}"}


def entries(api: Api, service: Service, call_id: str) -> list[tuple[str, str, str]]:
    """What the audit log has of a call and its recording: who, what, why."""
    record_id = api.get(f"/api/recordings/{call_id}").json()["id"]
    found = [entry for of in (record_id, call_id) for entry in on(api, service.installation.workspace().audit.of, of)]
    return [(entry.who, entry.what, entry.why) for entry in found]


def test_a_link_gives_audio_and_words_and_is_noted_once(api: Api, service: Service, call_id: str, link: str) -> None:
    for _ in range(3):
        whole = api.get(f"{link}/audio")
        part = api.get(f"{link}/audio", headers={"Range": "bytes=40-49"})
        (turn,) = api.get(f"{link}/transcript").json()
    assert (whole.status_code, len(whole.content), whole.headers["content-type"]) == (200, SIZE, "audio/wav")
    assert (part.status_code, part.content) == (206, whole.content[40:50])
    assert part.headers["content-range"] == f"bytes 40-49/{SIZE}"
    assert turn["text"] == WORDS
    assert entries(api, service, call_id) == [
        ("operator", "recording.read", "complaint 7"),
        ("operator", "transcript.read", "complaint 7"),
    ]


def test_a_link_says_what_it_is_of_and_when_it_ends(api: Api, call_id: str, link: str) -> None:
    shown = api.get(link).json()
    assert shown["recording_id"] == api.get(f"/api/recordings/{call_id}").json()["id"]
    assert shown["expires_at"] == "2026-01-05T09:15:04Z", "two seconds of call, two of recording, fifteen minutes"
    assert len(shown["token"]) == 64


@pytest.mark.parametrize("part", PARTS)
def test_what_was_erased_is_410_at_once(api: Api, call_id: str, link: str, part: str) -> None:
    assert api.get(f"{link}{part}").status_code == 200
    assert api.delete(f"/api/recordings/{call_id}").status_code == 204
    response = api.get(f"{link}{part}")
    assert response.status_code == 410
    assert WORDS not in response.text


@pytest.mark.parametrize("part", PARTS)
def test_from_the_deadline_of_the_recording_on_it_is_410(
    api: Api, service: Service, call_id: str, clock: ManualClock, part: str
) -> None:
    clock.advance(timedelta(days=30).total_seconds() - 60)
    token = api.post(f"/api/recordings/{call_id}/links", json={}).json()["token"]
    assert api.get(f"/api/links/{token}{part}").status_code == 200
    clock.advance(60)
    assert api.get(f"/api/links/{token}{part}").status_code == 410


@pytest.mark.parametrize("part", PARTS)
def test_from_its_own_end_on_it_is_410(api: Api, clock: ManualClock, link: str, part: str) -> None:
    clock.advance(links.LIFE.total_seconds() + 1.999)
    assert api.get(f"{link}{part}").status_code == 200
    clock.advance(0.001)
    assert api.get(f"{link}{part}").status_code == 410


@pytest.mark.parametrize("part", PARTS)
def test_it_is_for_the_key_that_asked_for_it(api: Api, other: dict[str, str], link: str, part: str) -> None:
    assert api.get(f"{link}{part}", headers=other).status_code == 404
    assert api.get(f"{link}{part}", headers={"Authorization": "Bearer op26x_wrong"}).status_code == 401
    assert api.get(f"{link}{part}", headers={"Authorization": ""}).status_code == 401
    assert api.delete(link, headers=other).status_code == 404
    assert api.get(f"{link}{part}").status_code == 200


def test_a_link_that_was_ended_is_404(api: Api, link: str) -> None:
    assert api.delete(link).status_code == 204
    for part in PARTS:
        assert api.get(f"{link}{part}").status_code == 404
    assert api.delete(link).status_code == 404


def test_there_is_none_to_what_is_not_there_or_was_erased(api: Api, call_id: str) -> None:
    assert api.post("/api/recordings/01AAAAAAAAAAAAAAAAAAAAAAAA/links", json={}).status_code == 404
    api.delete(f"/api/recordings/{call_id}")
    assert api.post(f"/api/recordings/{call_id}/links", json={}).status_code == 410


@pytest.mark.parametrize("body", [{"why": 7}, {"why": "x" * 201}, {"for": "fun"}, []])
def test_a_reason_that_is_none_is_400(api: Api, call_id: str, body: object) -> None:
    assert api.post(f"/api/recordings/{call_id}/links", json=body).status_code == 400


def test_a_reading_that_can_not_be_noted_gives_no_link(
    api: Api, service: Service, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(service.installation.workspace().audit, "add", fails)
    assert api.post(f"/api/recordings/{call_id}/links", json={}).status_code == 500


def test_words_that_could_not_be_noted_are_noted_when_they_are_read(
    api: Api, service: Service, call_id: str, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(service.installation.workspace().audit, "add", fails)
        assert api.get(f"{link}/transcript").status_code == 500
    assert api.get(f"{link}/transcript").status_code == 200
    assert [what for _, what, _ in entries(api, service, call_id)] == ["recording.read", "transcript.read"]


def test_of_too_many_links_the_oldest_ends(api: Api, call_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST", 2)
    made = [api.post(f"/api/recordings/{call_id}/links", json={}).json()["token"] for _ in range(3)]
    assert [api.get(f"/api/links/{token}").status_code for token in made] == [404, 200, 200]


def test_the_client_speaks_of_links(api: Api, service: Service, call_id: str) -> None:
    client = Client("http://testserver.local", service.runtime_key.reveal(), transport=api._transport)
    link = client.listen(call_id, "complaint 7")
    assert client.link(link.token) == link == ListeningLink(link.token, link.recording_id, link.expires_at)
    whole, part = client.linked_audio(link.token), client.linked_audio(link.token, "bytes=0-9")
    assert (whole.status, whole.length, whole.content_range) == (200, SIZE, "")
    assert len(b"".join(whole.pieces())) == SIZE
    assert (part.status, part.length, part.content_range) == (206, 10, f"bytes 0-9/{SIZE}")
    part.close()
    assert client.linked_transcript(link.token)[0].text == WORDS
    client.erase_recording(call_id, "the caller asked")
    for read in (client.link, client.linked_audio, client.linked_transcript):
        with pytest.raises(KeyGone):
            read(link.token)
    client.end_link(link.token)
    with pytest.raises(NotFound):
        client.linked_audio(link.token)


def test_nothing_of_the_api_is_for_a_cache(api: Api, call_id: str, link: str) -> None:
    paths = ["/api/calls", f"/api/calls/{call_id}", f"/api/recordings/{call_id}", f"/api/recordings/{call_id}/audio"]
    paths += [f"/api/recordings/{call_id}/transcript", link, f"{link}/audio", f"{link}/transcript", "/api/retention"]
    for path in paths:
        assert api.get(path).headers.get_list("cache-control") == ["no-store"], path
