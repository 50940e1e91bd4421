"""Benchmark: how many acts the audit log takes.

Run it: `python tests/benchmarks audit [--entries 50000 --rounds 3] [--postgres]`.

Each round has a fresh database. Entries are written in transactions of 500, as a sweep writes them, and taken into the
tree; then all of it is verified, and one more entry is written and proved.

Exit codes: 0 measured, 1 something was not as it was written, 2 wrong use.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console

from databases import choose, fresh
from op26x.audit import Access, verify
from op26x.calls import Installation
from op26x.settings import Settings
from results import machine, write

TOGETHER = 500
BY = Access("user:01EXAMPLE", "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="audit",
        description="Entries of the audit log: written, taken into the tree, verified, proved",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--entries", type=int, default=50_000, help="how many in each round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median counts")
    parser.add_argument("--json", type=Path, default=Path("build/bench/audit.json"), help="where the result goes")
    choose(parser)
    options = parser.parse_args()
    if min(options.entries // TOGETHER, options.rounds) < 1:
        parser.error(f"at least {TOGETHER} entries and one round")
    return options


async def _round(settings: Settings, count: int) -> dict[str, float]:
    installation = Installation.open(settings)
    workspace = installation.workspace()
    records = [f"01RECORD{number}" for number in range(TOGETHER)]
    began = perf_counter()
    for _ in range(count // TOGETHER):
        await workspace.database.run(
            lambda session: workspace.audit.write_all(session, "recording.erased", records, BY)
        )
    written = perf_counter()
    await workspace.tree.take_in()
    taken = perf_counter()
    found = await verify(workspace.tree)
    verified = perf_counter()
    await workspace.audit.add("recording.read", "01LAST", BY)
    (last,) = await workspace.audit.of("01LAST")
    await workspace.tree.prove(last.id)
    proved = perf_counter()
    installation.close()
    if found.faults:
        raise RuntimeError(f"it was not as it was written: {found.faults[0].what}")
    return {
        "written and taken in per s": count / (taken - began),
        "written per s": count / (written - began),
        "taken in per s": count / (taken - written),
        "verified per s": count / (verified - taken),
        "s until a new one is proved": proved - verified,
    }


def main() -> int:
    """Measure, report, write; returns the exit code."""
    options = _arguments()
    console = Console()
    rounds = []
    for _ in range(options.rounds):
        with fresh(postgres=options.postgres) as settings:
            try:
                rounds.append(asyncio.run(_round(settings, options.entries)))
            except RuntimeError as error:
                console.print(f"the benchmark failed: {error}", style="red", markup=False)
                return 1
    result: dict[str, Any] = {name: median(one[name] for one in rounds) for name in rounds[0]}
    for name, value in result.items():
        console.print(f"{name:30} {value:12,.2f}")
    write(
        {
            "machine": machine(["sqlmodel", "sqlalchemy"]),
            "entries": options.entries,
            "postgres": options.postgres,
            **result,
        },
        options.json,
    )
    console.print(f"written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
