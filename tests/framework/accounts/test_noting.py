"""Notes that nothing depends on."""

from op26x.accounts.noting import note
from op26x.calls import Workspace


async def test_what_no_column_can_hold_is_not_noted_and_work_goes_on(workspace: Workspace) -> None:
    done = []

    def write(_session: object) -> None:
        done.append(1)
        raise OverflowError

    await note(workspace.database, write)
    assert done == [1]
