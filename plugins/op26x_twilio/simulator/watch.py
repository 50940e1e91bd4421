"""Watches a rehearsal from the service's side: what was said, and what became of the call."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from op26x.calls.live import LiveEvent
from op26x.client import Client
from op26x.client.following import following
from op26x.client.types import CallSummary, Running

SETTLE_S, POLL_S = 5.0, 0.05
OPEN = ("queued", "ringing", "in-progress")


class Said(msgspec.Struct, frozen=True):
    """A turn, as the service heard it."""

    speaker: str
    text: str


class Watch:
    """One call among all that a service has.

    Args:
        client: Of the service; ``None`` if its key is not known here, so that nothing can be seen.
        sid: The CallSid.
        show: Is handed each turn as it ends.

    Attributes:
        sid: The call.
        said: All turns.
    """

    def __init__(self, client: Client | None, sid: str, show: Callable[[Said], None]) -> None:
        self._client = client
        self.sid = sid
        self._show = show
        self._call_id = ""
        self.said: list[Said] = []

    def asks(self) -> bool:
        """Whether some agent of the service asks if a call may be recorded."""
        return self._client is None or any(agent.recording == "assent" for agent in self._client.agents())

    def hear(self, event: LiveEvent) -> None:
        """Takes a live event of any call."""
        if event.kind != "turn":
            return
        self._call_id = self._call_id or self._find_id()
        if event.call_id == self._call_id:
            turn = Said(event.speaker, event.text)
            self.said.append(turn)
            self._show(turn)

    def result(self) -> CallSummary | None:
        """The call once it is over, or as it stands after five seconds."""
        until = time.monotonic() + SETTLE_S
        while True:
            call = self._found()
            if call is None or call.state not in OPEN or time.monotonic() > until:
                return call
            time.sleep(POLL_S)

    def _find_id(self) -> str:
        found = self._found()
        return found.id if found else ""

    def _found(self) -> CallSummary | None:
        calls = self._client.calls(limit=1, provider_call_id=self.sid) if self._client else []
        return calls[0] if calls else None


@contextmanager
def watching(
    running: Running | None, sid: str, show: Callable[[Said], None], *, words: bool = True, organization: str = ""
) -> Iterator[Watch]:
    """A watch on a call of the running service, for as long as the block lasts.

    Args:
        running: The service; ``None`` if its key is not known here.
        sid: The CallSid.
        show: Is handed each turn as it ends.
        words: Whether it listens to what is said at all.
        organization: Whose calls are watched; default is the only one there is.
    """
    if running is None:
        yield Watch(None, sid, show)
        return
    with Client(running.url, running.key, organization=organization) as client:
        watch = Watch(client, sid, show)
        client.agents()  # a service that refuses, say because no organization is named, does so before the call
        if not words:
            yield watch
            return
        with following(client, watch.hear, "rehearsal"):
            yield watch
