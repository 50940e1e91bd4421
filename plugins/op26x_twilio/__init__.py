"""Twilio: webhooks and media streams in, calls placed and ended through its REST API.

``webhooks`` takes and verifies what Twilio posts, ``stream`` speaks the media stream, ``rest`` uses the official
``sdk``. ``testing`` is a local counterpart of Twilio; ``simulator`` rings a service as Twilio would.
"""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from op26x import Processor, Provider, hookimpl
from op26x_twilio.settings import TwilioSettings, is_rehearsal

if TYPE_CHECKING:
    import cyclopts

    from op26x.calls import Switchboard, Telephony
    from op26x.settings import Settings
    from op26x.types import ServiceRequest

REGION = re.compile(r"api\.[a-z]+\.([a-z]{2})[0-9]\.twilio\.com")
"""Twilio's REST API in one of its regions: ``api.EDGE.REGION.twilio.com``."""


@hookimpl
def op26x_settings() -> type[TwilioSettings]:
    """Section ``twilio``."""
    return TwilioSettings


@hookimpl
def op26x_processors(settings: "Settings") -> list[Processor]:
    """Twilio carries the call; all regions of it are Twilio (https://www.twilio.com/docs/global-infrastructure).

    A regional host, ``api.dublin.ie1.twilio.com``, processes and keeps calls there, if the number is routed there too.

    Nobody carries it if nothing leads here from outside and there is no account to call with: it is a rehearsal.
    """
    own = settings.of(TwilioSettings)
    if is_rehearsal(own, settings.core):
        return []
    base_url = own.api_base_url
    host = urlsplit(base_url).hostname or ""
    region = REGION.fullmatch(host)
    company = Processor(
        name="Twilio",
        hosts=(host if host.endswith(".twilio.com") else "api.twilio.com",),
        places=(region[1].upper(),) if region else (),
        purpose="telephony",
        categories=("communications",),
        terms="https://www.twilio.com/en-us/legal/data-protection-addendum",
        version="as read in April 2026",
        clause="It processes what customers send only to provide its services, and as they instruct it.",
        keeps="Numbers, times and length of each call, until they are deleted at its API; no audio of media streams.",
        subprocessors="https://www.twilio.com/en-us/legal/sub-processors",
    )
    return [company.reached_at(base_url)]


@hookimpl
def op26x_telephony() -> "Provider[Telephony]":
    """Calls through Twilio's REST API."""
    return Provider("twilio", _telephony, about="Calls through Twilio")


@hookimpl
def op26x_routes(switchboard: "Switchboard", settings: "Settings") -> list[Any]:
    """``POST /twilio/voice``, ``POST /twilio/status`` and the media socket."""
    from op26x_twilio.stream import media_route
    from op26x_twilio.webhooks import webhook_routes

    own = settings.of(TwilioSettings)
    if own.account_sid:
        from op26x_twilio.sdk import load_ahead

        load_ahead()
    rehearsal = is_rehearsal(own, settings.core)
    return [*webhook_routes(switchboard, own, settings.core.public_url, rehearsal=rehearsal), media_route(switchboard)]


@hookimpl
def op26x_commands(cli: "cyclopts.App") -> None:
    """``op26x calls simulate`` and ``op26x callers list``."""
    from cyclopts import App

    cli["calls"].command("op26x_twilio.simulator.command:simulate")
    cli.command(App(name="callers", help="Callers for op26x calls simulate: list."))
    cli["callers"].command("op26x_twilio.simulator.command:list_callers", name="list")
    cli["callers"].command("op26x_twilio.simulator.command:show_caller", name="show")


def _telephony(request: "ServiceRequest") -> "Telephony":
    from op26x.settings import CoreSettings
    from op26x_twilio.rest import TwilioTelephony

    return TwilioTelephony(request.settings_of(TwilioSettings), request.settings_of(CoreSettings).public_url)
