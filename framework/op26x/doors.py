"""What a door tells the server that runs it: who is on this connection has proved who they are.

A server is lenient with a connection that has proved something and strict with all others: those share a small part
of the connections, work in small turns, and give way when there are too many. A plugin's route that has verified a
signature, a token or a key says so with ``proved``.
"""

from collections.abc import Mapping
from typing import Any, Protocol

CONNECTION = "op26x.connection"
"""The key in the state of an ASGI scope under which the server leaves the connection."""


class Connection(Protocol):
    """A connection, as the server leaves it for the doors."""

    def prove(self, who: str) -> None:
        """Who is on it has proved who they are; it holds until the connection ends.

        Args:
            who: As of ``proved``.
        """
        ...


def proved(scope: Mapping[str, Any], who: str = "") -> None:
    """Tells the server; one that does not ask is told nothing.

    Args:
        scope: ASGI's, of the request or socket.
        who: Who it is, if one party may have only so many connections: ``api-key:ID``, ``user:ID``.
    """
    connection: Connection | None = scope.get("state", {}).get(CONNECTION)
    if connection is not None:
        connection.prove(who)
