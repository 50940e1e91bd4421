"""Benchmark: what a large number of calls costs whoever looks at them, previews a period, or erases them.

Run it: `python tests/benchmarks growth [--calls 10000 1000000 --swept 5000] [--postgres]`.

For each number, calls of one organization are written into a fresh installation, one in five of them recorded, with
their keys, their files and two lines of transcript each. Then pages are listed and filtered, a period is previewed and
set, and some of the calls are swept. Figures of the largest number are given as ratios to the smallest, too.

Exit codes: 0 measured, 1 something was not erased, 2 wrong use.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from databases import choose, fresh
from op26x.calls import Call, CallState, Installation, Workspace
from op26x.calls.wanted import Wanted
from op26x.clock import ManualClock
from op26x.ids import Ids
from op26x.recording import Recording, RecordingState, TranscriptLine
from op26x.recording.model import FOLDER
from op26x.settings import Settings
from op26x.vault import KeyKind
from op26x.vault.cells import Ciphertext
from op26x.vault.key_tables import KeyEntry, KeySlot
from results import machine, write

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
RECORDED = 5
"""One call in so many."""
AGENTS = [f"agent-{number}" for number in range(20)]
CALLERS = 3
"""So many calls of one person, on average."""
PERIOD, SHORTER = timedelta(days=30), 7
TOGETHER = 20_000
LISTED = 50
"""How often each page is asked for."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="growth",
        description="Calls: listed, filtered, their period previewed and shortened, swept",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--calls", type=int, nargs="+", default=[10_000, 1_000_000], help="how many; several numbers")
    parser.add_argument("--swept", type=int, default=5000, help="how many of them are over when it is swept")
    parser.add_argument("--json", type=Path, default=Path("build/bench/growth.json"), help="where the result goes")
    choose(parser)
    options = parser.parse_args()
    if min(*options.calls, options.swept) < RECORDED or options.swept >= min(options.calls):
        parser.error("fewer calls are to be swept than there are, and of either at least five")
    return options


