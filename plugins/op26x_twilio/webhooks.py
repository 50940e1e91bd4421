"""Twilio's webhooks: a call has come, a call has changed. Unsigned ones change nothing.

https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from litestar import Request, Response, post
from litestar.exceptions import ClientException, PermissionDeniedException, ServiceUnavailableException
from litestar.handlers import HTTPRouteHandler
from prometheus_client import Counter
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Connect, VoiceResponse

from op26x import PhoneNumber, logs
from op26x.calls import Admission, Arrival, CallState, Direction, Switchboard
from op26x.clock import SystemClock
from op26x.doors import proved
from op26x.errors import AdmissionRefused, AskAnother, NotInService
from op26x.exposure import is_loopback
from op26x_twilio.settings import MEDIA_PATH, STATUS_PATH, VOICE_PATH, TwilioSettings

log = logs.get("twilio")

PROVIDER = "twilio"
TOKEN = "token"  # noqa: S105 - the name of a parameter
MAX_BODY = 16 * 1024
"""Bytes; Twilio's forms have one or two thousand."""
MAX_FIELDS = 200
"""Twilio's forms have some thirty, and one for each SIP header and custom parameter."""
SIGNATURE_LENGTH = 28
"""Of the base64 of an HMAC-SHA1."""
WRONG = {
    "why": "no signature, or not that of the webhook's address and content",
    "remedy": "If Twilio sent it, OP26X_TWILIO_AUTH_TOKEN or OP26X_PUBLIC_URL is not what Twilio has.",
}
NO_TOKEN = {"why": "OP26X_TWILIO_AUTH_TOKEN is not set", "remedy": "Set it: the auth token is on Twilio's console."}
FROM_OUTSIDE = {
    "why": "it called an address that is not this machine's, and nothing is said to lead here from outside",
    "remedy": "Set OP26X_PUBLIC_URL to the address that Twilio calls, and accept its terms.",
}
SIGNED = "signed by Twilio"
REFUSED = Counter("op26x_twilio_webhooks_refused", "Webhooks that were not signed by Twilio.")
STATES = {"initiated": CallState.QUEUED, "answered": CallState.IN_PROGRESS}


def webhook_routes(
    switchboard: Switchboard, settings: TwilioSettings, public_url: str, *, rehearsal: bool = False
) -> list[HTTPRouteHandler]:
    """The two webhooks.

    Args:
        switchboard: Where calls are announced.
        settings: The plugin's.
        public_url: The address Twilio signed for; empty takes the request's own.
        rehearsal: Whether nobody but this machine itself can mean it: who calls another address is refused.
    """
    door = _Door(settings, public_url, rehearsal=rehearsal)

    @post(
        VOICE_PATH,
        status_code=200,
        request_max_body_size=MAX_BODY,
        summary="Twilio: a call has come",
        security=[],
        public=SIGNED,
    )
    async def voice(request: Request[Any, Any, Any]) -> Response[str]:
        """Answers with TwiML: connect to the media socket, or reject."""
        form = await door.verified(request)
        try:
            admission = await _admit(switchboard, form)
        except AskAnother as error:
            raise ServiceUnavailableException(error.message) from None
        except AdmissionRefused as error:
            log.info("call rejected", why=error.message)
            refusal = VoiceResponse()
            refusal.reject(reason="rejected" if isinstance(error, NotInService) else "busy")
            return _twiml(refusal)
        return _twiml(_connect(door.media_url(request), admission))

    @post(
        STATUS_PATH,
        status_code=204,
        request_max_body_size=MAX_BODY,
        summary="Twilio: a call has changed",
        security=[],
        public=SIGNED,
    )
    async def status(request: Request[Any, Any, Any]) -> None:
        """Notes the state; an unknown one is ignored."""
        form = await door.verified(request)
        word = form.get("CallStatus", "")
        try:
            state = STATES.get(word) or CallState(word)
        except ValueError:
            log.warning("unknown call status")
            return
        await switchboard.report(PROVIDER, form.get("CallSid", ""), state)

    return [voice, status]


