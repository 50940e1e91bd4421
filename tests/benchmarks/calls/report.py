"""From visits to one result: figures per target and level, ratios to the peer, and Rich tables."""

from collections import defaultdict
from math import isnan
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from measure import cores
from ramp import Level, Visit, quantile
from results import machine
from verdict import Side

PACKAGES = (
    "pipecat-ai",
    "fastapi",
    "litestar",
    "uvicorn",
    "uvloop",
    "websockets",
    "onnxruntime",
    "numpy",
    "msgspec",
)


def pooled(levels: list[Level]) -> dict[str, Any]:
    """One row from the windows with the same number of calls: latencies pooled, costs by their median."""
    latencies = [ms for level in levels for ms in level.latencies_ms]
    core = median(level.core_per_call for level in levels)
    rising = [level for level in levels if level.ascending]
    return {
        "calls": levels[0].calls,
        "windows": len(levels),
        "turns": len(latencies),
        "latency_p50_ms": _number(quantile(latencies, 0.50), 1),
        "latency_p95_ms": _number(quantile(latencies, 0.95), 1),
        "cpu_s_per_call_minute": round(core * 60, 3),
        "core_per_call": round(core, 5),
        "calls_per_core_from_cpu": round(1 / core, 1),
        "memory_per_call_mb": _megabytes([level.memory_per_call for level in rising]),
        "rss_per_call_mb": _megabytes([level.rss_growth / level.calls for level in rising]),
        "interrupted_turns": sum(level.interrupted for level in levels),
        "lost_turns": sum(level.lost + level.unanswered for level in levels),
        "dropped_calls": sum(level.dropped_calls for level in levels),
        "calls_not_set_up": sum(level.not_set_up for level in levels),
        "held": all(level.held for level in levels),
        "waited_for_core_s": round(sum(level.waited_for_core_s for level in levels), 3),
        "generator_late_p99_ms": max(level.generator["late_p99_ms"] for level in levels),
    }


def _number(value: float, digits: int) -> float | None:
    return None if isnan(value) else round(value, digits)


def _megabytes(values: list[float]) -> float | None:
    return round(median(values) / 1e6, 3) if values else None


def summary(visits: list[Visit]) -> dict[str, Any]:
    """Everything about one target: its levels by number of calls and its capacity.

    `calls_per_core` is the most calls at once within the limit, of the best full visit;
    `calls_per_core_from_cpu` extrapolates from the cost at the largest level that held.
    """
    by_calls: dict[int, list[Level]] = defaultdict(list)
    for one in visits:
        for level in one.levels:
            if level.counts:
                by_calls[level.calls].append(level)
    rows = [pooled(levels) for _, levels in sorted(by_calls.items())]
    if not rows:
        raise RuntimeError(f"{visits[0].title}: {visits[0].ended_by.why}; free its core, no figure is reported")
    held = [row for row in rows if row["held"]] or rows
    full = [one for one in visits if one.full]
    return {
        "title": visits[0].title,
        "levels": rows,
        "calls_per_core": max((one.carried for one in full), default=None),
        "first_level_over_limit": min((one.refused for one in full if one.refused is not None), default=None),
        **_end(full),
        "calls_per_core_from_cpu": held[-1]["calls_per_core_from_cpu"],
        "idle_memory_mb": round(median(one.idle_pss for one in visits) / 1e6, 1),
        "start_s": round(median(one.start_s for one in visits), 2),
        "memory_per_call_mb": [row["memory_per_call_mb"] for row in held if row["memory_per_call_mb"] is not None][-1],
        "cpu_s_per_call_minute": held[-1]["cpu_s_per_call_minute"],
    }


def _end(full: list[Visit]) -> dict[str, Any]:
    """Who gave up at the end of the search for the limit, and why; the limit is found if it was the service."""
    if not full:
        return {"limit_found": False, "gave_up": None, "gave_up_why": None}
    verdict = max(full, key=lambda one: one.carried).ended_by
    return {"limit_found": verdict.side is Side.SERVICE, "gave_up": verdict.side.value, "gave_up_why": verdict.why}


