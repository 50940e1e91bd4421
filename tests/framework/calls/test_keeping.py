"""What is kept of calls moves as one thing."""

from datetime import timedelta
from pathlib import Path

import pytest

from laws.house import Scene
from op26x.errors import KeyGone
from op26x.vault import KeyKind

DAY = timedelta(days=1)


async def test_row_recording_and_key_get_the_same_deadline(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    await stage.record(bytes(8000), words="hello")
    work, call_id, sooner = stage.workspace, stage.call.id, stage.call.created_at + 3 * DAY
    run = work.database.run
    assert await run(work.kept.deadlines) == {call_id: (stage.call.created_at, stage.call.created_at + 30 * DAY)}
    for deadline in (sooner, sooner + 9 * DAY):
        await run(lambda session, at=deadline: work.kept.bring_forward(session, {call_id: at}))
        assert (await work.recordings.get(call_id)).expires_at == sooner, "in the same transaction"
        await work.kept.follow({call_id: deadline})
    assert await run(work.kept.deadlines) == {call_id: (stage.call.created_at, sooner)}
    stage.clock.at = sooner - timedelta(seconds=stage.clock.elapsed, microseconds=1)
    assert await work.keys.get(KeyKind.CALL, call_id)
    stage.clock.advance(0.001)
    with pytest.raises(KeyGone):
        await work.keys.get(KeyKind.CALL, call_id)
    stage.close()


async def test_what_was_erased_has_no_deadline_any_more(tmp_path: Path) -> None:
    stage = await Scene.open(tmp_path)
    await stage.hang_up()
    stage.later(days=30)
    await stage.workspace.sweep.run()
    assert await stage.workspace.database.run(stage.workspace.kept.deadlines) == {}
    stage.close()
