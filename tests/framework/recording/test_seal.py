"""The seal of a row: what a reader relies on and was changed in the database is refused, which is on the record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.recording.given import permit
from framework.recording.test_store import WHO, Archive
from op26x.calls import Arrival, Call, Workspace
from op26x.clock import ManualClock
from op26x.errors import IllegalTransition, KeyGone, NotFound, Tampered
from op26x.ids import Ids
from op26x.recording import Recording, SpokenTurn
from op26x.recording.seal import SINCE, check_seal, seal_row
from op26x.settings import resolve
from op26x.types import Personal
from op26x.vault import Ciphertext, DataKey, KeyKind
from workspaces import after_a_kill, close_workspace, open_workspace

LATER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
"""A day on which every recording that ends gets a seal."""


@pytest.fixture
def clock() -> ManualClock:
    """Stands at that day."""
    assert LATER > SINCE
    return ManualClock(LATER)


@pytest.fixture
def archive(workspace: Workspace, clock: ManualClock, arrival: Callable[..., Arrival], data: Path) -> Archive:
    """Empty."""
    return Archive(workspace, clock, arrival, data)


async def change(archive: Archive, call: Call, field: str, value: Any) -> Any:
    """What somebody does who has the database and not the key; returns what stood there."""
    read = sa.text(f"SELECT {field} FROM recording WHERE call_id = :call")
    write = sa.text(f"UPDATE recording SET {field} = :value WHERE call_id = :call")

    def changed(session: Any) -> Any:
        old = session.execute(read, {"call": call.id}).scalar_one()
        session.execute(write, {"call": call.id, "value": value})
        return old

    return await archive.workspace.database.run(changed)


async def assert_refused(archive: Archive, call: Call) -> None:
    row = await archive.recordings.get(call.id)
    before = await archive.audited(row.id)
    for noted in (False, True):
        with pytest.raises(Tampered):
            await archive.recordings.open(call.id, WHO, noted=noted)
    assert await archive.audited(row.id) == [*before, *[("recording.damaged", WHO.who, WHO.why)] * 2]


NAMES = st.text("abcdefg/0123456789", max_size=12)
NUMBERS = st.integers(0, 2**40)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": NAMES,
    "mode": st.sampled_from(["off", "one-party", "announce", "assent", ""]),
    "announcement": NAMES,
    "blob": NAMES,
    "sha256": NAMES,
    "gaps": st.sampled_from(["[[0,100]]", "[[500,1000],[1500,2000]]", "[ ]", ""]),
    "started_ms": NUMBERS,
    "duration_ms": NUMBERS,
    "size": NUMBERS,
    "segments": NUMBERS,
    "created_at": st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(str),
    "state": st.sampled_from(["interrupted", "in-progress", "completed ", "", "COMPLETED"]),
    "seal": st.none() | st.binary(max_size=80),
}


def changes(field: str) -> list[Any]:
    found: list[Any] = []

    @settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
    @given(FIELDS[field])
    def collect(value: Any) -> None:
        if value not in found:
            found.append(value)

    collect()
    return found


@pytest.mark.sqlite
@pytest.mark.parametrize("field", sorted(FIELDS))
async def test_any_changed_field_is_refused(archive: Archive, field: str) -> None:
    call, _ = await archive.record(0.6)
    for value in changes(field):
        old = await change(archive, call, field, value)
        if old != value:
            await assert_refused(archive, call)
        await change(archive, call, field, old)
    _, reader = await archive.recordings.open(call.id, WHO)
    assert reader.frames == int(0.6 * 8000)


@pytest.mark.sqlite
async def test_a_row_that_names_another_call_is_refused(archive: Archive) -> None:
    (call, _), (other, _) = await archive.record(0.6), await archive.record(0.6, seed=5)
    row = await archive.recordings.get(call.id)
    swap = sa.text("UPDATE recording SET call_id = iif(call_id = :one, :two, :one)")
    take = sa.text("DELETE FROM recording WHERE call_id = :two")
    parameters = {"one": call.id, "two": other.id}
    await archive.workspace.database.run(lambda s: s.execute(take, parameters))
    await archive.workspace.database.run(lambda s: s.execute(swap, parameters))
    with pytest.raises(Tampered):
        await archive.recordings.open(row.id, WHO)
    with pytest.raises(NotFound):
        await archive.recordings.open(call.id, WHO)


async def test_two_rows_do_not_change_their_seals(archive: Archive) -> None:
    (call, _), (other, _) = await archive.record(0.6), await archive.record(0.6, seed=5)
    seal = (await archive.recordings.get(other.id)).seal
    await change(archive, call, "seal", bytes(seal or b""))
    await assert_refused(archive, call)


@pytest.mark.parametrize("reason", ["", "call-ended", "key-lost", "service-stopped"])
async def test_a_seal_that_was_taken_off_is_missed_whatever_the_row_says(archive: Archive, reason: str) -> None:
    call, _ = await archive.record(0.6)
    await change(archive, call, "seal", None)
    await change(archive, call, "end_reason", reason)
    await assert_refused(archive, call)


async def test_of_a_call_from_before_there_were_seals_none_is_asked_for(
    arrival: Callable[..., Arrival], tmp_path: Path
) -> None:
    clock, data = ManualClock(), tmp_path / "old"
    assert clock.now() < SINCE
    workspace = open_workspace(resolve({}, environ={}, overrides={"data": data}), clock, Ids(clock))
    archive = Archive(workspace, clock, arrival, data)
    call, _ = await archive.record(0.6)
    await change(archive, call, "gaps", "[[0,100]]")
    await assert_refused(archive, call)
    await change(archive, call, "seal", None)
    await archive.recordings.open(call.id, WHO)
    close_workspace(workspace)


async def test_a_recording_that_was_interrupted_is_sealed_as_well(archive: Archive) -> None:
    call, _, recorder = await archive.begin()
    await after_a_kill(archive.recordings)
    await archive.recordings.open(call.id, WHO)
    await change(archive, call, "started_ms", 77)
    await assert_refused(archive, call)
    await recorder.discard()


@pytest.mark.parametrize("field", ["seal", "started_ms", "gaps"])
async def test_an_interrupted_one_is_not_made_one_under_way(archive: Archive, field: str) -> None:
    call, _, recorder = await archive.begin()
    await after_a_kill(archive.recordings)
    await change(archive, call, "state", "in-progress")
    if field != "seal":
        await change(archive, call, field, {"started_ms": 77, "gaps": "[[0,100]]"}[field])
    await assert_refused(archive, call)
    await recorder.discard()


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "in-progress", "seal": None},
        {"state": "interrupted", "end_reason": "key-lost", "seal": None},
    ],
)
async def test_a_seal_is_not_switched_off_by_two_changes(archive: Archive, changes: dict[str, Any]) -> None:
    call, _ = await archive.record(0.6)
    for field, value in changes.items():
        await change(archive, call, field, value)
    await change(archive, call, "started_ms", 77)
    await assert_refused(archive, call)


async def test_what_was_changed_is_not_sealed_anew_by_the_service(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    for field, value in {"state": "in-progress", "seal": None, "started_ms": 77, "gaps": "[[0,100]]"}.items():
        await change(archive, call, field, value)
    await archive.workspace.late_ends.close_recordings()
    await after_a_kill(archive.recordings)
    await assert_refused(archive, call)


async def test_its_lines_are_counted(archive: Archive) -> None:
    call, _, recorder = await archive.begin()
    key = await archive.workspace.keys.get(KeyKind.CALL, call.id)
    for number in (1, 2):
        turn = SpokenTurn(number, "caller", 0, 1, Personal("words"))
        await archive.workspace.transcripts.add(permit(call.id), key, turn)
    await recorder.finish()
    await archive.recordings.finish(call.id, recorder, "call-ended")
    await archive.recordings.open(call.id, WHO)
    take = sa.text("DELETE FROM transcript_line WHERE number = 2")
    await archive.workspace.database.run(lambda s: s.execute(take))
    await assert_refused(archive, call)


async def test_a_deadline_that_was_moved_back_in_the_row_does_not_move_the_keys(archive: Archive) -> None:
    call, _ = await archive.record(0.6)
    await change(archive, call, "expires_at", "2099-01-01 00:00:00.000000")
    archive.clock.advance((call.expires_at - archive.clock.now()) / timedelta(seconds=1))
    with pytest.raises(KeyGone):
        await archive.recordings.open(call.id, WHO)


ONE, OTHER = DataKey(bytes(range(32))), DataKey(bytes(range(1, 33)))


def row(**changes: Any) -> Recording:
    fields: dict[str, Any] = {
        "id": "R",
        "organization_id": "O",
        "call_id": "01KE6P4YM00000000000000001",
        "state": "completed",
        "mode": "assent",
        "announcement": "en/1",
        "blob": "recordings/C",
        "started_ms": 12,
        "duration_ms": 3456,
        "size": 100,
        "segments": 2,
        "sha256": "ab",
        "gaps": "[]",
        "created_at": LATER,
        "expires_at": LATER,
    }
    return Recording(**(fields | changes))


def test_a_row_is_as_it_was_sealed_with_that_key_and_so_many_lines() -> None:
    sealed = row()
    sealed.seal = seal_row(sealed, ONE, 3)
    check_seal(sealed, ONE, 3)
    with pytest.raises(Tampered):
        check_seal(sealed, OTHER, 3)
    for lines in (0, 2, 4):
        with pytest.raises(Tampered):
            check_seal(sealed, ONE, lines)


@given(st.integers(0, 400), st.integers(1, 255))
def test_no_byte_of_the_seal_can_be_changed(place: int, flip: int) -> None:
    sealed = row()
    seal = bytearray(seal_row(sealed, ONE, 3))
    seal[place % len(seal)] ^= flip
    sealed.seal = Ciphertext(seal)
    with pytest.raises(Tampered):
        check_seal(sealed, ONE, 3)


@given(st.lists(st.text("abR", max_size=4), min_size=2, max_size=2), st.lists(st.text("abR", max_size=4), min_size=2))
def test_fields_do_not_run_into_each_other(one: list[str], other: list[str]) -> None:
    sealed = row(mode=one[0], announcement=one[1])
    sealed.seal = seal_row(sealed, ONE, 0)
    sealed.mode, sealed.announcement = other[0], other[1]
    if other[:2] == one:
        check_seal(sealed, ONE, 0)
    else:
        with pytest.raises(Tampered):
            check_seal(sealed, ONE, 0)


async def test_what_is_under_way_is_not_read(archive: Archive) -> None:
    call, _, recorder = await archive.begin()
    with pytest.raises(IllegalTransition):
        await archive.recordings.open(call.id, WHO)
    await recorder.discard()
