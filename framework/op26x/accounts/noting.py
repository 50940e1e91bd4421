"""Notes that nothing depends on: when a key or a session was used last. Where they can't be written, work goes on."""

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from op26x import logs
from op26x.errors import StorageLost, UsageError
from op26x.storage import Database

log = logs.get("accounts")


async def note(database: Database, write: Callable[[Session], object]) -> None:
    """Writes something if that can be done; if not, the log says so."""
    try:
        await database.run(write)
    except (SQLAlchemyError, StorageLost, UsageError) as error:
        log.error("a use can't be noted", exc_info=error)
