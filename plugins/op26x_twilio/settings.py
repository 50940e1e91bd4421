"""The plugin's settings and its paths."""

import msgspec

from op26x import Secret
from op26x.exposure import is_exposed
from op26x.settings import CoreSettings

VOICE_PATH = "/twilio/voice"
STATUS_PATH = "/twilio/status"
MEDIA_PATH = "/twilio/media"


class TwilioSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``twilio``: ``OP26X_TWILIO_…`` or ``[twilio]``.

    Attributes:
        account_sid: The account, ``AC…``; needed to place calls and to hang up by REST.
        auth_token: Signs webhooks and requests.
        number: The number that outbound calls come from, E.164.
        api_base_url: Where the REST API is.
    """

    account_sid: str = ""
    auth_token: Secret = Secret("")
    number: str = ""
    api_base_url: str = "https://api.twilio.com"


def is_rehearsal(own: TwilioSettings, core: CoreSettings) -> bool:
    """Whether Twilio can't be in the play: nothing leads here from outside, and there is no account to call with."""
    return not own.account_sid and not is_exposed(core)
