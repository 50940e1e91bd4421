"""Tokens that open the media streams of calls that may happen."""

import hmac

from op26x.calls.info import Admission
from op26x.calls.model import Call
from op26x.clock import Clock
from op26x.errors import AdmissionRefused
from op26x.types import Personal
from op26x.vault import BlindIndex

TOKEN_LIFE_S = 30.0
"""Twilio opens the stream as soon as it has read the answer to its webhook."""


class StreamTokens:
    """Tokens of all organizations' calls.

    A token is a keyed hash of its call, so it is stored nowhere, and a stream may come to another service than the
    webhook did. It opens a call once, because from then on the call is in progress, and only within
    ``TOKEN_LIFE_S``, because a call whose stream has not come by then is over.

    Args:
        index: Makes the hashes, under a key that all services of an installation have.
        clock: Tells for how long a stream is expected here.
    """

    def __init__(self, index: BlindIndex, clock: Clock) -> None:
        self._index = index
        self._clock = clock
        self._expected: dict[str, tuple[str, float]] = {}

    @property
    def outstanding(self) -> int:
        """Calls that were admitted here, and whose media stream has not come here yet."""
        return len(self.expected)

    @property
    def expected(self) -> dict[str, str]:
        """The same calls, with their organizations; the streams of some may have come to another service."""
        now = self._clock.monotonic()
        return {call_id: owner for call_id, (owner, until) in self._expected.items() if until > now}

    def drop(self, call_id: str) -> None:
        """Expects a call's stream no more."""
        self._expected.pop(call_id, None)

    def issue(self, call: Call) -> Admission:
        """The token of a call."""
        now = self._clock.monotonic()
        self._expected = {known: one for known, one in self._expected.items() if one[1] > now}
        self._expected[call.id] = call.organization_id, now + TOKEN_LIFE_S
        proof = self._proof(call.organization_id, call.id, call.provider_call_id or "")
        token = f"{call.organization_id}.{call.id}.{proof}"
        return Admission(call.id, call.agent, token, call.organization_id)

    def redeem(self, token: str, provider_call_id: str) -> tuple[str, str]:
        """Takes a token in; returns the organization and the call that it is for.

        Raises:
            AdmissionRefused: It is none of this installation's, or it was made for another call.
        """
        organization_id, _, rest = token.partition(".")
        call_id, _, proof = rest.partition(".")
        wanted = self._proof(organization_id, call_id, provider_call_id)
        if not hmac.compare_digest(proof.encode(), wanted.encode()):
            raise AdmissionRefused("The token of the media stream is unknown, or belongs to another call.")
        self.drop(call_id)
        return organization_id, call_id

    def _proof(self, organization_id: str, call_id: str, provider_call_id: str) -> str:
        return self._index.of(Personal(f"{organization_id}/{call_id}/{provider_call_id}"))
