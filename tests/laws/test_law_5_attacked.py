"""Law 5, attacked: a call that ended while nothing could be written has an end all the same."""

import asyncio
from pathlib import Path

from framework.consent.unwritable import unwritable
from virtual.call import board
from virtual.loop import happen
from virtual.rights import document

DAYS_S = 86_400.0
MINUTES = 5


def test_a_call_that_ended_while_the_database_could_not_be_written_is_swept(tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="one-party", **document()) as one:
            work, line = one.workspace, await one.ring()
            line.at(3.0, lambda: line.say("good morning"))
            await asyncio.sleep(8.0)
            with unwritable(work.database):
                await line.hang_up()
                await line.over()
            for _ in range(MINUTES):
                await work.intents.carry_out()
                await work.late_ends.close_recordings()
                await work.sweep.run()
                await asyncio.sleep(60.0)
            assert await work.calls.unfinished() == frozenset()
            assert await work.recordings.interrupt_unfinished() == []
            await asyncio.sleep(31 * DAYS_S)
            await work.sweep.run()
            call = await work.calls.by_provider_id("twilio", line.sid)
            assert call is not None
            assert call.erased_at is not None
            assert not list((work.settings.core.data / "blobs").rglob(call.id))

    happen(story)
