"""``op26x demo``: a service, a caller who rings it over the loopback as Twilio would, and a view of the call."""

import json
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from rich.console import Console

from op26x.cli import WRONG_USE, Context, load_context
from op26x.errors import UsageError, WorkError
from op26x.settings import Settings
from op26x_service.demo_proof import Proof, search
from op26x_service.occupation import only_service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from op26x.client import CallDetail, Client, DisclosureSummary
    from op26x_service.demo_view import View

MARKER = ".op26x-demo"
CALL_S = 120.0
REDACTED = {"pays": "everything"}
"""How much is redacted for a caller who has much to tell."""


def demo(
    *,
    caller: str = "books",
    llm: str | None = None,
    record: Literal["on", "off"] = "on",
    fast: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 1,
    data: Path | None = None,
    json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Shows one whole phone call: rings a fresh service, books an appointment, prints what happened.

    Args:
        caller: Whose script is played; see op26x calls simulate --help.
        llm: Another llm: openai or anthropic, with a key set.
        record: on: the caller is asked, and recorded if they agree. off: nothing is recorded.
        fast: The shortest script, no pauses for the reader.
        seed: Chooses the caller's number.
        data: Data directory; default is a fresh one that the next demo empties.
        json: Ends with one JSON object and shows nothing else.
    """
    _leave_nothing_behind()
    from op26x.client import Client
    from op26x.client.following import following
    from op26x_service.demo_view import View
    from op26x_service.processes import beside, wait_for_service

    context = load_context(data=data or fresh_directory(load_context().settings), llm=llm)
    settings, core = context.settings, context.settings.core
    make(core.data)
    environment = {**_apart(core.data), "OP26X_RECORDING": "off" if record == "off" else ""}
    if caller in REDACTED:
        environment["OP26X_REDACT"] = REDACTED[caller]
    if llm:
        environment["OP26X_LLM"] = llm
        accept_terms(context, llm, environment)
    script = "brief" if fast and caller == "books" else caller
    view = View(Console(quiet=json), core.data)
    service_log, caller_log = core.data / "service.log", core.data / "caller.log"
    with beside("up", "--no-dashboard", "--port", "0", environment=environment, log=service_log) as service:
        with view.waiting("Starting a service on the loopback"):
            running = wait_for_service(settings, service, service_log)
        with Client(running.url, running.key) as client, following(client, view.show, "demo", view.ended.set):
            arguments = ["--url", running.url, "--caller", script, "--seed", str(seed), "--no-transcript", "--json"]
            arguments += ["--asked" if record == "on" else "--no-asked"]
            arguments += ["--fast"] if fast else []
            with beside("calls", "simulate", *arguments, environment=environment, log=caller_log) as process:
                await_caller(process, caller_log)
            view.settle()
            detail = client.call(view.call_id) if view.call_id else None
            given = client.call_disclosures(view.call_id) if detail else []
            words = stored_words(client, detail)
    if detail is None:
        raise WorkError("The call did not come about.", f"See {service_log} and {caller_log}.")
    proof = search(view.said("caller"), (core.data, core.keys_path.parent), words)
    if json:
        print(json_result(view, detail, proof, given))
    else:
        view.summary(detail, proof, given)
    return 0 if detail.call.state == "completed" else 1


def _apart(data: Path) -> dict[str, str]:
    """Settings by which a demo has nothing to do with whatever is set here for an installation that works."""
    elsewhere = (
        *("DATABASE", "DATABASE_OWNER", "KEY_FILE", "CHECKPOINTS", "CHECKPOINT_WEBHOOK", "WITNESSES"),
        *("ORGANIZATION", "TRUSTED_PROXIES", "TWILIO_ACCOUNT_SID"),
    )
    return {
        "OP26X_DATA": str(data),
        "OP26X_TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "OP26X_HOST": "127.0.0.1",
        "OP26X_BLOBS": "local",
        "OP26X_KEY_STORE": "file",
        **{f"OP26X_{name}": "" for name in (*elsewhere, "PUBLIC_URL", "AGENTS", "AGENT")},
    }


def _leave_nothing_behind() -> None:
    """Whatever ends a demo, what it started ends with it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0 if number == signal.SIGINT else 128 + number)


