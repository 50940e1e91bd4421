"""Live events off the lines of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from op26x.calls.live import LiveEvent
from op26x.client.types import Ended
from op26x.errors import UsageError


def events(lines: Iterable[str], listening: Callable[[], None]) -> Iterator[LiveEvent]:
    """The events in the order in which they come.

    Args:
        lines: The stream's.
        listening: Called once the service says that it listens.

    Raises:
        UsageError: The service says why it ends them.
    """
    ended = False
    for line in lines:
        if line.startswith(": "):
            listening()
        if line.startswith("event:"):
            ended = line.removeprefix("event:").strip() == "ended"
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data and ended:
            why = msgspec.json.decode(data, type=Ended)
            raise UsageError(why.detail, why.remedy)
        if data:
            yield msgspec.json.decode(data, type=LiveEvent)
