"""The seams between a telephony plugin, the media stream and the voice room."""

from typing import Protocol

from op26x.calls.info import Admission, Arrival
from op26x.calls.states import CallState
from op26x.types import PhoneNumber


class Wire(Protocol):
    """The way to the caller's ear: what a telephony plugin gives the voice room. Audio is 8 kHz mu-law (G.711)."""

    async def send_audio(self, ulaw: bytes) -> None:
        """Sends audio, one byte per sample, to be played after what was sent before."""
        ...

    async def send_mark(self, name: str) -> None:
        """Asks to be told, by ``MediaSession.mark``, when everything sent before has been played."""
        ...

    async def clear(self) -> None:
        """Throws away what was sent and not yet played."""
        ...

    async def close(self) -> None:
        """Ends the media stream and with it the call."""
        ...


class MediaSession(Protocol):
    """A call in progress: what the voice room gives a telephony plugin."""

    async def hear(self, ulaw: bytes) -> None:
        """Takes the caller's audio, in the order it was spoken; any length."""
        ...

    async def mark(self, name: str) -> None:
        """Everything before that mark has been played, or cleared."""
        ...

    async def digit(self, digit: str) -> None:
        """The caller pressed a key: ``0`` to ``9``, ``*``, ``#``."""
        ...

    async def hung_up(self) -> None:
        """The stream is over; returns when the call is wound up."""
        ...


class Switchboard(Protocol):
    """Where telephony plugins announce calls."""

    @property
    def takes_streams(self) -> bool:
        """Whether a media stream should come here; if not, refuse its connection, and a proxy brings it to another."""
        ...

    async def arrive(self, arrival: Arrival) -> Admission:
        """Asks for a call to be taken.

        Raises:
            AskAnother: Answer the webhook with 503, and a proxy asks another service.
            AdmissionRefused: It may not happen.
        """
        ...

    async def admission_of(self, provider: str, provider_call_id: str) -> Admission | None:
        """The admission of a call that this service placed itself, with a fresh token; ``None`` if unknown."""
        ...

    async def connect(self, token: str, provider_call_id: str, wire: Wire) -> MediaSession:
        """Hands a media stream over.

        Raises:
            AdmissionRefused: The token is unknown, used, or belongs to another call.
        """
        ...

    async def report(self, provider: str, provider_call_id: str, state: CallState) -> None:
        """Tells what the provider says of a call; what contradicts what is known is logged and ignored."""
        ...


class Telephony(Protocol):
    """Places, ends and transfers calls with a telephony company."""

    def check_settings(self) -> None:
        """Sees that calls can be placed as things are set, before one is ordered.

        Raises:
            SettingsError: Something that it takes is not set.
        """
        ...

    async def place_call(self, *, to: PhoneNumber, caller: PhoneNumber) -> str:
        """Starts a call and returns the provider's identifier.

        Raises:
            ProviderError: The provider refused or did not answer.
        """
        ...

    async def hang_up(self, provider_call_id: str) -> None:
        """Ends a call.

        Raises:
            ProviderError: The provider refused or did not answer.
        """
        ...

    async def transfer(self, provider_call_id: str, to: PhoneNumber) -> None:
        """Puts the person on the phone through to a number; the media stream ends.

        Raises:
            ProviderError: The provider refused or did not answer.
        """
        ...

    @property
    def own_number(self) -> PhoneNumber:
        """The number that outbound calls come from; empty if none is set."""
        ...

    @property
    def can_hang_up(self) -> bool:
        """Whether there are credentials to end a call with; closing the stream ends it otherwise."""
        ...
