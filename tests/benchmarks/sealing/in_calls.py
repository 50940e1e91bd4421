"""What recording costs in calls: processor time of tap, tracks, sealing and appending for ten calls' audio.

The audio is handed over as fast as it is taken, frame by frame as the wire does it, and the time that it took is
set against the time that it lasts. The blob store takes the sealed bytes and forgets them.
"""

import asyncio
from statistics import median
from time import process_time
from typing import Any

from rich import box
from rich.table import Table

from op26x.clock import ManualClock
from op26x.consent import Gate
from op26x.policy import RecordingMode
from op26x.recording import Recorder, WireTap
from op26x.vault.sealed_stream import SealedWriter

CALLS = 10
FRAME = bytes(range(160))
MESSAGE = bytes(1600)
FRAMES_PER_MESSAGE = 10
FRAME_S = 0.02


class _Nowhere:
    """A blob that is not kept."""

    def __init__(self) -> None:
        self.size = 0

    async def append(self, data: bytes) -> None:
        """Counts."""
        self.size += len(data)

    async def close(self) -> None:
        """Nothing is open."""


def measure(rounds: int, seconds: int) -> dict[str, Any]:
    """Cores that ten calls need for being recorded.

    Args:
        rounds: How often; the median counts.
        seconds: Of audio in each.
    """
    costs = [asyncio.run(_record(seconds)) for _ in range(rounds)]
    return {"calls": CALLS, "seconds": seconds, "cores": costs, "median_cores": median(costs)}


async def _record(seconds: int) -> float:
    clock = ManualClock()
    taps = [WireTap(clock) for _ in range(CALLS)]
    recorders = [_recorder(str(number), tap) for number, tap in enumerate(taps)]
    began = process_time()
    for number in range(int(seconds / FRAME_S)):
        for tap in taps:
            if number % FRAMES_PER_MESSAGE == 0:
                tap.agent(MESSAGE)
            tap.caller(FRAME)
        clock.advance(FRAME_S)
        await asyncio.sleep(0)
    for recorder in recorders:
        await recorder.finish()
    spent = process_time() - began
    assert all(recorder.size > 15_000 * seconds for recorder in recorders)
    return spent / seconds


def _recorder(call_id: str, tap: WireTap) -> Recorder:
    permit = Gate(call_id, RecordingMode.ONE_PARTY).open()
    return Recorder(permit, call_id, tap, SealedWriter(bytes(32), b""), _Nowhere(), lambda: None)


def table(result: dict[str, Any]) -> Table:
    """The result as a table."""
    shown = Table(title=f"Recording {result['calls']} calls", box=box.SIMPLE)
    shown.add_column("share of a core", justify="right")
    shown.add_row(f"{100 * result['median_cores']:.2f} %")
    return shown