def ratios(targets: dict[str, Any]) -> dict[str, Any]:
    """Each target against the peer; calls per core as a multiple, costs and latencies as a share.

    A multiple is one at least where the target's own limit was not found; there is none unless the peer's was.
    """
    peer = targets.get("peer")
    if peer is None:
        return {}
    peer_rows = {row["calls"]: row for row in peer["levels"]}
    result = {}
    for name, own in targets.items():
        same = [(row, peer_rows[row["calls"]]) for row in own["levels"] if row["calls"] in peer_rows]
        shared = {
            str(a["calls"]): {
                key: _share(a[key], b[key])
                for key in ("latency_p50_ms", "latency_p95_ms", "cpu_s_per_call_minute", "memory_per_call_mb")
            }
            for a, b in same
        }
        result[name] = {
            "calls_per_core": _share(own["calls_per_core"], peer["calls_per_core"]) if peer["limit_found"] else None,
            "calls_per_core_from_cpu": _share(own["calls_per_core_from_cpu"], peer["calls_per_core_from_cpu"]),
            "memory_per_call": _share(own["memory_per_call_mb"], peer["memory_per_call_mb"]),
            "at_the_same_calls": shared,
        }
    return result


def _share(own: float | None, peer: float | None) -> float | None:
    return round(own / peer, 3) if own is not None and peer else None


def build(visits: list[Visit], settings: dict[str, Any]) -> dict[str, Any]:
    """The whole result as JSON values."""
    names = list(dict.fromkeys(one.target for one in visits))
    targets = {name: summary([one for one in visits if one.target == name]) for name in names}
    server, others = cores()
    return {
        "benchmark": "calls",
        "settings": settings,
        "machine": machine(PACKAGES) | {"server_core": sorted(server), "generator_cores": sorted(others)},
        "targets": targets,
        "ratios": ratios(targets),
    }


def show(result: dict[str, Any], console: Console) -> None:
    """Print the levels of all targets and their capacity with ratios to the peer."""
    console.print(_levels_table(result))
    console.print(_capacity_table(result))
    for target in result["targets"].values():
        if target["calls_per_core"] is not None:
            console.print(f"{target['title']}: {_limit(target)}", markup=False)
    late = max(row["generator_late_p99_ms"] for target in result["targets"].values() for row in target["levels"])
    on = result["machine"]
    console.print(f"server on core {on['server_core']}, callers on {on['generator_cores']}", markup=False)
    console.print(f"generator late by at most {late:.1f} ms (p99); load average {on['load_average'][0]:.2f}")


def _limit(target: dict[str, Any]) -> str:
    """What the search found, in words."""
    carried, why = target["calls_per_core"], target["gave_up_why"]
    if target["limit_found"]:
        return f"{carried} calls per core; then the service gave up: {why}"
    if why:
        return f"{carried} calls per core or more, no limit found: {why}"
    return f"{carried} calls per core or more, no limit found: the search ends there"


def _table(title: str, *headings: str) -> Table:
    """A table whose figures are never cut: in a narrow terminal, the program's title is broken into lines."""
    table = Table("program", title=title, box=box.SIMPLE, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _levels_table(result: dict[str, Any]) -> Table:
    table = _table(
        "Calls at once: end of speech to first audio, and what a call costs",
        "calls",
        "turns",
        "p50\nms",
        "p95\nms",
        "CPU s\n/min",
        "MB\n/call",
        "lost",
        "broken",
        "",
    )
    for target in result["targets"].values():
        for number, row in enumerate(target["levels"]):
            cells = (
                row["calls"],
                row["turns"],
                row["latency_p50_ms"],
                row["latency_p95_ms"],
                row["cpu_s_per_call_minute"],
                row["memory_per_call_mb"],
                row["lost_turns"],
                row["interrupted_turns"],
            )
            title = "" if number else target["title"]
            table.add_row(title, *map(_cell, cells), "" if row["held"] else "over")
        table.add_section()
    return table


def _capacity_table(result: dict[str, Any]) -> Table:
    table = _table(
        "Per core, and against the peer",
        "calls\n/core",
        "x peer",
        "from\nCPU",
        "x peer",
        "MB\n/call",
        "x peer",
        "idle\nMB",
        "start\ns",
    )
    for name, target in result["targets"].items():
        ratio = result["ratios"].get(name, {})
        cells = (
            _at_least(target),
            ratio.get("calls_per_core"),
            target["calls_per_core_from_cpu"],
            ratio.get("calls_per_core_from_cpu"),
            target["memory_per_call_mb"],
            ratio.get("memory_per_call"),
            target["idle_memory_mb"],
            target["start_s"],
        )
        table.add_row(target["title"], *map(_cell, cells))
    return table


def _at_least(target: dict[str, Any]) -> str | None:
    carried = target["calls_per_core"]
    return carried if carried is None or target["limit_found"] else f">={carried}"


def _cell(value: float | str | None) -> str:
    return "-" if value is None else str(value)
