"""Benchmark: what short calls leave behind in the service's memory.

Run it: `python tests/benchmarks memory [--calls 10000 --at-once 12 --every 1000]`.

Calls ring a recording service of the benchmark of calls, speak for less than a second and hang up. After every so
many, when the service is idle, its memory, descriptors and threads are read. The first calls fill caches: what
counts is the slope over the second half.

Exit codes: 0 measured, 1 a measurement failed, 2 wrong use.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "calls"), str(HERE)]

from callers import FIRST, TARGET, Callers  # noqa: E402
from rich import box  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from measure import Server, cores, serving  # noqa: E402
from results import machine, write  # noqa: E402

IDLE_S = 5.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="memory",
        description="What short calls leave behind: memory, descriptors, threads",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--calls", type=int, default=10_000, help="in all")
    parser.add_argument("--at-once", type=int, default=12, help="calls at the same time")
    parser.add_argument("--every", type=int, default=1000, help="calls between two readings")
    parser.add_argument("--json", type=Path, default=Path("build/bench/memory.json"), help="where the result goes")
    options = parser.parse_args()
    if min(options.calls, options.at_once, options.every) < 1:
        parser.error("calls, at-once and every are at least 1")
    if options.calls < 4 * options.every:
        parser.error("--calls must be four times --every at least: the slope is over the second half")
    return options


async def _measure(options: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    async with serving(TARGET) as server:
        callers = Callers(server.port, options.at_once)
        await callers.ring(FIRST)
        rows = [await _reading(server, 0)]
        for calls in range(options.every, options.calls + 1, options.every):
            cpu = server.cpu_s()
            await callers.ring(options.every)
            rows.append(await _reading(server, calls))
            rows[-1]["cpu_s_per_call"] = round((server.cpu_s() - cpu) / options.every, 4)
            console.print(f"{calls} calls: {rows[-1]['rss_mb']:.1f} MB", style="dim")
    return rows


async def _reading(server: Server, calls: int) -> dict[str, Any]:
    await asyncio.sleep(IDLE_S)
    pss, rss = server.memory()
    return {"calls": calls, "pss_mb": round(pss / 1e6, 2), "rss_mb": round(rss / 1e6, 2), **server.held()}


def _bytes_per_call(rows: list[dict[str, Any]]) -> float:
    """By resident memory: the proportional one depends on who else runs the same libraries."""
    half = rows[len(rows) // 2 :]
    return (half[-1]["rss_mb"] - half[0]["rss_mb"]) * 1e6 / (half[-1]["calls"] - half[0]["calls"])


def _table(rows: list[dict[str, Any]]) -> Table:
    shown = Table(title="After so many calls", box=box.SIMPLE)
    for heading in ("calls", "PSS MB", "RSS MB", "descriptors", "threads"):
        shown.add_column(heading, justify="right")
    for row in rows:
        shown.add_row(*(str(row[key]) for key in ("calls", "pss_mb", "rss_mb", "descriptors", "threads")))
    return shown


def main() -> int:
    """Measure, report, write; returns the exit code."""
    options = _arguments()
    console = Console()
    os.sched_setaffinity(0, cores()[1])
    try:
        rows = asyncio.run(_measure(options, console))
    except RuntimeError as error:
        console.print(f"the benchmark failed: {error}", *getattr(error, "__notes__", []), style="red", markup=False)
        return 1
    result: dict[str, Any] = {
        "benchmark": "memory",
        "settings": {"calls": options.calls, "at_once": options.at_once, "every": options.every},
        "machine": machine(["pipecat-ai", "onnxruntime", "sqlalchemy"]),
        "readings": rows,
        "bytes_per_call": round(_bytes_per_call(rows)),
    }
    write(result, options.json)
    console.print(_table(rows))
    console.print(f"{result['bytes_per_call']} bytes per call over the second half; written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
