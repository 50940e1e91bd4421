"""Benchmark: what 200 organizations more cost, in start, in memory and per call.

Run it: `python tests/benchmarks organizations [--organizations 200 --agents 5 --calls 600 --rounds 5]`.

The recording service of the benchmark of calls is started in turns on a data directory with one organization and on
one with many, each with its agents, phone line and owner's key. Short calls ring a number; with many, it belongs to
one in the middle. Ratios are of the medians of all rounds.

Exit codes: 0 measured, 1 a measurement failed, 2 wrong use.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "calls"), str(HERE.parent / "memory")]

from callers import FIRST, TARGET, Callers  # noqa: E402
from rich import box  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from measure import cores, serving  # noqa: E402
from op26x.calls import Installation  # noqa: E402
from op26x.settings import resolve  # noqa: E402
from op26x.types import PhoneNumber  # noqa: E402
from results import machine, write  # noqa: E402
from targets import HERE as CALLS  # noqa: E402

CALLED = PhoneNumber("+12022125550")
"""The number that the benchmark of calls rings."""
DOCUMENT = (CALLS / "agents" / TARGET.name / "agent.yaml").read_text()
IDLE_S = 3.0
KINDS = ("one", "many")
FIGURES = {"start_s": "start, s", "rss_mb": "memory, MB", "cpu_ms_per_call": "CPU per call, ms"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="organizations",
        description="What many organizations cost",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--organizations", type=int, default=200, help="besides the first")
    parser.add_argument("--agents", type=int, default=5, help="of each")
    parser.add_argument("--calls", type=int, default=600, help="in each round")
    parser.add_argument("--rounds", type=int, default=5, help="with one and with many, in turns")
    parser.add_argument("--json", type=Path, default=Path("build/bench/organizations.json"), help="where it goes")
    options = parser.parse_args()
    if min(options.organizations, options.agents, options.calls, options.rounds) < 1:
        parser.error("every number is at least 1")
    return options


async def _found(data: Path, organizations: int, agents: int) -> None:
    """Organizations with agents that take calls; a number belongs to the one in the middle."""
    installation = Installation.open(resolve({}, environ={}, overrides={"data": data}))
    name = next(line for line in DOCUMENT.splitlines() if line.startswith("name:"))
    try:
        for number in range(organizations):
            made = await installation.organizations.create(f"organization-{number}")
            workspace = await installation.opened(made.id)
            for agent in range(agents):
                document = DOCUMENT if agent == 0 else DOCUMENT.replace(name, f"{name}-{agent}")
                saved = await workspace.agents.save(document, "benchmark")
                await workspace.agents.publish(await workspace.agents.name_of(saved), "benchmark")
            if number == organizations // 2:
                await workspace.phone_lines.add("twilio", CALLED)
    finally:
        installation.close()


async def _round(kind: str, options: argparse.Namespace) -> dict[str, float]:
    began = monotonic()

    def prepare(data: Path) -> None:
        nonlocal began
        if kind == "many":
            _in_a_thread(_found(data, options.organizations, options.agents))
        began = monotonic()

    async with serving(TARGET, prepare) as server:
        start_s = monotonic() - began
        callers = Callers(server.port, 12)
        await asyncio.sleep(IDLE_S)
        _, rss = server.memory()
        await callers.ring(FIRST)
        cpu = server.cpu_s()
        await callers.ring(options.calls)
        return {
            "start_s": round(start_s, 2),
            "rss_mb": round(rss / 1e6, 1),
            "cpu_ms_per_call": round((server.cpu_s() - cpu) * 1000 / options.calls, 2),
        }


def _in_a_thread(work: Any) -> None:
    """Runs something asynchronous to its end, within a loop that goes on."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as one:
        one.submit(asyncio.run, work).result()


async def _measure(options: argparse.Namespace, console: Console) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    for number in range(options.rounds):
        for kind in KINDS if number % 2 == 0 else KINDS[::-1]:
            found[kind].append(await _round(kind, options))
            console.print(f"{kind}: {found[kind][-1]}", style="dim")
    return found


def _ratios(found: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    middle = {kind: {name: median(row[name] for row in rows) for name in FIGURES} for kind, rows in found.items()}
    return {name: round(middle["many"][name] / middle["one"][name], 3) for name in FIGURES}


def main() -> int:
    """Measure, report, write; returns the exit code."""
    options = _arguments()
    console = Console()
    os.sched_setaffinity(0, cores()[1])
    try:
        found = asyncio.run(_measure(options, console))
    except RuntimeError as error:
        console.print(f"the benchmark failed: {error}", *getattr(error, "__notes__", []), style="red", markup=False)
        return 1
    ratios = _ratios(found)
    table = Table(title=f"{options.organizations} organizations with {options.agents} agents each", box=box.SIMPLE)
    for heading in ("", "one", "many", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, title in FIGURES.items():
        one, many = (median(row[name] for row in found[kind]) for kind in KINDS)
        table.add_row(title, str(one), str(many), str(ratios[name]))
    console.print(table)
    settings = {name: getattr(options, name) for name in ("organizations", "agents", "calls", "rounds")}
    rounds = {"one": found["one"], "many": found["many"]}
    result = {"benchmark": "organizations", "settings": settings, "machine": machine(["sqlalchemy"]), "rounds": rounds}
    write({**result, "ratios": ratios}, options.json)
    console.print(f"written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
