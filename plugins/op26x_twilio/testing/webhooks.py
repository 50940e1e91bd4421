"""Twilio's side of webhooks: posts forms, signs them, reads TwiML."""

from dataclasses import dataclass
from xml.etree import ElementTree

import httpx
from twilio.request_validator import RequestValidator

from op26x_twilio.settings import STATUS_PATH, VOICE_PATH


@dataclass(frozen=True)
class StreamOrder:
    """What TwiML asked for: ``<Connect><Stream>``.

    Attributes:
        url: The media socket.
        parameters: Its ``<Parameter>`` elements.
    """

    url: str
    parameters: dict[str, str]


class Webhooks:
    """Posts webhooks to a service.

    Args:
        url: The service.
        auth_token: Signs them.
        signed_for: The public address to sign for, if it is another one.
    """

    def __init__(self, url: str, auth_token: str, signed_for: str = "") -> None:
        self._url = url.rstrip("/")
        self._signed_for = (signed_for or url).rstrip("/")
        self._validator = RequestValidator(auth_token)

    async def voice(self, form: dict[str, str], path: str = VOICE_PATH) -> StreamOrder | None:
        """Announces a call; ``None`` if the service rejects it.

        Raises:
            httpx.HTTPStatusError: The service answered with an error.
        """
        response = await self.post(path, form)
        response.raise_for_status()
        return parse_twiml(response.text)

    async def status(self, form: dict[str, str]) -> None:
        """Reports a call's status."""
        (await self.post(STATUS_PATH, form)).raise_for_status()

    async def post(self, path: str, form: dict[str, str], signature: str | None = None) -> httpx.Response:
        """Posts a form with its signature, or with the one given."""
        if signature is None:
            signature = self._validator.compute_signature(self._signed_for + path, form)
        headers = {"X-Twilio-Signature": signature}
        async with httpx.AsyncClient(timeout=10) as client:
            return await client.post(self._url + path, data=form, headers=headers)


def parse_twiml(text: str) -> StreamOrder | None:
    """Reads TwiML as far as op26x uses it.

    Raises:
        ValueError: It is neither a stream nor a rejection.
    """
    root = ElementTree.fromstring(text)  # noqa: S314 - from the service under test
    stream = root.find("Connect/Stream")
    if stream is not None:
        parameters = {p.get("name", ""): p.get("value", "") for p in stream.findall("Parameter")}
        return StreamOrder(stream.get("url", ""), parameters)
    if root.find("Reject") is not None:
        return None
    raise ValueError("The TwiML has neither a stream nor a rejection.")
