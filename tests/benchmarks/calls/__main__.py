"""Benchmark: N phone calls at once with stub providers: our service in variants, Pipecat's documented hosting, a floor.

Run it: `python tests/benchmarks calls [--programs op26x,peer --calls 5,10,20 --turns 2 --rounds 2 --quick]`.

Each round visits every target in a fresh process, in turn, and the order is reversed from round to round, so
that a noisy minute hurts all alike. The server has one core, the callers another. What is measured is in
`ramp.py`, what a caller does in `caller.py`, what is compared in `targets.py`, `peer.py` and `floor.py`.

Exit codes: 0 measured, 1 a measurement failed, 2 wrong use.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from rich.console import Console

from measure import cores
from ramp import Visit, visit
from report import build, show
from results import write
from targets import TARGETS, Target


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="calls",
        description="N concurrent calls: latency, CPU, memory, calls per core",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    names = [target.name for target in TARGETS]
    parser.add_argument("--programs", default=",".join(names), help="what is measured, with commas")
    parser.add_argument("--calls", default="5,10,20", help="calls at once that every program is measured with")
    parser.add_argument("--turns", type=int, default=2, help="turns of about 4 s in each window")
    parser.add_argument(
        "--rounds", type=int, default=2, help="visits to each program; only the first goes to the limit"
    )
    parser.add_argument("--quick", action="store_true", help="5 calls, one turn, one round, no search for the limit")
    parser.add_argument("--json", type=Path, default=Path("build/bench/results.json"), help="where the result goes")
    options = parser.parse_args()
    try:
        options.calls = [int(count) for count in options.calls.split(",")]
    except ValueError:
        parser.error(f"--calls takes numbers with commas, not {options.calls!r}")
    options.programs = options.programs.split(",")
    if unknown := [name for name in options.programs if name not in names]:
        parser.error(f"--programs knows {', '.join(names)}, not {', '.join(map(repr, unknown))}")
    if min(options.calls) < 1 or options.turns < 1 or options.rounds < 1:
        parser.error("calls, turns and rounds are at least 1")
    return options


async def _measure(options: argparse.Namespace, targets: list[Target], console: Console) -> list[Visit]:
    visits = []
    for number in range(1, options.rounds + 1):
        for target in targets if number % 2 else reversed(targets):
            full = number == 1 and not options.quick
            # Later rounds repeat only the first fixed levels: they pool latencies, the limit was found
            # before.
            fixed = options.calls if full else options.calls[:2]
            console.print(f"round {number}: {target.title} …", style="dim")
            visits.append(await visit(target, number, fixed, options.turns, full=full))
            for level in visits[-1].levels:
                console.print(
                    f"  {level.calls:3d} calls: p95 {level.quantile(0.95):6.0f} ms, {level.core:.2f} core"
                    f"{'' if level.held else f'; {level.verdict.side} gave up: {level.verdict.why}'}",
                    style="dim",
                    markup=False,
                )
    return visits


def main() -> int:
    """Measure, report, write; returns the exit code."""
    options = _arguments()
    console = Console()
    if options.quick:
        options.calls, options.rounds, options.turns = [5], 1, 1
    targets = [target for target in TARGETS if target.name in options.programs]
    os.sched_setaffinity(0, cores()[1])
    settings = {
        "programs": options.programs,
        "calls": options.calls,
        "turns": options.turns,
        "rounds": options.rounds,
        "quick": options.quick,
    }
    try:
        result = build(asyncio.run(_measure(options, targets, console)), settings)
    except RuntimeError as error:
        console.print(f"the benchmark failed: {error}", *getattr(error, "__notes__", []), style="red", markup=False)
        return 1
    write(result, options.json)
    show(result, console)
    console.print(f"written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
