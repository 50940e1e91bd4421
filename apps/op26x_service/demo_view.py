"""How the demo shows a call: line by line while it lasts, a table at the end."""

import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from op26x.calls.live import LiveEvent
from op26x.client import CallDetail, DisclosureSummary, percentiles
from op26x.redaction import label_of, names_in
from op26x_service.demo_proof import Proof

SETTLE_S = 5.0
LAMP = {
    "announced": "[dim]the announcement was played[/]",
    "agreed": "[green]the caller agrees to be recorded[/]",
    "on": "[bold red]● recording[/]",
    "paused": "[yellow]● recording is paused[/]",
    "resumed": "[bold red]● recording goes on[/]",
    "stopped": "[yellow]○ recording has stopped[/]",
    "deleted": "[bold yellow]○ recording is deleted, its key destroyed[/]",
    "recorded": "[dim]the recording is sealed[/]",
}
RIGHTS = {
    "stop": "demands that the recording stop",
    "delete": "demands that the recording be deleted",
    "suppress": "demands not to be called again",
    "machine": "asks whether this is a machine",
    "pause": "pauses the recording",
    "resume": "lets the recording go on",
}


class View:
    """Shows one call.

    Args:
        console: Where to.
        data: The data directory, named in the hints.
    """

    def __init__(self, console: Console, data: Path) -> None:
        self._console = console
        self.data = data
        self.call_id = ""
        self.booking: dict[str, Any] = {}
        self.transcript: list[dict[str, str]] = []
        self.ended = threading.Event()

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Shows that something takes a while."""
        with self._console.status(f"{what} …"):
            yield

    def show(self, event: LiveEvent) -> None:
        """Shows one event."""
        self.call_id = self.call_id or event.call_id
        if event.kind == "state":
            self._line(event, f"[bold cyan]{event.text}[/]" + self._reason(event))
            if event.text in ("completed", "failed"):
                self.ended.set()
        elif event.kind == "turn":
            self._turn(event)
        elif event.kind == "tool":
            arguments = escape(", ".join(f"{k}={v}" for k, v in event.detail.items()))
            self._line(event, f"[yellow]calls {event.text}({arguments})[/]")
        elif event.kind == "outcome":
            self.booking = dict(event.detail)
            self._line(event, f"[bold green]{event.text}[/]")
        elif event.kind == "recording":
            self._line(event, LAMP.get(event.text, f"[yellow]○ not recorded: {event.text}[/]"))
        elif event.kind == "right":
            self._line(event, "[green]caller[/]", f"[green]{RIGHTS.get(event.text, event.text)}[/]")
        elif event.kind == "error":
            self._line(event, f"[bold red]a vendor failed: {event.text}[/]")

    def settle(self) -> None:
        """Waits until the end of the call has been shown."""
        self.ended.wait(SETTLE_S)

    def latencies(self, detail: CallDetail) -> tuple[int | None, int | None]:
        """Median and 95th percentile of the answers' latency, in milliseconds."""
        return percentiles([turn.latency_ms for turn in detail.turns if turn.latency_ms is not None])

    def said(self, speaker: str) -> list[str]:
        """What one side said, turn by turn."""
        return [turn["text"] for turn in self.transcript if turn["speaker"] == speaker]

    def recording(self, detail: CallDetail) -> dict[str, Any]:
        """What became of the recording, for programs."""
        kept = detail.recording
        return {
            "mode": detail.call.recording_mode,
            "outcome": detail.call.recording_outcome,
            **({"segments": kept.segments, "bytes": kept.size, "sha256": kept.sha256} if kept else {}),
            **({"expires_at": kept.expires_at.isoformat(), "state": kept.state} if kept else {}),
        }

    def summary(self, detail: CallDetail, proof: Proof, given: Sequence[DisclosureSummary]) -> None:
        """The table at the end, and what to try next."""
        p50, p95 = self.latencies(detail)
        redacted = sorted({label_of(name) for turn in self.transcript for name in names_in(turn["text"])})
        table = Table(box=None, show_header=False, pad_edge=False)
        rows = {
            "call": detail.call.id,
            "duration": f"{detail.call.duration_s or 0:.1f} s",
            "turns": str(len(detail.turns)),
            "latency": f"p50 {p50} ms, p95 {p95} ms" if p50 is not None else "no answers",
            "ended": detail.call.end_reason,
            "outcome": detail.call.outcome or "none",
            **{key.replace("_", " "): str(value) for key, value in self.booking.items() if key != "status"},
            **({"redacted": f"{', '.join(redacted)}: kept from everybody but tools that need it"} if redacted else {}),
            **_recording_rows(detail),
            "given to": _given(given),
            "proof": _proved(proof),
        }
        for name, value in rows.items():
            table.add_row(f"[dim]{name}[/]", value)
        self._console.print(Panel(table, title="The call", title_align="left", expand=False))
        self._console.print("Next:", style="bold")
        op26x = program()
        listen = ((f"{op26x} recordings export {detail.call.id} call.wav --data {self.data}", "listen to it"),)
        for command, what in (
            *(listen if detail.recording and detail.recording.state == "completed" else ()),
            (f"{op26x} calls show {detail.call.id} --data {self.data}", "this call, as stored"),
            (f"{op26x} disclosures show {detail.call.id} --data {self.data}", "what companies were given in it"),
            (f"{op26x} calls list --data {self.data}", "all calls"),
            (f"{op26x} up --data {self.data}", "service and dashboard"),
        ):
            self._console.print(f"  {escape(command)}   [dim]{what}[/]", highlight=False, soft_wrap=True)

    def _turn(self, event: LiveEvent) -> None:
        self.transcript.append({"speaker": event.speaker, "text": event.text})
        colour = "green" if event.speaker == "caller" else "magenta"
        latency = f"  [dim]{event.latency_ms} ms[/]" if event.latency_ms is not None else ""
        cut = " [dim](interrupted)[/]" if event.interrupted else ""
        self._line(event, f"[{colour}]{event.speaker:>6}[/]", f"{escape(event.text) or '…'}{cut}{latency}")

    def _reason(self, event: LiveEvent) -> str:
        reason = event.detail.get("reason", "")
        return f" [dim]{reason}[/]" if reason else ""

    def _line(self, event: LiveEvent, *cells: str) -> None:
        row = Table.grid(padding=(0, 2))
        for _ in cells:
            row.add_column(no_wrap=True)
        row.add_column()
        row.add_row(f"[dim]{event.at_ms / 1000:6.1f}[/]", *cells)
        self._console.print(row)


