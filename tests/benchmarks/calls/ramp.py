"""One visit to one target: warm it up, then add calls level by level until it no longer keeps up.

A level is over the service's limit when the 95th percentile of the latency has doubled against one call, when
the server uses a whole core, or when turns, calls or new calls get lost; `verdict.py` tells that from a generator
that could not keep its own pace. Fixed levels come first, the same for every target, so that latencies can be
compared; then a full visit closes in on the limit: levels near what the CPU cost predicts, then halves between
the last level that held and the first that did not.
"""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from measure import Generator, Server, generating, serving
from targets import Target
from verdict import HELD, Side, Signs, Verdict, judge

TURN_S = 3.9
"""Seconds of one turn: 1.6 speech, 0.45 until the answer, 1.5 answer, pauses. Sets the length of a window."""
STAGGER_S = TURN_S
"""New callers are spread over one turn, so that their turns are too."""
NEW_CALLS_PER_S = 8
"""No faster, however many are added: a burst of new calls is another load than many calls at once."""
MOST_CALLS = 1000
"""Where the search ends if nobody gives up before."""
SETTLE_S = 1.0
CALM_S = 30.0
"""How long a server may take until it has got over calls that were ended."""


@dataclass
class Level:
    """Figures of one window with `calls` calls at once: latency in ms, memory in bytes above idle.

    `not_set_up` are new calls that the service did not take. A level that was come back to is not `ascending`: its
    memory holds what ended calls left, and says nothing.
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
    not_set_up: int = 0
    verdict: Verdict = HELD
    ascending: bool = True

    @property
    def held(self) -> bool:
        """Whether nobody gave up."""
        return self.verdict.side is Side.NOBODY

    @property
    def counts(self) -> bool:
        """Whether its figures are the service's: the generator was on time."""
        return self.verdict.side is not Side.GENERATOR

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
        """The fewest calls at once with which the service gave up, None when it never did."""
        return min((level.calls for level in self.levels if level.verdict.side is Side.SERVICE), default=None)

    @property
    def ended_by(self) -> Verdict:
        """Who gave up first and why: a limit is the service's only if it was the service."""
        given_up = [level for level in self.levels if not level.held]
        service = [level for level in given_up if level.verdict.side is Side.SERVICE]
        return min(service or given_up, key=lambda level: level.calls).verdict if given_up else HELD


def quantile(values: list[float], q: float) -> float:
    """Nearest-rank quantile; NaN for no values."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(q * len(values)) - 1)]


async def visit(target: Target, number: int, fixed: list[int], turns: int, *, full: bool) -> Visit:
    """Measure `target` in a fresh process: one call, the `fixed` levels, and with `full` on to the limit.

    Windows last `turns` turns. Raises RuntimeError when no call goes through at all.
    """
    began = monotonic()
    async with serving(target) as server, generating(target, server.port) as generator:
        result = Visit(target.name, target.title, number, start_s=monotonic() - began, full=full)
        await _warm_up(server, generator)
        result.idle_pss, result.idle_rss = server.memory()
        ramp = Ramp(server, generator, turns, result)
        for wanted in [1, *sorted(set(fixed) - {1})]:
            if not (await ramp.to(wanted)).held:
                break
        if full:
            await _search(ramp)
        if server.alive:
            await generator.order(hang_up=True)
    return result


async def _warm_up(server: Server, generator: Generator) -> None:
    """One call, then none: models are loaded, and the idle memory is that of a server in use."""
    answer = await generator.order(add=1, over_s=0.5)
    if not answer["up"]:
        raise RuntimeError(f"the first call failed: {answer['errors']}")
    await asyncio.sleep(TURN_S + 1)
    await generator.order(hang_up=True)
    await _calm(server)


async def _calm(server: Server) -> None:
    """Waits until the server has nothing more to do."""
    for _ in range(int(CALM_S)):
        cpu = server.cpu_s()
        await asyncio.sleep(1)
        if server.cpu_s() - cpu < 0.1:
            return


class Ramp:
    """The calls of one visit: more and more of them, each level measured."""

    def __init__(self, server: Server, generator: Generator, turns: int, result: Visit) -> None:
        self.result = result
        self._server, self._generator, self._turns = server, generator, turns
        self._calls = 0

    async def to(self, wanted: int) -> Level:
        """Adds calls until there are `wanted`, and measures; once more if it was but a bad moment of the generator."""
        added = wanted - self._calls
        set_up = await self._generator.order(add=added, over_s=max(min(STAGGER_S, added / 2), added / NEW_CALLS_PER_S))
        self._calls = wanted
        level = await self._window(set_up)
        if not level.counts and not set_up["own"] + set_up["refused"]:
            level = await self._window(set_up | {"late_p99_ms": 0.0})
        self.result.levels.append(level)
        return level

    async def again(self, wanted: int) -> Level:
        """Ends all calls first: they only ever pile up within a ramp."""
        await self._generator.order(hang_up=True)
        await _calm(self._server)
        self._calls = 0
        level = await self.to(wanted)
        level.ascending = False
        return level

    async def _window(self, set_up: dict[str, Any]) -> Level:
        await asyncio.sleep(SETTLE_S)
        server, idle = self._server, self.result
        await self._generator.order(open=True)
        began, cpu, waited = monotonic(), server.cpu_s(), server.waited_s()
        await asyncio.sleep(TURN_S * self._turns)
        seconds = monotonic() - began
        core, waited = (server.cpu_s() - cpu) / seconds, server.waited_s() - waited
        figures = await self._generator.order(close=True)
        pss, rss = server.memory()
        level = _level(self._calls, seconds, core, pss - idle.idle_pss, rss - idle.idle_rss, waited, figures)
        level.not_set_up = set_up["refused"]
        alone = self.result.levels[0] if self.result.levels else level
        level.verdict = judge(
            Signs(
                late_p99_ms=max(level.generator["late_p99_ms"], set_up["late_p99_ms"]),
                own_failures=set_up["own"],
                not_set_up=level.not_set_up,
                lost_turns=level.lost + level.unanswered,
                dropped_calls=level.dropped_calls,
                core=level.core,
                p95_ms=level.quantile(0.95),
                alone_p95_ms=alone.quantile(0.95),
            )
        )
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


def _shares() -> Iterator[float]:
    """How much of a core the next level shall need by the cost of the last."""
    yield from (0.7, 0.85, 0.95, 1.05)
    while True:
        yield 1.2


async def _search(ramp: Ramp) -> None:
    """Add calls until somebody gives up; if it was the service, halve the gap to it twice, each time with new calls."""
    result = ramp.result
    for share in _shares():
        last = result.levels[-1]
        if not last.held or last.calls >= MOST_CALLS:
            break
        # At least a tenth more each time: near the limit the cost per call still shrinks.
        await ramp.to(min(MOST_CALLS, max(last.calls + last.calls // 10 + 1, round(share / last.core_per_call))))
    for _ in range(2):
        if result.refused is None or result.refused - result.carried < max(2, result.carried // 10):
            break
        await ramp.again((result.refused + result.carried) // 2)
