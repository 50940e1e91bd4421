"""Placing and ending calls with the official SDK."""

import asyncio
from typing import TYPE_CHECKING, Any

from twilio.base.exceptions import TwilioException, TwilioRestException

from op26x import PhoneNumber
from op26x.errors import ProviderError, SettingsError
from op26x.exposure import check_encrypted
from op26x_twilio.settings import STATUS_PATH, VOICE_PATH, TwilioSettings

if TYPE_CHECKING:
    from twilio.rest import Client

STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]


class TwilioTelephony:
    """An ``op26x.calls.Telephony`` on Twilio's REST API (https://www.twilio.com/docs/voice/api/call-resource).

    Args:
        settings: The plugin's.
        public_url: Where Twilio reaches this service.

    Raises:
        SettingsError: The API's address is not encrypted.
    """

    def __init__(self, settings: TwilioSettings, public_url: str) -> None:
        check_encrypted(settings.api_base_url, "twilio.api_base_url")
        self._settings = settings
        self._public_url = public_url.rstrip("/")
        self._number = PhoneNumber.parse(settings.number)

    @property
    def own_number(self) -> PhoneNumber:
        """The number that outbound calls come from."""
        return self._number

    @property
    def can_hang_up(self) -> bool:
        """Whether account and token are set."""
        return bool(self._settings.account_sid and self._settings.auth_token)

    def check_settings(self) -> None:
        """Sees that calls can be placed.

        Raises:
            SettingsError: Account, token or public URL is not set.
        """
        if not self._public_url:
            raise SettingsError(
                "Twilio can't reach this service: no public URL is set.", "Set OP26X_PUBLIC_URL to its address."
            )
        self._check_account()

    async def place_call(self, *, to: PhoneNumber, caller: PhoneNumber) -> str:
        """Starts a call; returns its CallSid.

        Raises:
            ProviderError: Twilio refused or did not answer.
            SettingsError: Account, token or public URL is not set.
        """
        self.check_settings()
        call = await self._do(
            lambda client: client.calls.create(
                to=to.reveal(),
                from_=caller.reveal(),
                url=self._public_url + VOICE_PATH,
                method="POST",
                status_callback=self._public_url + STATUS_PATH,
                status_callback_event=STATUS_EVENTS,
            )
        )
        return str(call.sid)

    async def hang_up(self, provider_call_id: str) -> None:
        """Ends a call.

        Raises:
            ProviderError: Twilio refused or did not answer.
        """
        await self._do(lambda client: client.calls(provider_call_id).update(status="completed"))

    async def transfer(self, provider_call_id: str, to: PhoneNumber) -> None:
        """Puts a call through to a number (https://www.twilio.com/docs/voice/twiml/dial).

        Raises:
            ProviderError: Twilio refused or did not answer.
        """
        from twilio.twiml.voice_response import VoiceResponse

        answer = VoiceResponse()
        answer.dial(to.reveal())
        await self._do(lambda client: client.calls(provider_call_id).update(twiml=str(answer)))

    def _check_account(self) -> None:
        if not self.can_hang_up:
            raise SettingsError(
                "Twilio's account or token is not set.", "Set OP26X_TWILIO_ACCOUNT_SID and OP26X_TWILIO_AUTH_TOKEN."
            )

    async def _do(self, request: Any) -> Any:
        """One request, off the event loop. The SDK's messages quote phone numbers: only the code is kept."""
        self._check_account()
        try:
            return await asyncio.to_thread(lambda: request(self._client()))
        except TwilioRestException as error:
            raise ProviderError(
                f"Twilio refused with status {error.status} and code {error.code}.",
                f"See https://www.twilio.com/docs/api/errors/{error.code}." if error.code else "",
            ) from None
        except (TwilioException, OSError) as error:
            raise ProviderError(
                f"Twilio did not answer: {type(error).__name__}.", "Check OP26X_TWILIO_API_BASE_URL and the network."
            ) from None

    def _client(self) -> "Client":
        from op26x_twilio.sdk import client

        return client(self._settings)
