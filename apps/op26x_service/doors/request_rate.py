"""How many requests one API key or person may make: no program of one organization slows down the others' calls."""

from op26x.clock import Clock

WINDOW_S = 60.0
MOST = 10_000


class RequestRate:
    """A bucket for each party: it holds a minute's requests, and fills evenly (the generic cell rate algorithm).

    Args:
        clock: Tells the time.
        per_minute: Requests that one party may make a minute.
    """

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._each_s = WINDOW_S / per_minute
        self._full_at: dict[str, float] = {}

    def wait(self, who: str) -> float:
        """Counts a request.

        Args:
            who: ``api-key:ID`` or ``user:ID``.

        Returns:
            Seconds until there may be one; 0 if this one may be.
        """
        now = self._clock.monotonic()
        full_at = max(self._full_at.pop(who, now), now)
        wait = full_at + self._each_s - WINDOW_S - now
        self._full_at[who] = full_at if wait > 0 else full_at + self._each_s
        if len(self._full_at) > MOST:
            del self._full_at[next(iter(self._full_at))]  # who has been quiet for longest
        return max(0.0, wait)
