"""One-time tokens that open the media streams of calls that may happen."""

from dataclasses import dataclass

from op26x.calls.info import Admission
from op26x.calls.model import Call
from op26x.clock import Clock
from op26x.errors import AdmissionRefused
from op26x.ids import Ids

TOKEN_LIFE_S = 30.0
"""Twilio opens the stream as soon as it has read the answer to its webhook."""


@dataclass
class _Issued:
    admission: Admission
    provider_call_id: str
    expires: float


class StreamTokens:
    """The tokens that are out, of all organizations. In memory: a stream comes to the process that issued its token.

    Args:
        ids: Makes them.
        clock: Tells when one has expired.
    """

    def __init__(self, ids: Ids, clock: Clock) -> None:
        self._ids = ids
        self._clock = clock
        self._issued: dict[str, _Issued] = {}

    @property
    def outstanding(self) -> int:
        """Calls that were admitted, and whose media stream has not come yet."""
        now = self._clock.monotonic()
        return sum(issued.expires > now for issued in self._issued.values())

    def issue(self, call: Call) -> Admission:
        """Makes a token for a call."""
        admission = Admission(call.id, call.agent, self._ids.token(), call.organization_id)
        expires = self._clock.monotonic() + TOKEN_LIFE_S
        self._issued = {t: i for t, i in self._issued.items() if i.expires > self._clock.monotonic()}
        self._issued[admission.token] = _Issued(admission, call.provider_call_id or "", expires)
        return admission

    def redeem(self, token: str, provider_call_id: str) -> Admission:
        """Takes a token in, once.

        Raises:
            AdmissionRefused: It is unknown, used or expired, or it was made for another call.
        """
        issued = self._issued.pop(token, None)
        if issued is None or issued.expires <= self._clock.monotonic():
            raise AdmissionRefused("The token of the media stream is unknown, used or expired.")
        if issued.provider_call_id != provider_call_id:
            raise AdmissionRefused("The token of the media stream belongs to another call.")
        return issued.admission
