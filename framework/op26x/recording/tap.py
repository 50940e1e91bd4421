"""The wire tap: the very bytes received and sent, at the time at which they were heard.

The time is the wire's own: one caller's sample is an eighth of a millisecond, so nothing drifts however long a call
is. What the agent says is sent ahead of time; it is played when it arrives or when what was sent before it is over.
"""

from collections.abc import Callable, Sequence

from op26x.clock import Clock
from op26x.g711 import SAMPLE_RATE
from op26x.recording.tracks import Tracks

LATE_S = 0.5
LATE_FOR_S = 1.0
"""When frames come late for so long, those before them are lost, not delayed: a burst takes no time."""


class Unheard:
    """A stretch of the caller's speech whose words are not known yet; nothing from there on is sealed before they are.

    Args:
        tap: Whose wire it is on.
        since: The position where it begins.
    """

    def __init__(self, tap: "WireTap", since: int) -> None:
        self._tap = tap
        self.since = since

    def known(self, masked: Sequence[tuple[int, int]] = ()) -> None:
        """Its words are known: what may not be kept of them is covered by a tone, on both sides.

        Args:
            masked: Positions of the first sample and of the one behind the last.
        """
        if self._tap.is_waiting_for(self):
            for start, end in masked:
                self._tap.cover(start, end)
            self._tap.let_go(self)


class WireTap:
    """Follows both directions of one call. Before a recorder listens, only our own announcement is remembered.

    Args:
        clock: Notices a wire that lost audio.

    Attributes:
        masking: While it is set, a tone takes the place of what is said on both sides.
    """

    def __init__(self, clock: Clock) -> None:
        self.position = 0
        self._clock = clock
        self._began: float | None = None
        self._late_since: float | None = None
        self._agent_end = 0
        self._remembered: list[tuple[int, bytes]] | None = None
        self._listener: Callable[[], None] | None = None
        self._tracks: Tracks | None = None
        self._deaf = False
        self._unheard: list[Unheard] = []
        self.masking = False

    @property
    def known_until(self) -> int:
        """The position up to which every word is known that the caller said."""
        return min((one.since for one in self._unheard), default=self.position)

    def unheard(self, since: int) -> Unheard:
        """The caller speaks from a position on, and nobody knows yet what."""
        self._unheard.append(made := Unheard(self, since))
        return made

    def is_waiting_for(self, unheard: Unheard) -> bool:
        """Whether its words are still to come."""
        return unheard in self._unheard

    def let_go(self, unheard: Unheard) -> None:
        """Waits for it no longer."""
        self._unheard.remove(unheard)

    def give_up(self) -> None:
        """Waits for no words any longer: what was said meanwhile is covered whole."""
        for unheard in self._unheard:
            self.cover(unheard.since, self.position)
        self._unheard.clear()

    def cover(self, start: int, end: int) -> None:
        """Puts a tone over both sides of a stretch that is not sealed yet."""
        if self._tracks is not None:
            self._tracks.cover(start, end)

    @property
    def ms(self) -> int:
        """Milliseconds of the caller's audio since the start of the media stream."""
        return self.position * 1000 // SAMPLE_RATE

    @property
    def agent_position(self) -> int:
        """Where what goes out now will be played: at once, or behind what went out before."""
        return max(self._agent_end, self.position)

    def remember_agent(self) -> None:
        """Keeps in memory what the agent says from now on: an announcement, which the recording shall begin with."""
        self._remembered = []

    def forget(self) -> None:
        """Keeps nothing of it."""
        self._remembered = None

    def attach(self, advanced: Callable[[], None]) -> Tracks:
        """Lets a recorder listen from now on; its tracks begin with what was remembered.

        Args:
            advanced: Told after each piece of the caller's audio.
        """
        remembered, self._remembered = self._remembered or [], None
        self._tracks = Tracks(remembered[0][0] if remembered else self.position)
        for position, ulaw in remembered:
            self._tracks.agent(ulaw, position)
        self._listener = advanced
        self._deaf = False
        return self._tracks

    def detach(self) -> None:
        """Lets nobody listen any more."""
        self._tracks = self._listener = None

    def deafen(self, *, deaf: bool) -> None:
        """Keeps both sides off the tracks for a while."""
        self._deaf = deaf

    def caller(self, ulaw: bytes) -> None:
        """The caller's audio came in."""
        self._catch_up()
        if self._tracks is not None and not self._deaf:
            self._tracks.caller(ulaw, self.position)
            if self.masking:
                self.cover(self.position, self.position + len(ulaw))
        self.position += len(ulaw)
        if self._listener is not None:
            self._listener()

    def agent(self, ulaw: bytes) -> None:
        """The agent's audio went out."""
        position = self.agent_position
        self._agent_end = position + len(ulaw)
        if self._remembered is not None:
            self._remembered.append((position, ulaw))
        if self._tracks is not None and not self._deaf:
            self._tracks.agent(ulaw, position)

    def cleared(self) -> None:
        """What went out and was not yet played was thrown away."""
        self._agent_end = min(self._agent_end, self.position)
        if self._tracks is not None and not self._deaf:  # what stands in a gap is the mark of it, and was not sent
            self._tracks.cut_agent(self.position)

    def _catch_up(self) -> None:
        """Audio that was lost on the way leaves a hole; audio that was delayed arrives in a burst and leaves none."""
        now = self._clock.monotonic()
        if self._began is None:
            self._began = now
        behind = int((now - self._began) * SAMPLE_RATE) - self.position
        if behind <= LATE_S * SAMPLE_RATE:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = now
        elif now - self._late_since >= LATE_FOR_S:
            self.position += behind
            self._late_since = None