class Filling:
    """Writes calls, as if they had come one after the other and the last one just now."""

    def __init__(self, workspace: Workspace, count: int, swept: int) -> None:
        self._owner = workspace.organization_id
        self._work = workspace
        self._count, self._swept = count, swept
        self._files = workspace.settings.core.data / "blobs" / FOLDER

    def fill(self) -> None:
        """Writes all of it."""
        self._files.mkdir(parents=True, mode=0o700)
        for numbers in _in_lots(range(self._count), TOGETHER):
            calls = [self._call(number) for number in numbers]
            recorded = [call for call in calls if call["recorded"]]
            with self._work.database.session() as session:
                _insert(session, Call, calls)
                _insert(session, Recording, [self._recording(call) for call in recorded])
                _insert(session, TranscriptLine, [line for call in recorded for line in self._lines(call)])
            with self._work.keys._database.session() as session:
                self._keys(session, recorded, calls, numbers[0])
            for call in recorded[: self._swept // RECORDED]:
                if call["expires_at"] <= NOW:
                    (self._files / call["id"]).write_bytes(os.urandom(4096))

    def _call(self, number: int) -> dict[str, Any]:
        over = number < self._swept
        begun = NOW - PERIOD * (1 - number / self._count) * 0.9 - (PERIOD if over else timedelta(0))
        return {
            "id": f"01GROWTH{number:018}",
            "organization_id": self._owner,
            "agent": AGENTS[number % len(AGENTS)],
            "direction": "inbound",
            "state": (CallState.FAILED if number % 100 == 7 else CallState.COMPLETED).value,
            "provider": "twilio",
            "provider_call_id": f"CA{number:032x}",
            "caller_index": f"{number // CALLERS:064x}",
            "caller_last_two": "23",
            "called_index": "f" * 64,
            "called_last_two": "99",
            "created_at": begun,
            "end_reason": "caller-hung-up",
            "outcome": "",
            "vendor_errors": 0,
            "caller_number": Ciphertext(os.urandom(44)),
            "called_number": Ciphertext(os.urandom(44)),
            "recorded": number % RECORDED == 0,
            "recording_mode": "assent",
            "recording_outcome": "recorded" if number % RECORDED == 0 else "refused",
            "expires_at": begun + PERIOD,
            "kept_days": PERIOD.days,
        }

    def _recording(self, call: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"01R{call['id'][3:]}",
            "organization_id": self._owner,
            "call_id": call["id"],
            "state": RecordingState.COMPLETED.value,
            "mode": "assent",
            "announcement": "en/1",
            "blob": f"{FOLDER}{call['id']}",
            "started_ms": 0,
            "duration_ms": 60_000,
            "size": 4096,
            "segments": 1,
            "sha256": "0" * 64,
            "gaps": "[]",
            "end_reason": "call-ended",
            "created_at": call["created_at"],
            "expires_at": call["expires_at"],
            "erasure_by": "",
            "erasure_why": "",
            "seal": Ciphertext(os.urandom(60)),
        }

    def _lines(self, call: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for number in (1, 2):
            yield {
                "id": f"01{number}{call['id'][3:]}",
                "organization_id": self._owner,
                "call_id": call["id"],
                "number": number,
                "speaker": "caller",
                "started_ms": 0,
                "ended_ms": 900,
                "content": Ciphertext(os.urandom(200)),
            }

    def _keys(self, session: Any, recorded: list[Any], calls: list[Any], first: int) -> None:
        people = [call["caller_index"] for number, call in enumerate(calls, first) if number % CALLERS == 0]
        owners = [(KeyKind.CALL, call["id"], call["expires_at"]) for call in recorded]
        owners += [(KeyKind.SUBJECT, index, None) for index in people]
        highest = session.connection().execute(sa.select(sa.func.max(KeySlot.id))).scalar_one() or 0
        slots = range(highest + 1, highest + 1 + len(owners))
        _insert(session, KeySlot, [{"id": slot, "wrapped": os.urandom(60)} for slot in slots])
        rows = [
            {
                "organization_id": self._owner,
                "kind": kind.value,
                "owner": owner,
                "slot": slot,
                "created_at": NOW,
                "expires_at": until,
            }
            for slot, (kind, owner, until) in zip(slots, owners, strict=True)
        ]
        _insert(session, KeyEntry, rows)


def _in_lots(numbers: range, size: int) -> Iterator[range]:
    for first in range(0, len(numbers), size):
        yield numbers[first : first + size]


def _insert(session: Any, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(sa.insert(sa.inspect(table).local_table), rows)


async def _p95(work: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(LISTED):
        began = perf_counter()
        await work()
        times.append((perf_counter() - began) * 1000)
    return quantiles(times, n=20)[-1]


async def _measure(settings: Settings, count: int, swept: int) -> dict[str, float]:
    clock = ManualClock(NOW)
    installation = Installation.open(settings, clock, Ids(clock))
    workspace = installation.workspace()
    began = perf_counter()
    Filling(workspace, count, swept).fill()
    if settings.core.database:
        workspace.database.analyze()
    print(f"{count:,} calls were written in {perf_counter() - began:.0f} s", flush=True)
    middle = f"01GROWTH{count // 2:018}"
    pages = {
        "newest": Wanted(),
        "in the middle": Wanted(before=middle),
        "of an agent": Wanted(agent=AGENTS[3]),
        "failed": Wanted(state="failed"),
        "recorded": Wanted(recorded=True),
        "not recorded": Wanted(recorded=False),
        "of a week": Wanted(since=NOW - timedelta(days=7)),
        "of an agent, recorded": Wanted(agent=AGENTS[5], recorded=True),
        "of nobody": Wanted(agent="nobody"),
        "in progress": Wanted(state="in-progress"),
        "of an agent, never recorded": Wanted(agent=AGENTS[3], recorded=True),
        "of a carrier's name": Wanted(provider_call_id="CA" + "0" * 32),
    }
    found = {f"page {name}, p95 ms": await _p95(lambda w=w: workspace.calls.list(w)) for name, w in pages.items()}  # type: ignore[misc]
    began = perf_counter()
    await workspace.periods.preview(SHORTER, workspace.kept)
    found["preview s"] = perf_counter() - began
    began = perf_counter()
    erased = 0
    longest = 0.0
    last = began
    async for gone, failed in workspace.sweep.erasing(NOW):
        now = perf_counter()
        longest, last = max(longest, now - last), now
        erased += len(gone)
        if failed:
            raise RuntimeError(f"{len(failed)} calls were not erased")
    found["swept per s"] = erased / (perf_counter() - began)
    found["longest batch ms"] = longest * 1000
    if erased != swept:
        raise RuntimeError(f"{erased} calls were erased, and {swept} were over")
    began = perf_counter()
    await workspace.periods.change(SHORTER, workspace.kept, "benchmark")
    found["period set s"] = perf_counter() - began
    installation.close()
    return found


def main() -> int:
    """Measure, report, write; returns the exit code."""
    options = _arguments()
    console, columns = Console(width=120), {}
    for count in sorted(options.calls):
        with fresh(postgres=options.postgres) as settings:
            try:
                columns[count] = asyncio.run(_measure(settings, count, options.swept))
            except RuntimeError as error:
                console.print(f"the benchmark failed: {error}", style="red", markup=False)
                return 1
    table = Table("", *(f"{count:,}" for count in columns), "ratio", box=None)
    for name in next(iter(columns.values())):
        values = [found[name] for found in columns.values()]
        table.add_row(name, *(f"{value:,.2f}" for value in values), f"{values[-1] / values[0]:.2f}")
    console.print(table)
    result = {str(count): found for count, found in columns.items()}
    write(
        {
            "machine": machine(["sqlmodel", "sqlalchemy"]),
            "swept": options.swept,
            "postgres": options.postgres,
            "calls": result,
        },
        options.json,
    )
    console.print(f"written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
