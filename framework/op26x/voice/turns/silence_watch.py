"""The watch on the caller's silence: asked once whether they are there, and after as long again the call ends."""

from collections.abc import Awaitable, Callable

from op26x.voice.timers import Timer


class SilenceWatch:
    """Tells when the caller has said nothing for a while.

    Args:
        silence_s: For how long.
        ask: What to do the first time.
        give_up: What to do the second time in a row.
        spawn: Starts a task that ends with the call.
    """

    def __init__(
        self,
        silence_s: float,
        ask: Callable[[], Awaitable[None]],
        give_up: Callable[[], Awaitable[None]],
        spawn: Callable[[Awaitable[None]], object],
    ) -> None:
        self._silence_s = silence_s
        self._ask = ask
        self._give_up = give_up
        self._timer = Timer(self._silent, spawn)
        self._asked = False

    def begin(self) -> None:
        """Nobody speaks from now on."""
        self._timer.start(self._silence_s)

    def pause(self) -> None:
        """The agent speaks."""
        self._timer.stop()

    def broken(self) -> None:
        """The caller spoke, or pressed a key: they are there."""
        self._timer.stop()
        self._asked = False

    async def _silent(self) -> None:
        if self._asked:
            await self._give_up()
            return
        self._asked = True
        await self._ask()
