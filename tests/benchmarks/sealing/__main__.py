"""Benchmark: what encryption at rest costs.

Run it: `python tests/benchmarks sealing [--sizes 65536,8192,1600 --rounds 5 --seconds 1]`.

All of it happens on one core. The result has a key for each part: `throughput.py` is the cipher alone, against
openssl's; `in_calls.py` is what recording costs in calls.

Exit codes: 0 measured, 1 a measurement failed, 2 wrong use.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.backends.openssl import backend
from rich.console import Console

import in_calls
import throughput
from results import machine, write

AUDIO_S = 60


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sealing",
        description="AES-256-GCM through cryptography against openssl's",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--sizes", default="65536,8192,1600", help="bytes in one message, with commas")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each; their median counts")
    parser.add_argument("--seconds", type=int, default=1, help="of one measurement")
    parser.add_argument("--json", type=Path, default=Path("build/bench/sealing.json"), help="where the result goes")
    options = parser.parse_args()
    try:
        options.sizes = [int(size) for size in options.sizes.split(",")]
    except ValueError:
        parser.error(f"--sizes takes numbers with commas, not {options.sizes!r}")
    if min(*options.sizes, options.rounds, options.seconds) < 1:
        parser.error("sizes, rounds and seconds are at least 1")
    return options


def main() -> int:
    """Measure, report, write; returns the exit code."""
    options = _arguments()
    console = Console()
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    try:
        versions = {"cryptography": backend.openssl_version_text(), "openssl": throughput.openssl_version()}
        rows = throughput.measure(options.sizes, options.rounds, options.seconds)
    except RuntimeError as error:
        console.print(f"the benchmark failed: {error}", style="red", markup=False)
        return 1
    calls = in_calls.measure(options.rounds, AUDIO_S)
    result: dict[str, Any] = {
        "benchmark": "sealing",
        "settings": {"sizes": options.sizes, "rounds": options.rounds, "seconds": options.seconds},
        "machine": machine(["cryptography"]) | {"core": core, "openssl": versions},
        "throughput": rows,
        "in_calls": calls,
    }
    write(result, options.json)
    console.print(throughput.table(rows))
    console.print(in_calls.table(calls))
    for name, text in versions.items():
        console.print(f"{name}: {text}")
    console.print(f"load average {result['machine']['load_average'][0]:.2f}; written to {options.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
