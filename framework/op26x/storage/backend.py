"""What differs between the databases beneath: how one is opened, begun, committed, looked after and lost."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
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

    @property
    def seat(self) -> int:
        """The number of the service that works on it through this; 0 if that is the only one there can be, or none."""
        return 0

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

    def take_seat(self, *, alone: bool) -> bool:
        """Takes a seat among the services that work on it; ``False`` if somebody wants to be alone with it.

        Args:
            alone: This wants to be alone with it: ``False`` if a service works on it.

        As it is here, a database is one machine's, where who starts a service sees the other.
        """
        return True

    def other_seats(self) -> frozenset[int]:
        """Those of the other services that run now.

        Raises:
            StorageLost: The server does not answer.
        """
        return frozenset()

    def leads(self) -> bool:
        """Whether this service is the one of them that does what is to be done once; if none is, it is from now on."""
        return True

    def in_service(self, connection: sa.Connection) -> bool:
        """Whether a service has a seat; if not, none takes one before the transaction of that connection ends."""
        return False

    def listen(self, channels: Sequence[str], heard: Callable[[str, str], None]) -> Callable[[], None]:
        """Hears what is told on some channels; nobody tells anything where there is only one service.

        Args:
            channels: Which.
            heard: Told the channel and the message, on another thread.

        Returns:
            What ends it.
        """
        return lambda: None

    def tell(self, channel: str, said: str) -> None:
        """Tells something on a channel, to whoever listens now: nobody.

        Raises:
            StorageLost: The server does not answer.
        """
        return

    @abstractmethod
    def close(self) -> None:
        """Closes every connection."""

    @abstractmethod
    def check(self, *, whole: bool) -> None:
        """As ``Database.check``."""
