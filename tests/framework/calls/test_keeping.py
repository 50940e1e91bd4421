"""What is kept of calls moves as one thing."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from laws.house import CALLED, CALLER, Scene
from op26x.calls import Arrival, Call, CallState, Direction, Workspace
from op26x.calls.keeping import days_between
from op26x.errors import KeyGone
from op26x.retention import Preview
from op26x.vault import KeyKind

DAY = timedelta(days=1)


def _sooner(work: Workspace, days: int) -> Preview:
    with work.database.session() as session:
        return work.kept.preview(session, days, work.clock.now())


async def _deadline(work: Workspace, call: Call) -> datetime:
    return (await work.calls.get(call.id))[0].expires_at


async def test_row_recording_and_key_get_the_same_deadline(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    await stage.record(bytes(8000), words="hello")
    work, call = stage.workspace, stage.call
    assert await _deadline(work, call) == call.created_at + 30 * DAY
    for days in (3, 12):
        assert await work.kept.shorten(days) == (1 if days == 3 else 0)
        assert (await work.recordings.get(call.id)).expires_at == call.created_at + 3 * DAY
    sooner = call.created_at + 3 * DAY
    assert await _deadline(work, call) == sooner
    stage.clock.at = sooner - timedelta(seconds=stage.clock.elapsed, microseconds=1)
    assert await work.keys.get(KeyKind.CALL, call.id)
    stage.clock.advance(0.001)
    with pytest.raises(KeyGone):
        await work.keys.get(KeyKind.CALL, call.id)
    stage.close()


async def test_what_was_erased_has_no_deadline_any_more(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    await stage.hang_up()
    assert _sooner(stage.workspace, 1) == Preview(1, 0, 1, 0)
    stage.later(days=30)
    await stage.workspace.sweep.run()
    assert _sooner(stage.workspace, 1) == Preview(1, 0, 0, 0)
    stage.close()


async def test_the_ends_of_many_keys_follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("op26x.calls.keeping.BATCH", 3)
    stage = await Scene.open(tmp_path)
    work = stage.workspace
    calls = [stage.call]
    for number in range(7):
        stage.clock.advance(number % 3)
        arrival = Arrival("twilio", f"CA-{number}", Direction.INBOUND, CALLER, CALLED)
        calls.append(await work.calls.begin(arrival, "clinic", CallState.RINGING, keep_days=2 if number % 4 else None))
    for call in calls:
        await work.keys.create(KeyKind.CALL, call.id, call.expires_at)
    await work.periods.change(5, work.kept, "owner")
    ends = {owner: entry.expires_at for owner, entry in (await work.keys.all(KeyKind.CALL)).items()}
    assert ends == {call.id: await _deadline(work, call) for call in calls}
    assert {end - call.created_at for call in calls if (end := ends[call.id])} == {5 * DAY, 2 * DAY}
    stage.close()


@settings(max_examples=50)
@given(
    begun=st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)),
    kept=st.timedeltas(timedelta(0), timedelta(days=400)),
    whole=st.booleans(),
    days=st.integers(1, 400),
)
def test_more_than_so_many_days_are_more_whole_ones_rounded_up(
    begun: datetime, kept: timedelta, whole: bool, days: int
) -> None:
    """What ``kept_days`` is compared for."""
    kept = timedelta(days=kept.days) if whole else kept
    assert (days_between(begun, begun + kept) > days) == (kept > days * DAY)