class _Door:
    """Verifies signatures against the public address.

    Args:
        settings: The plugin's; without an auth token nothing is let in.
        public_url: As Twilio sees it.
        rehearsal: Whether only this machine's own address is called.
    """

    def __init__(self, settings: TwilioSettings, public_url: str, *, rehearsal: bool) -> None:
        self._token = settings.auth_token
        self._rehearsal = rehearsal
        self._public_url = public_url.rstrip("/")
        self._validator = RequestValidator(settings.auth_token.reveal())
        self._told = logs.Tally(log, SystemClock())

    async def verified(self, request: Request[Any, Any, Any]) -> "_Form":
        """The form of a signed request. What has no signature is not read.

        What is verified is what was received: all values of a key, and the URL as it was called, byte for byte.

        Raises:
            PermissionDeniedException: The signature is missing or wrong, or no token is set.
            RequestEntityTooLarge: The form is longer than any of Twilio's.
            ClientException: It has more fields than any of Twilio's.
        """
        signature = request.headers.get("x-twilio-signature", "")
        if not self._token or len(signature) != SIGNATURE_LENGTH:
            raise self._refused()
        form = _Form.of(await request.body())
        if form is None or not self._is_signed(request, form, signature):
            raise self._refused()
        if self._rehearsal and not is_loopback(request.url.hostname or ""):
            raise self._refused(FROM_OUTSIDE)
        proved(request.scope)
        return form

    def _refused(self, why: Mapping[str, str] | None = None) -> PermissionDeniedException:
        REFUSED.inc()
        self._told.note("webhook refused", **(why or (WRONG if self._token else NO_TOKEN)))
        return PermissionDeniedException("The signature of the webhook is missing or wrong.")

    def _is_signed(self, request: Request[Any, Any, Any], form: "_Form", signature: str) -> bool:
        called = _called(request)
        try:
            return any(self._validator.validate(base + called, form, signature) for base in self._bases(request))
        except ValueError:  # a Host that is none
            return False

    def _bases(self, request: Request[Any, Any, Any]) -> Iterator[str]:
        """The public address, and the spellings in which the same host may have been called."""
        base = self._base(request)
        yield base
        own, host = urlsplit(base), request.headers.get("host", "")
        spellings = {own.netloc.lower()}
        if _same_host(host, own.netloc):
            spellings.add(host)
        for netloc in spellings - {own.netloc}:
            yield own._replace(netloc=netloc).geturl()

    def media_url(self, request: Request[Any, Any, Any]) -> str:
        """Where the media socket is: ``wss`` behind https."""
        return self._base(request).replace("http", "ws", 1) + MEDIA_PATH

    def _base(self, request: Request[Any, Any, Any]) -> str:
        return self._public_url or f"{request.url.scheme}://{request.url.netloc}"


class _Form:
    """A form as it was received, with all values of each key, as Twilio's validator wants it.

    Args:
        values: The values by key, in order.
    """

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    @classmethod
    def of(cls, body: bytes) -> "_Form | None":
        """Reads a body; ``None`` if it is not in UTF-8, the one charset of Twilio's.

        Raises:
            ClientException: It has more fields than any of Twilio's.
        """
        try:
            text = body.decode("utf-8")
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
        except UnicodeDecodeError:
            return None
        except ValueError:
            raise ClientException(f"The form has more than {MAX_FIELDS} fields.") from None
        values: dict[str, list[str]] = {}
        for key, value in pairs:
            values.setdefault(key, []).append(value)
        return cls(values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getall(self, key: str) -> list[str]:
        """All values of a key."""
        return self._values[key]

    def get(self, key: str, otherwise: str = "") -> str:
        """The first value of a key."""
        return self._values.get(key, [otherwise])[0]


def _called(request: Request[Any, Any, Any]) -> str:
    """Path and query as they were called; Litestar's own path is decoded, and has lost a slash at its end."""
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    return f"{path}?{query}" if query else path


def _same_host(one: str, other: str) -> bool:
    try:
        first, second = urlsplit(f"//{one}"), urlsplit(f"//{other}")
        return bool(first.hostname) and (first.hostname, first.port) == (second.hostname, second.port)
    except ValueError:
        return False


async def _admit(switchboard: Switchboard, form: _Form) -> Admission:
    sid = form.get("CallSid", "")
    if form.get("Direction", "inbound").startswith("outbound"):
        admission = await switchboard.admission_of(PROVIDER, sid)
        if admission is None:
            raise AdmissionRefused("This service did not place that call.")
        return admission
    called = PhoneNumber.from_carrier(form.get("To", ""))
    arrival = Arrival(
        provider=PROVIDER,
        provider_call_id=sid,
        direction=Direction.INBOUND,
        caller=PhoneNumber.from_carrier(form.get("From", ""), called),
        called=called,
    )
    return await switchboard.arrive(arrival)


def _connect(url: str, admission: Admission) -> VoiceResponse:
    connect = Connect()
    connect.stream(url=url).parameter(name=TOKEN, value=admission.token)
    response = VoiceResponse()
    response.append(connect)
    return response


def _twiml(response: VoiceResponse) -> Response[str]:
    return Response(str(response), media_type="text/xml")
