"""``op26x calls simulate``: rings a service as Twilio would."""

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console

from op26x.cli import load_context
from op26x.errors import ServiceUnreachable, SettingsError, WorkError

if TYPE_CHECKING:
    from op26x.client.types import Running


def simulate(
    *,
    caller: str = "books",
    url: str | None = None,
    data: Path | None = None,
    fast: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 1,
    asked: bool | None = None,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Rings a service over the loopback, speaking Twilio's protocol, and plays a caller's script.

    Args:
        caller: Name of a built-in caller (books, brief, silent, hangs-up, barges-in, presses-keys, …) or a file.
        url: The service; default is the one that runs on the data directory.
        data: Data directory.
        fast: Leaves out the script's pauses.
        seed: Chooses the caller's number.
        asked: Whether the caller expects to be asked if the call may be recorded; by default, the service is asked.
        json: Ends with one JSON object.
    """
    import asyncio

    from op26x.client.client import running_service
    from op26x_twilio.settings import TwilioSettings
    from op26x_twilio.simulator.ring import REJECTED, Line, ring
    from op26x_twilio.simulator.script import load_script

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
    line = Line(address, token.reveal(), settings.core.public_url, seed)
    if asked is None:
        asked = running is None or _asks(running)
    sid, ended_by = asyncio.run(ring(line, script, patient=not fast, asked=asked))
    if ended_by == REJECTED and not json:
        raise WorkError("The service rejected the call.", "Its log says why.")
    if json:
        print(json_module.dumps({"id": sid, "caller": script.name, "ended_by": ended_by}))
    else:
        Console().print(f"{script.about} The call was ended by the {ended_by}.")
    return 1 if ended_by == REJECTED else 0


def _asks(running: "Running") -> bool:
    """Whether some agent of a service asks for assent."""
    from op26x.client import Client

    with Client(running.url, running.key) as client:
        return any(agent.recording == "assent" for agent in client.agents())
