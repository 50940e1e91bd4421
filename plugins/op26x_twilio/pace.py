"""How far a stream is ahead of real time: nobody speaks faster than that for long."""

import asyncio

from op26x_twilio.messages import ULAW_PER_S

OTHER_S = 0.02
"""What a message without audio counts for, in seconds."""
SPEED = 2.0
"""A stream may be that many times as fast as speech; Twilio's clock and ours differ, and marks come on top."""
YIELD_S = 0.1
"""From that much ahead on, other calls have their turn between any two messages: a burst after a gap in the network."""
WAIT_S = 5.0
"""From that much ahead on, nothing is read until time has caught up; the sender's network holds the rest."""
REST_S = 0.05


class Pace:
    """The pace of one stream.

    Args:
        loop: Whose time counts; it stands still while the loop works through what came at once.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._time = loop.time
        self._at = loop.time()
        self._ahead = 0.0

    def count(self, samples: int) -> bool:
        """Counts a message; true if it must be followed by ``wait``.

        Args:
            samples: Of its audio; 0 for a message of another kind.
        """
        now = self._time()
        ahead = self._ahead - (now - self._at) * SPEED
        self._at = now
        self._ahead = max(0.0, ahead) + (samples / ULAW_PER_S or OTHER_S)
        return self._ahead > YIELD_S

    async def wait(self) -> None:
        """Lets others have their turn, and waits for real time if the stream is far ahead of it."""
        await asyncio.sleep(0 if self._ahead <= WAIT_S else max(REST_S, (self._ahead - WAIT_S) / SPEED))
