"""Rings a service as Twilio would: the webhook, the media stream, the status at the end."""

import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import WebSocketException

from op26x.errors import ServiceUnreachable, UsageError, WorkError
from op26x_twilio.simulator.player import Caller
from op26x_twilio.simulator.script import Step
from op26x_twilio.testing import MediaStream, Webhooks

CALLED = "+12125550199"
AREAS = (212, 315, 332, 347, 516, 518, 585, 607, 631, 646, 680, 716, 718, 845, 914, 917, 929, 934)
"""Of the state of New York, where nothing but federal law is to be heeded of a call that comes in."""
REJECTED = "rejected"


@dataclass(frozen=True)
class Line:
    """Where to ring, and as whom.

    Attributes:
        url: The service.
        auth_token: Signs the webhooks.
        public_url: The address to sign for; empty takes ``url``.
        seed: Chooses the caller's number, out of those reserved for fiction.
        number: The caller's number instead, in any form in which a carrier writes one.
        called: The number that is rung.
    """

    url: str
    auth_token: str
    public_url: str = ""
    seed: int = 1
    number: str = ""
    called: str = CALLED

    @property
    def caller(self) -> str:
        """The calling number."""
        chosen = random.Random(self.seed)  # noqa: S311 - chooses, protects nothing
        return self.number or f"+1{chosen.choice(AREAS)}555{chosen.randrange(100, 200):04d}"


@dataclass(frozen=True)
class Rung:
    """A call that is over.

    Attributes:
        ended_by: ``caller``, ``service`` or ``rejected``.
        left: Steps of the script that the caller did not come to.
    """

    ended_by: str
    left: int


def new_sid() -> str:
    """A CallSid, which Twilio would choose."""
    return "CA" + secrets.token_hex(16)


async def ring(
    line: Line, steps: Sequence[Step], sounds: Mapping[Step, bytes], *, sid: str, patient: bool = True
) -> Rung:
    """One call from the first webhook to the last.

    Args:
        line: Where to ring, and as whom.
        steps: What the caller does.
        sounds: What is heard of it.
        sid: The CallSid.
        patient: Whether to keep the script's pauses.

    Raises:
        UsageError: The address is none.
        ServiceUnreachable: Nobody answers there.
        WorkError: The service refuses the webhook, or breaks the call off.
    """
    form = {
        "CallSid": sid,
        "AccountSid": "AC" + "0" * 32,
        "From": line.caller,
        "To": line.called,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    }
    webhooks = Webhooks(line.url, line.auth_token, line.public_url)
    try:
        order = await webhooks.voice(form)
    except httpx.HTTPStatusError as error:
        raise WorkError(
            f"The service refused the call with status {error.response.status_code}.",
            "Is OP26X_TWILIO_AUTH_TOKEN the same for the service and here?",
        ) from None
    except httpx.UnsupportedProtocol:
        raise UsageError(f"{line.url} is no address.", "Write it as http://127.0.0.1:8026.") from None
    except httpx.TransportError as error:
        raise ServiceUnreachable(
            f"Nobody answers at {line.url}: {type(error).__name__}.", "Start the service with: op26x up"
        ) from None
    if order is None:
        return Rung(REJECTED, len(steps))
    try:
        caller = Caller(
            steps, sounds, MediaStream(_where_it_rang(order.url, line.url), sid, order.parameters), patient=patient
        )
        end = await caller.call()
        await webhooks.status({**form, "CallStatus": "completed"})
    except (OSError, WebSocketException, httpx.HTTPError) as error:
        raise WorkError(f"The service broke the call off: {error}.", "Its log says why.") from None
    return Rung(end.value, caller.left)


def _where_it_rang(stream: str, service: str) -> str:
    """The media socket at the address that was rung: its public one may not be reachable from here."""
    rung = urlsplit(service)
    return urlsplit(stream)._replace(scheme="wss" if rung.scheme == "https" else "ws", netloc=rung.netloc).geturl()
