"""Live events beside something else that is done meanwhile, on a thread."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from op26x.calls.live import LiveEvent
from op26x.client.client import Client
from op26x.errors import ServiceUnreachable

LISTEN_S = 5.0


@contextmanager
def following(
    client: Client, show: Callable[[LiveEvent], None], why: str, ended: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hands every live event over for as long as the block lasts; nothing that happens in it is missed.

    Args:
        client: Of the service.
        show: Is handed each event, on a thread of its own.
        why: For the audit log.
        ended: Called if the service stops answering.
    """
    ready = threading.Event()

    def follow() -> None:
        try:
            for event in client.live(ready.set, why):
                show(event)
        except ServiceUnreachable:
            ended()

    threading.Thread(target=follow, daemon=True).start()
    ready.wait(LISTEN_S)
    yield
