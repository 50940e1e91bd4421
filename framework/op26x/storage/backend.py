"""What differs between the databases beneath: how one is opened, begun, committed, looked after and lost."""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager

import sqlalchemy as sa
from sqlmodel import Session


class Backend(ABC):
    """One of them, open.

    Attributes:
        engine: SQLAlchemy's.
        in_place: Whether what was opened is still there, as far as that costs nothing to tell.
    """

    engine: sa.Engine
    in_place: bool

    @abstractmethod
    def begin(self, session: Session, scope: str, *, alone: bool) -> None:
        """Begins a transaction.

        Args:
            session: Its session.
            scope: The organization whose rows it may touch; ``*`` is all of them.
            alone: No other process writes between what it reads and what it writes.
        """

    @abstractmethod
    def commit(self, session: Session) -> None:
        """Commits it; when this returns, it is on the disk."""

    @abstractmethod
    def again(self, error: BaseException, attempt: int, since: float) -> bool:
        """Whether a transaction that failed is worth another attempt, now that this returns.

        Args:
            error: Why it failed.
            attempt: How often it was tried.
            since: When the first attempt began, by the monotonic clock.

        Raises:
            StorageLost: The database can't be reached, and was waited for long enough.
        """

    @abstractmethod
    def defining(self) -> AbstractContextManager[sa.Connection]:
        """A transaction to make, change or drop tables in; nobody else does so meanwhile.

        At its end, what the database itself is to enforce or to assume of its tables is brought up to date.
        """

    @abstractmethod
    def checkpoint(self) -> bool:
        """Sees that nothing overwritten or deleted is left in a log; ``False`` if that was not possible now."""

    @abstractmethod
    def hold(self) -> bool:
        """Takes the place of the one service that works on it, until it is closed; ``False`` if another has it."""

    @abstractmethod
    def in_service(self, connection: sa.Connection) -> bool:
        """Whether a service has that place; if not, none takes it before the transaction of that connection ends."""

    @abstractmethod
    def close(self) -> None:
        """Closes every connection."""

    @abstractmethod
    def check(self, *, whole: bool) -> None:
        """As ``Database.check``."""
