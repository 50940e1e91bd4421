"""``op26x call simulate``: rings a service as Twilio would."""

import asyncio
import json as json_module
import random
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from op26x.cli import load_context
from op26x.errors import ServiceUnreachable, SettingsError, WorkError


def simulate(
    *,
    caller: str = "books",
    url: str | None = None,
    data: Path | None = None,
    fast: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 1,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Rings a service over the loopback, speaking Twilio's protocol, and plays a caller's script.

    Args:
        caller: Name of a built-in caller (books, brief, silent, hangs-up, barges-in, presses-keys, …) or a file.
        url: The service; default is the one that runs on the data directory.
        data: Data directory.
        fast: Leaves out the script's pauses.
        seed: Chooses the caller's number and the call's identifier.
        json: Ends with one JSON object.
    """
    import httpx

    from op26x.client.client import running_service
    from op26x_twilio.settings import TwilioSettings
    from op26x_twilio.simulator.player import Caller
    from op26x_twilio.simulator.script import load_script
    from op26x_twilio.testing import MediaStream, Webhooks

    script = load_script(caller)
    settings = load_context(data=data).settings
    token = settings.of(TwilioSettings).auth_token
    if not token:
        raise SettingsError(
            "OP26X_TWILIO_AUTH_TOKEN is not set, so the service would refuse the call.",
            "Set it to the same value, any word will do, for op26x up and here.",
        )
    running = running_service(settings)
    address = url or (running.url if running else "")
    if not address:
        raise ServiceUnreachable(f"No service is running on {settings.core.data}.", "Start it with: op26x up")
    dice = random.Random(seed)  # noqa: S311 - a rehearsal, not a secret
    sid = "CA" + f"{dice.getrandbits(128):032x}" if seed != 1 else "CA" + f"{random.getrandbits(128):032x}"
    form = {
        "CallSid": sid,
        "AccountSid": "AC" + "0" * 32,
        "From": f"+1555010{dice.randrange(100, 1000):04d}"[:12],
        "To": "+15550100199",
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    }
    webhooks = Webhooks(address, token.reveal(), settings.core.public_url)

    async def ring() -> str:
        try:
            order = await webhooks.voice(form)
        except httpx.HTTPError as error:
            raise WorkError(f"The service did not take the call: {error}.", "Is the auth token the same?") from None
        if order is None:
            return "rejected"
        end = await Caller(script, MediaStream(order.url, sid, order.parameters), patient=not fast).call()
        await webhooks.status({**form, "CallStatus": "completed"})
        return end.value

    ended_by = asyncio.run(ring())
    if json:
        print(json_module.dumps({"id": sid, "caller": script.name, "ended_by": ended_by}))
    else:
        Console().print(f"{script.about} The call was ended by the {ended_by}.")
    return 0 if ended_by != "rejected" else 1
