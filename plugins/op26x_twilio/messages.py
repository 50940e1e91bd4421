"""The messages of Twilio's media streams, typed (https://www.twilio.com/docs/voice/media-streams/websocket-messages)."""

from base64 import b64decode, b64encode

import msgspec


class Media(msgspec.Struct):
    """Audio: base64 of 8 kHz mu-law."""

    payload: str


class Mark(msgspec.Struct):
    """A mark's name."""

    name: str = ""


class Dtmf(msgspec.Struct):
    """A pressed key."""

    digit: str = ""


class Start(msgspec.Struct, rename="camel"):
    """What Twilio says of a stream at its start."""

    stream_sid: str
    call_sid: str
    custom_parameters: dict[str, str] = {}


class Incoming(msgspec.Struct, rename="camel"):
    """Any message that Twilio sends; fields that this plugin does not need are not decoded."""

    event: str
    stream_sid: str = ""
    media: Media | None = None
    mark: Mark | None = None
    dtmf: Dtmf | None = None
    start: Start | None = None


MAX_AUDIO_S = 2.0
"""Longest audio of one message, in seconds; Twilio sends 0.02."""
ULAW_PER_S = 8000
MAX_PAYLOAD = 4 * -(-int(MAX_AUDIO_S * ULAW_PER_S) // 3)

_decode = msgspec.json.Decoder(Incoming).decode


class Malformed(ValueError):
    """A message that Twilio would not send."""


def decode(text: str) -> Incoming:
    """A message.

    Raises:
        Malformed: It is none: no JSON, nested too deeply, of other types.
    """
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Malformed(type(error).__name__) from None


def audio_of(media: Media) -> bytes:
    """The audio of a message, mu-law.

    Raises:
        Malformed: It is no base64, or more than two seconds.
    """
    if len(media.payload) > MAX_PAYLOAD:
        raise Malformed("too much audio")
    try:
        return b64decode(media.payload, validate=True)
    except ValueError as error:
        raise Malformed(type(error).__name__) from None


class Outgoing:
    """Makes the messages of one stream; what is the same in each is made once.

    Args:
        stream_sid: The stream.
    """

    def __init__(self, stream_sid: str) -> None:
        sid = msgspec.json.encode(stream_sid).decode()
        self._media = f'{{"event":"media","streamSid":{sid},"media":{{"payload":"'
        self._mark = f'{{"event":"mark","streamSid":{sid},"mark":{{"name":'
        self.clear = f'{{"event":"clear","streamSid":{sid}}}'

    def media(self, ulaw: bytes) -> str:
        """Audio to play."""
        return f'{self._media}{b64encode(ulaw).decode()}"}}}}'

    def mark(self, name: str) -> str:
        """A mark behind it."""
        return f"{self._mark}{msgspec.json.encode(name).decode()}}}}}"
