"""Attempts to sign in: who guesses is made to wait, and nobody is locked out by somebody else's guesses."""

from op26x.clock import Clock

FREE = 5
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 900.0
FORGET_S = 3600.0
MOST = 20_000


class Attempts:
    """How long somebody must wait before the next attempt.

    Failures are counted for each pair of account and network, and for each network. A browser that has signed in to an
    account before (it shows the account's device cookie, as OWASP's "device cookies" have it) is counted by itself: the
    guesses of others do not slow its owner down.

    For an account, all networks without that cookie share one more count: whoever has many networks waits as well.

    Args:
        clock: Tells when a wait is over.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed: dict[tuple[str, ...], tuple[float, float]] = {}

    def wait(self, account: str, network: str, device: str = "") -> float:
        """Seconds that are left to wait; 0 if the next attempt may come.

        Args:
            account: Blind index of the address that is tried.
            network: Where it is tried from.
            device: The browser's own, if it has signed in to this account before.
        """
        now = self._clock.monotonic()
        return max(self._left(key, free, now) for key, free in _counts(account, network, device))

    def begun(self, account: str, network: str, device: str = "") -> None:
        """Notes an attempt, before it is known how it ends: of many at once, no more than are free get through."""
        now = self._clock.monotonic()
        for key, free in _counts(account, network, device):
            count = self._count(key, free, now)
            self._failed.pop(key, None)
            self._failed[key] = (count + 1, now)
        while len(self._failed) > MOST:
            del self._failed[next(iter(self._failed))]

    def succeeded(self, account: str, network: str, device: str = "") -> None:
        """Forgets this attempt, and those before on the account; a network may be trying many accounts."""
        for key, _ in _counts(account, network, device):
            count, at = self._failed.pop(key, (0.0, 0.0))
            if len(key) == 1 and count > 1:
                self._failed[key] = (count - 1, at)

    def _left(self, key: tuple[str, ...], free: int, now: float) -> float:
        count, (_, at) = self._count(key, free, now), self._failed.get(key, (0.0, now))
        if count < free:
            return 0.0
        wait: float = FIRST_WAIT_S * 2.0 ** min(count - free, 20.0)
        return max(0.0, at + min(LONGEST_WAIT_S, wait) - now)

    def _count(self, key: tuple[str, ...], free: int, now: float) -> float:
        """What is left of a count: an hour takes a tenth of what is free, and an hour of quiet everything."""
        count, at = self._failed.get(key, (0.0, now))
        quiet = now - at
        return 0.0 if quiet > FORGET_S else max(0.0, count - quiet * free / (10 * FORGET_S))


def _counts(account: str, network: str, device: str) -> tuple[tuple[tuple[str, ...], int], ...]:
    """What is counted, with how many failures are free."""
    if device:
        return (((account, "device", device), FREE),)
    return ((account, "network", network), FREE), ((account, "anybody"), 10 * FREE), ((network,), 20 * FREE)
