"""``op26x calls simulate`` and ``op26x callers list``: rehearsals, in which a service is rung as Twilio would."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

from op26x.cli import load_context
from op26x.cli.context import Data, Json, Organization, data_option
from op26x.cli.output import print_list, print_one
from op26x.errors import ServiceUnreachable, SettingsError
from op26x_twilio.simulator.watch import Said, watching

if TYPE_CHECKING:
    from pathlib import Path

    from op26x.cli import Context
    from op26x.client.types import Running
    from op26x_twilio.simulator.ring import Line
    from op26x_twilio.simulator.script import Script
    from op26x_twilio.simulator.watch import Watch


class Rehearsed(msgspec.Struct, frozen=True):
    """A rehearsal that is over.

    Attributes:
        id: The call, as ``op26x calls show`` knows it; empty if the service's key is not known here.
        provider_call_id: Its CallSid.
        caller: The script.
        ended_by: ``caller``, ``service`` or ``rejected``.
        left: Steps of the script that the caller did not come to.
        state: The call's.
        end_reason: Why it ended.
        outcome: What a tool made of it.
        vendor_errors: How often a vendor or a tool failed in it.
        transcript: What was said, as the service heard it.
    """

    id: str
    provider_call_id: str
    caller: str
    ended_by: str
    left: int
    state: str
    end_reason: str
    outcome: str
    vendor_errors: int
    transcript: list[Said]

    def failure(self) -> str:
        """Why the rehearsal failed; empty if it did not."""
        if self.ended_by == "rejected":
            return "The service rejected the call. Its log says why."
        if self.state not in ("", "completed"):
            return f"The call is {self.state}: {self.end_reason or 'no reason is noted'}."
        if self.vendor_errors:
            return f"Something failed in it, a service or a tool, {self.vendor_errors}×. The service's log says what."
        return f"It was over with {self.left} steps of the script to go." if self.left else ""


def simulate(
    *,
    caller: str = "books",
    from_: Annotated[str, Parameter(name="--from")] = "",
    to: str = "",
    seed: int = 1,
    fast: Annotated[bool, Parameter(negative="")] = False,
    asked: bool | None = None,
    transcript: bool = True,
    url: str | None = None,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> int:
    """Rings a service over the loopback, speaking Twilio's protocol, and plays a caller's script.

    Args:
        caller: One of op26x callers list, or a YAML file of your own.
        from_: The calling number, as a carrier would write it; default is one for the seed.
        to: The number that is rung; default is one that is reserved for fiction.
        seed: Chooses the calling number out of those reserved for fiction.
        fast: Leaves out the script's pauses.
        asked: Whether the caller expects to be asked if the call may be recorded; by default, the service is asked.
        transcript: Shows what is said, as the service hears it. It is in clear, wherever the output goes.
        url: The service; default is the one that runs on the data directory.
    """
    from op26x.client.client import running_service
    from op26x_twilio.simulator.ring import REJECTED, new_sid
    from op26x_twilio.simulator.script import load_script, script_file

    script, folder = load_script(caller), script_file(caller).parent
    context = load_context(data=data)
    running = running_service(context.settings)
    line = _line(context, running, url, seed, from_)
    line = replace(line, called=to) if to else line
    owner = organization or context.settings.core.organization
    console = Console(highlight=False, soft_wrap=True, quiet=json)

    def show(turn: Said) -> None:
        console.print(f"[bold]{turn.speaker:>6}[/]  {escape(turn.text)}")

    own = running if running and line.url == running.url else None
    with watching(own, new_sid(), show, words=transcript, organization=owner) as watch:
        done = _rehearse(script, folder, line, watch, context, patient=not fast, asked=asked)
    if json:
        print_one(done, as_json=True)
    if done.ended_by != REJECTED:
        console.print(f"The call was ended by the {done.ended_by}. {escape(done.outcome)}".rstrip())
    if done.id:
        console.print(f"See: op26x calls show {done.id}{escape(data_option(data))}")
    if failure := done.failure():
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]Failed:[/] {escape(failure)}")
    return 1 if failure else 0


def list_callers(*, json: Json = False) -> None:
    """Lists the callers that op26x calls simulate knows."""
    from op26x_twilio.simulator.script import load_script, scripts

    rows = [{"id": name, "about": load_script(name).about} for name in scripts()]
    print_list(rows, rows, as_json=json, empty="")


def show_caller(name: Annotated[str, Parameter(name="ID")], /, *, json: Json = False) -> None:
    """Shows a caller's script, which a script of your own may begin with.

    Args:
        name: One of op26x callers list, or a YAML file.
    """
    from op26x_twilio.simulator.script import load_script, script_file

    script = load_script(name)
    print_one(script, as_json=json, said=script_file(name).read_text(encoding="utf-8").rstrip())


def _line(context: Context, running: Running | None, url: str | None, seed: int, number: str) -> Line:
    from op26x_twilio.settings import TwilioSettings
    from op26x_twilio.simulator.ring import Line

    settings = context.settings
    token = settings.of(TwilioSettings).auth_token
    if not token:
        raise SettingsError(
            "OP26X_TWILIO_AUTH_TOKEN is not set, so the service would refuse the call.",
            "Set it to the same value, any word will do, for op26x up and here.",
        )
    address = url or (running.url if running else "")
    if not address:
        raise ServiceUnreachable(f"No service is running on {settings.core.data}.", "Start it with: op26x up")
    return Line(address, token.reveal(), settings.core.public_url, seed, number)


def _rehearse(
    script: Script, folder: Path, line: Line, watch: Watch, context: Context, *, patient: bool, asked: bool | None
) -> Rehearsed:
    import asyncio

    from op26x_twilio.simulator.ring import ring
    from op26x_twilio.simulator.speech import sounds

    steps = script.all_steps(asked=watch.asks() if asked is None else asked)
    render = context.plugins.decider("op26x_render_sentence")
    spoken = asyncio.run(sounds(steps, script.language, folder, render))
    rung = asyncio.run(ring(line, steps, spoken, sid=watch.sid, patient=patient))
    call = watch.result()
    return Rehearsed(
        id=call.id if call else "",
        provider_call_id=watch.sid,
        caller=script.name,
        ended_by=rung.ended_by,
        left=rung.left,
        state=call.state if call else "",
        end_reason=call.end_reason if call else "",
        outcome=call.outcome if call else "",
        vendor_errors=call.vendor_errors if call else 0,
        transcript=watch.said,
    )