def _recording_rows(detail: CallDetail) -> dict[str, str]:
    kept = detail.recording
    if kept is None or kept.state == "erased":
        outcome = detail.call.recording_outcome
        return {"recording": f"none ({outcome or 'off'}): times and states are stored, not a word of it"}
    length, size = f"{kept.duration_ms / 1000:.1f} s", f"{kept.size / 1000:.0f} kB"
    return {
        "recording": f"{length}, {kept.segments} segments, {size}, AES-256-GCM",
        "sha256": kept.sha256[:32] + "…",
        "kept until": f"{kept.expires_at:%d %B %Y, %H:%M} UTC, then the key is destroyed",
    }


def _given(given: Sequence[DisclosureSummary]) -> str:
    if not given:
        return "nobody: carrier, hearing, voice and answers were on this machine"
    return "; ".join(f"{one.processor} ({', '.join(one.categories)}, {one.bytes_out} bytes)" for one in given)


def _proved(proof: Proof) -> str:
    if not proof.phrases:
        return "the caller said nothing that could be looked for"
    found = f"[bold red]found in {', '.join(proof.found)}[/]" if proof.found else "none found"
    back = f"; {proof.read_back} read back with the key" if proof.read_back else ""
    return f"{proof.phrases} phrases of the caller looked for in {proof.files} files: {found}{back}"


def program() -> str:
    """How to call op26x from here: by its name if the shell finds it, else by its path in the environment."""
    if shutil.which("op26x"):
        return "op26x"
    path = Path(sys.executable).with_name("op26x")
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
