"""Two tracks on one time line, in memory: the caller's and the agent's, until they are sealed.

Positions are samples from the start of the media stream, 8,000 a second; audio is 8 kHz mu-law, a byte per sample.
"""

import numpy as np

from op26x import g711
from op26x.recording.tones import tone


class Tracks:
    """Holds what was heard on both sides and not yet handed out.

    Args:
        zero: Where the recording begins.
    """

    def __init__(self, zero: int) -> None:
        self.taken = zero
        self._caller = bytearray()
        self._agent = bytearray()

    def caller(self, ulaw: bytes, position: int) -> None:
        """Puts the caller's audio where it was heard."""
        self._put(self._caller, ulaw, position)

    def agent(self, ulaw: bytes, position: int) -> None:
        """Puts the agent's audio where it is played."""
        self._put(self._agent, ulaw, position)

    def cut_agent(self, position: int) -> None:
        """What the agent was to say from there on was never played."""
        del self._agent[max(0, position - self.taken) :]

    def cover(self, start: int, end: int) -> None:
        """Puts a tone over both sides of a stretch; what of it was handed out already stays as it was."""
        start = max(start, self.taken)
        if start < end:
            covered = tone(end - start)
            self._put(self._caller, covered, start)
            self._put(self._agent, covered, start)

    def take(self, until: int) -> bytes:
        """Hands out everything before a position: two bytes per sample, caller left, agent right."""
        count = until - self.taken
        if count <= 0:
            return b""
        stereo = np.empty((count, 2), np.uint8)
        for side, track in enumerate((self._caller, self._agent)):
            stereo[:, side] = np.frombuffer(track[:count] + g711.silence(count - len(track)), np.uint8)
            del track[:count]
        self.taken = until
        return stereo.tobytes()

    def _put(self, track: bytearray, ulaw: bytes, position: int) -> None:
        """Late audio, for a place that was handed out already, is dropped; gaps are silence."""
        offset = position - self.taken
        if offset < 0:
            ulaw, offset = ulaw[-offset:], 0
        track += g711.silence(offset - len(track))
        track[offset : offset + len(ulaw)] = ulaw
