"""A plugin's own rows of a call: written by its hooks while the call goes on, sealed, of the right organization."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from framework.datamap.house import Note, Notes
from op26x import hookimpl
from op26x.calls import CallInfo, Records, TurnInfo
from op26x.errors import NotFound
from virtual.call import board

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


class Listens(Notes):
    """Notes what was said, and how the call ended."""

    def __init__(self) -> None:
        super().__init__(Note)
        self.refused = 0

    @hookimpl
    async def op26x_turn_finished(self, call: CallInfo, turn: TurnInfo, records: Records) -> None:
        note = Note(id=records.new_id(), organization_id=records.organization_id, call_id=call.id, mood=turn.speaker)
        await records.seal(note, "text", turn.text)
        await records.add(note)

    @hookimpl
    async def op26x_call_ended(self, call: CallInfo, records: Records) -> None:
        note = Note(id=records.new_id(), organization_id=call.organization_id, call_id=call.id, mood="ended")
        await records.add(note)
        try:
            await records.add(Note(id=records.new_id(), organization_id=call.organization_id, call_id="another"))
        except NotFound:
            self.refused += 1


def test_hooks_write_rows_that_go_with_their_call(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        plugin = Listens()
        async with board(tmp_path, plugin, recording="off") as on:
            line = await on.ring()
            line.at(4.0, lambda: line.say("good morning"))
            line.at(12.0, line.hang_up)
            await line.over()
            records = on.workspace.records
            notes = await records.find(Note)
            assert [note.mood for note in notes][-1] == "ended"
            said = [(await records.open(note, "text")).reveal() for note in notes if note.mood == "caller"]
            assert said == ["good morning"]
            assert plugin.refused == 1

    happens(story)
