"""Listening links: leave to hear and read one recording for a while, for one holder of a key.

They are in memory alone and end with the process. A link is no copy: whoever uses it is asked anew whether the
recording may be read.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from op26x.audit import Access
from op26x.clock import Clock
from op26x.errors import KeyGone, NotFound
from op26x.ids import Ids
from op26x.recording import Recording

LIFE = timedelta(minutes=15)
"""How long a link lives beyond the length of its recording."""
MOST, MOST_OF_ONE = 10_000, 200


@dataclass
class Link:
    """Leave to read one recording.

    Attributes:
        recording_id: Which.
        access: Who may, and the reason that was given.
        expires_at: Until when, UTC.
        words_noted: Whether reading its words is an entry in the audit log already.
    """

    recording_id: str
    access: Access
    expires_at: datetime
    words_noted: bool = False


class Links:
    """The links of one process.

    Args:
        ids: Makes the tokens.
        clock: Tells when one is over.
    """

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock
        # By digest: a look-up that takes its time by how much of a token is right tells nothing of the token.
        self._links: dict[bytes, Link] = {}

    def make(self, recording: Recording, access: Access) -> tuple[str, Link]:
        """A link for a reading that is on record. The token is returned here and nowhere else."""
        now = self._clock.now()
        self._links = {key: link for key, link in self._links.items() if link.expires_at > now}
        own = [key for key, link in self._links.items() if link.access.who == access.who]
        if len(own) >= MOST_OF_ONE:
            del self._links[own[0]]
        elif len(self._links) >= MOST:
            del self._links[next(iter(self._links))]
        token = self._ids.token()
        link = Link(recording.id, access, now + LIFE + timedelta(milliseconds=recording.duration_ms))
        self._links[_digest(token)] = link
        return token, link

    def get(self, token: str, who: str) -> Link:
        """A link, for the holder that it was made for.

        Raises:
            NotFound: There is none, or it is another holder's.
            KeyGone: Its time is over.
        """
        link = self._links.get(_digest(token))
        if link is None or link.access.who != who:
            raise NotFound("There is no such listening link.", "Ask for one: POST /api/recordings/ID/links.")
        if link.expires_at <= self._clock.now():
            raise KeyGone("The time of this listening link is over.", "Ask for another one, with a reason.")
        return link

    def end(self, token: str, who: str) -> None:
        """Ends a link; errors as of ``get``."""
        self.get(token, who)
        del self._links[_digest(token)]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