def stored_words(client: "Client", detail: "CallDetail | None") -> str:
    """What the transcript of a call gives back; empty if there is none."""
    if detail is None or detail.recording is None or detail.recording.state == "erased":
        return ""
    return " ".join(turn.text for turn in client.transcript(detail.recording.id, "demo"))


def accept_terms(context: Context, llm: str, environment: dict[str, str]) -> None:
    """Accepts, in the demo's own directory, the terms of those who are to answer its caller, who is invented.

    Raises:
        WorkError: They can't be accepted.
    """
    from op26x.calls.core_plugins import register_core
    from op26x.plugins import build_registry
    from op26x_service.processes import beside, last_words

    registry = build_registry(register_core(context.plugins))
    log = context.settings.core.data / "processors.log"
    for processor in registry.processors.get(registry.owners["llm"].get(llm, ""), ()):
        arguments = ("processors", "accept", processor.name, "--agreement", "a demo, whose caller is invented")
        with beside(*arguments, environment=environment, log=log) as process:
            if process.wait(CALL_S):
                raise WorkError("The terms can't be accepted: " + last_words(log), f"The whole log is in {log}.")


def json_result(view: "View", detail: "CallDetail", proof: Proof, given: "Sequence[DisclosureSummary]") -> str:
    """One JSON object about the call."""
    p50, p95 = view.latencies(detail)
    return json.dumps(
        {
            "id": detail.call.id,
            "state": detail.call.state,
            "duration_s": detail.call.duration_s,
            "turns": len(detail.turns),
            "latency_p50_ms": p50,
            "latency_p95_ms": p95,
            "end_reason": detail.call.end_reason,
            "outcome": detail.call.outcome,
            "booking": view.booking,
            "transcript": view.transcript,
            "recording": view.recording(detail),
            "found_in_clear": list(proof.found),
            "given_to": [one.processor for one in given],
            "data": str(view.data),
        }
    )


def make(data: Path) -> None:
    """Makes a data directory if need be.

    Raises:
        WorkError: It can't be made, or not be written in.
    """
    remedy = "Choose another one with --data."
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WorkError(f"The data directory {data} can't be made: {error.strerror}.", remedy) from None
    if not os.access(data, os.W_OK):
        raise WorkError(f"The data directory {data} can't be written in.", remedy)


def fresh_directory(settings: Settings) -> Path:
    """The demo's own data directory, emptied.

    Raises:
        UsageError: There is something else in its place.
        WorkError: A service is running on it, or it can't be made.
    """
    path = settings.core.data.with_name("demo")
    make(path)
    entries = list(path.iterdir())
    marker = path / MARKER
    if entries and marker not in entries:
        raise UsageError(f"{path} was not made by a demo.", "Choose another directory with --data.")
    with only_service(path):
        marker.touch()
        for entry in entries:
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry != marker:  # which stays, so that a demo that is ended here can be followed by another
                entry.unlink()
    return path


def await_caller(process: subprocess.Popen[bytes], log: Path) -> None:
    """Waits for the caller to hang up.

    Raises:
        UsageError: There is no such caller.
        WorkError: The caller failed; the message has the end of its log.
    """
    from op26x_service.processes import last_words

    try:
        code = process.wait(CALL_S)
    except subprocess.TimeoutExpired:
        raise WorkError(f"The caller did not hang up within {CALL_S:.0f} s.", f"See {log}.") from None
    if code == WRONG_USE:
        raise UsageError(last_words(log))
    if code:
        raise WorkError("The caller failed: " + last_words(log), f"The whole log is in {log}.")
