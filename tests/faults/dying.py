"""A process that kills itself: SIGKILL before, within or after a step of what it does, as a crash or a loss of power.

``Death`` counts the steps from ``arm`` on. A step is a call of what is listed below, or a transaction, which is named
after the work that is done in it. ``DEEDS`` are what such a process can be asked to do.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from framework.consent.unwritable import unwritable
from framework.recording.given import permit
from op26x.audit import Access
from op26x.calls import Arrival, CallState, Direction, Installation, Workspace
from op26x.cli import app
from op26x.recording import WireTap
from op26x.settings import resolve
from op26x.storage import Database
from op26x.storage.local_blobs import LocalBlobs
from op26x.storage.reserve import Reserve
from op26x.testing.virtual_loop import happen
from op26x.types import PhoneNumber
from op26x.vault import Keyring
from virtual.call import board

OPERATOR = Access("api-key:1", "asked for")
AWAITED = [
    (Keyring, "create"),
    (Keyring, "destroy_all"),
    (Keyring, "bring_forward"),
    (LocalBlobs, "create"),
    (LocalBlobs, "delete"),
    (Database, "checkpoint"),
]
AT_ONCE = [(Reserve, "put"), (Reserve, "clear")]


class Death:
    """Kills this process at a step, which it tells first. From the moment it is made, this process is changed.

    Args:
        tell: Told the step.
    """

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._left = -1
        self._name = ""
        for owner, name in AWAITED:
            setattr(owner, name, self._awaited(getattr(owner, name)))
        for owner, name in AT_ONCE:
            setattr(owner, name, self._at_once(getattr(owner, name)))
        Database.run = self._transaction(Database.run)  # type: ignore[method-assign]

    def arm(self, at: int) -> None:
        """From now on steps count; it dies at the one of that number, never if it is negative."""
        self._left = at

    def arm_at(self, step: str) -> None:
        """It dies at the next step of that name."""
        self._name = step

    def _point(self, step: str) -> None:
        if self._left == 0 or step == self._name:
            self._tell(step)
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1

    def _awaited(self, act: Any) -> Any:
        @wraps(act)
        async def acting(*arguments: Any, **named: Any) -> Any:
            self._point(f"before {act.__qualname__}")
            result = await act(*arguments, **named)
            self._point(f"after {act.__qualname__}")
            return result

        return acting

    def _at_once(self, act: Any) -> Any:
        @wraps(act)
        def acting(*arguments: Any) -> Any:
            self._point(f"before {act.__qualname__}")
            result = act(*arguments)
            self._point(f"after {act.__qualname__}")
            return result

        return acting

    def _transaction(self, run: Any) -> Any:
        @wraps(run)
        async def running(database: Database, work: Callable[[Any], Any], **options: Any) -> Any:
            name = work.__qualname__.partition(".<locals>")[0]

            def within(session: Any) -> Any:
                result = work(session)
                session.flush()
                self._point(f"within {name}")
                return result

            self._point(f"before {name}")
            result = await run(database, within, **options)
            self._point(f"after {name}")
            return result

        return running


def open_workspace(folder: Path) -> Workspace:
    """The one of a folder, on the machine's clock."""
    settings = resolve({}, environ={}, overrides={"data": folder / "data"}, file=folder / "none")
    return Installation.open(settings).workspace()


def delete_by_command(folder: Path, arm: Callable[[], None], call_id: str) -> object:
    """``op26x recordings delete``."""
    arm()
    return app.run(["recordings", "delete", call_id, "--yes", "--why", OPERATOR.why, "--data", str(folder / "data")])


def erase_for_an_operator(folder: Path, arm: Callable[[], None], call_id: str) -> None:
    """What the API does in a service."""
    workspace = open_workspace(folder)
    arm()
    asyncio.run(workspace.erasures.erase(call_id, OPERATOR))


def erase_unwritable(folder: Path, arm: Callable[[], None], call_id: str) -> None:
    """The same while the database takes nothing."""
    workspace = open_workspace(folder)
    with unwritable(workspace.database):
        arm()
        asyncio.run(workspace.erasures.erase(call_id, OPERATOR))


def carry_out(folder: Path, arm: Callable[[], None]) -> None:
    """The minute's work."""
    workspace = open_workspace(folder)

    async def work() -> None:
        arm()
        await workspace.intents.carry_out()
        await workspace.sweep.demanded()

    asyncio.run(work())


def begin(folder: Path, arm: Callable[[], None]) -> None:
    """A recording begins."""
    workspace = open_workspace(folder)

    async def work() -> None:
        numbers = PhoneNumber("+12125559876"), PhoneNumber("+12125554321")
        arrival = Arrival("twilio", f"CA{os.getpid()}", Direction.INBOUND, *numbers)
        call = await workspace.calls.begin(arrival, "clinic", CallState.RINGING)
        arm()
        await workspace.recordings.begin(permit(call.id), WireTap(workspace.clock), lambda: None)

    asyncio.run(work())


def delete_by_the_caller(folder: Path, arm: Callable[[], None]) -> None:
    """A call in virtual time whose caller presses star 2."""

    async def story() -> None:
        async with board(folder, recording="one-party") as one:
            line = await one.ring()
            line.at(1.0, lambda: line.say("good morning"))
            await asyncio.sleep(5)
            arm()
            await line.press("*2")
            await asyncio.sleep(5)
            await line.hang_up()
            await line.over()

    happen(story)


DEEDS = {
    deed.__name__: deed
    for deed in (
        delete_by_command,
        erase_for_an_operator,
        erase_unwritable,
        carry_out,
        begin,
        delete_by_the_caller,
    )
}


def die(deed: str, folder: Path, at: int, told: Connection, *arguments: str) -> None:
    """Does a deed in a process made for it; tells ``begun``, the step that it dies at, or ``done``."""
    output = os.open(folder / "dying.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    death = Death(told.send)

    def arm() -> None:
        told.send("begun")
        death.arm(at)

    DEEDS[deed](folder, arm, *arguments)
    death.arm(-1)
    told.send("done")
    sys.stdout.flush()
    os._exit(0)
