"""One visit to one target: warm it up, then add calls level by level until it no longer keeps up.

A level is over its limit when the 95th percentile of the latency has doubled against one call, when the
server uses a whole core, or when turns get lost. Fixed levels come first, the same for every target, so that
latencies can be compared; then a full visit closes in on the limit: levels near what the CPU cost predicts,
then halves between the last level that held and the first that did not.
"""

import asyncio
import math
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from measure import Generator, Server, generating, serving
from targets import Target

TURN_S = 3.9
"""Seconds of one turn: 1.6 speech, 0.45 until the answer, 1.5 answer, pauses. Sets the length of a window."""
STAGGER_S = TURN_S
"""New callers are spread over one turn, so that their turns are too."""
LATE_LIMIT_MS = 40.0
"""A generator whose own clock is later than this at the 99th percentile measures itself, not the server."""
FULL_CORE = 0.97
SETTLE_S = 1.0


class GeneratorTooLateError(RuntimeError):
    """The load generator could not keep its pace, so its figures mean nothing."""


@dataclass
class Level:
    """Figures of one window with `calls` calls at once: latency in ms, memory in bytes above idle.

    A level that was come back to is not `ascending`: its memory holds what ended calls left, and says
    nothing.
    """

    calls: int
    seconds: float
    core: float
    pss_growth: int
    rss_growth: int
    waited_for_core_s: float
    generator: dict[str, float]
    latencies_ms: list[float]
    interrupted: int
    lost: int
    unanswered: int
    dropped_calls: int
    held: bool = True
    ascending: bool = True

    @property
    def core_per_call(self) -> float:
        """Cores that one call uses, which is CPU seconds per call-second."""
        return self.core / self.calls

    @property
    def cpu_s_per_call_minute(self) -> float:
        """CPU seconds of the server for one minute of one call."""
        return self.core_per_call * 60

    @property
    def memory_per_call(self) -> float:
        """Bytes of PSS that one call adds."""
        return self.pss_growth / self.calls

    def quantile(self, q: float) -> float:
        """Latency quantile in milliseconds (nearest rank), NaN without a turn."""
        return quantile(self.latencies_ms, q)


@dataclass
class Visit:
    """All levels of one visit, in the order measured, and the idle server's memory in bytes after warm-up."""

    target: str
    title: str
    round: int
    levels: list[Level] = field(default_factory=list)
    idle_pss: int = 0
    idle_rss: int = 0
    start_s: float = 0.0
    full: bool = False

    @property
    def carried(self) -> int:
        """The most calls at once that were within the limit."""
        return max((level.calls for level in self.levels if level.held), default=0)

    @property
    def refused(self) -> int | None:
        """The fewest calls at once that were over the limit, None when the limit was not reached."""
        return min((level.calls for level in self.levels if not level.held), default=None)


def quantile(values: list[float], q: float) -> float:
    """Nearest-rank quantile; NaN for no values."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(q * len(values)) - 1)]


async def visit(target: Target, number: int, fixed: list[int], turns: int, *, full: bool, limit: int = 240) -> Visit:
    """Measure `target` in a fresh process: one call, the `fixed` levels, and with `full` on to the limit.

    Windows last `turns` turns. Raises GeneratorTooLateError when the generator was the bottleneck and
    RuntimeError when no call goes through at all.
    """
    began = monotonic()
    async with serving(target) as server, generating(target, server.port) as generator:
        result = Visit(target.name, target.title, number, start_s=monotonic() - began, full=full)
        await _warm_up(generator)
        result.idle_pss, result.idle_rss = server.memory()
        calls = 0
        for wanted in [1, *sorted(set(fixed) - {1})]:
            calls = await _raise(generator, calls, wanted)
            level = await _window(server, generator, calls, turns, result)
            if not level.held:
                break
        if full:
            await _search(server, generator, calls, turns, result, limit)
        if server.alive:
            await generator.order(hang_up=True)
    return result


async def _warm_up(generator: Generator) -> None:
    """One call, then none: models are loaded, and the idle memory is that of a server in use."""
    await _raise(generator, 0, 1)
    await asyncio.sleep(TURN_S + 1)
    await generator.order(hang_up=True)
    await asyncio.sleep(1)


async def _raise(generator: Generator, calls: int, wanted: int) -> int:
    added = wanted - calls
    answer = await generator.order(add=added, over_s=min(STAGGER_S, added / 2))
    if answer["errors"]:
        raise RuntimeError(f"with {calls} calls up, new calls failed: {answer['errors']}")
    return wanted


async def _window(server: Server, generator: Generator, calls: int, turns: int, result: Visit) -> Level:
    await asyncio.sleep(SETTLE_S)
    await generator.order(open=True)
    began, cpu, waited = monotonic(), server.cpu_s(), server.waited_s()
    await asyncio.sleep(TURN_S * turns)
    seconds = monotonic() - began
    core, waited = (server.cpu_s() - cpu) / seconds, server.waited_s() - waited
    figures = await generator.order(close=True)
    pss, rss = server.memory()
    level = _level(calls, seconds, core, pss - result.idle_pss, rss - result.idle_rss, waited, figures)
    if level.generator["late_p99_ms"] > LATE_LIMIT_MS:
        raise GeneratorTooLateError(
            f"with {calls} calls the generator was late by {level.generator['late_p99_ms']:.0f} ms "
            "(p99): no figure is reported; free its core or measure fewer calls"
        )
    alone = result.levels[0].quantile(0.95) if result.levels else level.quantile(0.95)
    level.held = (
        level.quantile(0.95) <= 2 * alone
        and level.core < FULL_CORE
        and level.lost + level.unanswered + level.dropped_calls == 0
    )
    result.levels.append(level)
    return level


def _level(
    calls: int, seconds: float, core: float, pss: int, rss: int, waited: float, figures: dict[str, Any]
) -> Level:
    late = {name: round(figures.pop(name), 3) for name in ("late_p50_ms", "late_p99_ms", "late_max_ms")}
    return Level(
        calls=calls,
        seconds=seconds,
        core=core,
        pss_growth=pss,
        rss_growth=rss,
        waited_for_core_s=waited,
        generator=late,
        **figures,
    )


async def _search(server: Server, generator: Generator, calls: int, turns: int, result: Visit, limit: int) -> None:
    """Add calls until the limit; then halve the gap to it twice, each time with a fresh set of calls."""
    for share in (0.7, 0.85, 0.95, 1.05, 1.2):
        # At least a tenth more each time: near the limit the cost per call still shrinks.
        wanted = min(limit, max(calls + calls // 10 + 1, round(share / result.levels[-1].core_per_call)))
        if result.refused is not None or wanted <= calls:
            break
        calls = await _raise(generator, calls, wanted)
        await _window(server, generator, calls, turns, result)
    for _ in range(2):
        if result.refused is None or result.refused - result.carried < max(2, result.carried // 10):
            break
        # Calls only ever pile up within a ramp: going back means to end them all.
        await generator.order(hang_up=True)
        await asyncio.sleep(1.5)
        middle = await _raise(generator, 0, (result.refused + result.carried) // 2)
        (await _window(server, generator, middle, turns, result)).ascending = False
