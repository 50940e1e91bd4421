"""How much a connection may take, and how many there may be."""

import resource
from dataclasses import dataclass
from pathlib import Path

MAX_BODY = 64 * 1024
"""Largest body of a request, in bytes; a route may set less."""
MAX_MESSAGE = 64 * 1024
"""Largest message on a socket, in bytes; Twilio's media messages have about 250."""

MAX_DESCRIPTORS = 65_536
MAX_STRANGERS = 256
"""Who is honest is a stranger for some milliseconds. More would be a heap whose collection alone takes 100 ms."""
RESERVE = 32


@dataclass(frozen=True)
class Limits:
    """The limits of a server's connections.

    Attributes:
        connections: Most connections at once.
        strangers: Most of them that have proved nothing.
        per_address: Most of those from one address.
        per_key: Most connections of one API key or person.
        request_s: Seconds within which head and body of a request must have come.
        stalled_s: Seconds that a stranger may leave an answer unread.
        proved_stalled_s: The same for who has proved something; a caller's network may well fail for a while.
    """

    connections: int
    strangers: int
    per_address: int
    per_key: int
    request_s: float = 10.0
    stalled_s: float = 10.0
    proved_stalled_s: float = 60.0

    @classmethod
    def of_descriptors(cls, most: int, in_use: int) -> "Limits":
        """What a process can afford.

        A third of the free descriptors goes to strangers and a third to connections that proved something; what is
        left is for what calls open themselves: utterances, vendors, recordings, the database.

        Args:
            most: Descriptors that the process may have, ``RLIMIT_NOFILE``.
            in_use: Descriptors that it has before the first connection.
        """
        third = max(4, (most - in_use - RESERVE) // 3)
        strangers = min(MAX_STRANGERS, third)
        return cls(
            connections=2 * third,
            strangers=strangers,
            per_address=max(2, strangers * 3 // 4),
            per_key=max(2, third // 4),
        )

    @classmethod
    def of_this_process(cls) -> "Limits":
        """What this process can afford now."""
        return cls.of_descriptors(resource.getrlimit(resource.RLIMIT_NOFILE)[0], _in_use())


def raise_descriptors() -> int:
    """Raises the soft limit of descriptors to the hard one, or 65,536 if that is less; returns what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MAX_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(soft, wanted)


def _in_use() -> int:
    listing = Path("/dev/fd")
    return sum(1 for _ in listing.iterdir()) if listing.exists() else 64
