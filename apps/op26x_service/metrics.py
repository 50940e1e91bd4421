"""Metrics for Prometheus, without labels that could tell one caller from another."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from op26x import __version__, hookimpl
from op26x.calls import CallInfo
from op26x.calls.health import PROBLEMS, Problem
from op26x.clock import Clock
from op26x.processors.guard import current
from op26x.voice.conversation.dependencies import Meters
from op26x.voice.vendors.trouble import Trouble

FRESH_S = 1.0
REPLY_BUCKETS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0)


class Overdue:
    """How many calls should have been erased by now. It is counted once a second at the most, whoever asks how often.

    Args:
        expired: Counts them.
        clock: Tells when a second is over.
    """

    def __init__(self, expired: Callable[[datetime], Awaitable[int]], clock: Clock) -> None:
        self._expired = expired
        self._clock = clock
        self._asked = -FRESH_S
        self._count = 0

    async def count(self) -> int:
        """As of a second ago or later."""
        now = self._clock.monotonic()
        if now - self._asked >= FRESH_S:
            self._asked = now
            self._count = await self._expired(self._clock.now())
        return self._count


class Metrics(Meters):
    """The service's metrics, and those that plugins have put into Prometheus' default registry.

    Args:
        active: How many calls are in progress.
        waiting: How much work waits, by queue.
    """

    def __init__(self, active: Callable[[], int], waiting: dict[str, Callable[[], int]]) -> None:
        self._registry = registry = CollectorRegistry()
        Gauge("op26x_calls_in_progress", "Calls in progress.", registry=registry).set_function(active)
        queues = Gauge("op26x_queue_length", "Work that waits.", ["queue"], registry=registry)
        for name, length in waiting.items():
            queues.labels(name).set_function(length)
        refused = Gauge("op26x_connections_refused", "Connections to hosts that nobody declared.", registry=registry)
        refused.set_function(lambda: sum(egress.refused.values()) if (egress := current()) else 0)
        self._overdue = Gauge("op26x_overdue_calls", "Calls to be erased that are not yet.", registry=registry)
        self._reply = Histogram(
            "op26x_reply_seconds",
            "From the caller's end of speech to the first audio of the answer.",
            buckets=REPLY_BUCKETS,
            registry=registry,
        )
        self._missed = Counter(
            "op26x_deadlines_missed",
            "Waits of calls that came to their limit: stream, report, first-audio, drain, end.",
            ["deadline"],
            registry=registry,
        )
        self._calls = Counter(
            "op26x_calls", "Calls that are over.", ["direction", "state", "end_reason", "outcome"], registry=registry
        )
        self._vendor_errors = Counter(
            "op26x_vendor_errors", "Failures of vendors in calls.", ["vendor", "role", "kind"], registry=registry
        )

        self._recordings = Counter(
            "op26x_recordings",
            "What became of recordings.",
            ["event"],
            registry=registry,
        )
        self._errors = Counter(
            "op26x_call_errors", "What failed in calls: llm, stt, tts, tool, ears.", ["part"], registry=registry
        )
        self._problems = Gauge(
            "op26x_problems", "1 for whatever /health tells of at this moment.", ["problem"], registry=registry
        )
        Info("op26x", "This service.", registry=registry).info({"version": __version__})

    def recording(self, what: str) -> None:
        """Counts what became of a recording."""
        self._recordings.labels(what).inc()

    def failed(self, part: str) -> None:
        """Counts a failure of a part of a call."""
        self._errors.labels(part).inc()

    def replied(self, seconds: float) -> None:
        """Counts an answer."""
        self._reply.observe(seconds)

    def missed(self, deadline: str) -> None:
        """Counts a wait that came to its limit."""
        self._missed.labels(deadline).inc()

    def vendor_failed(self, trouble: Trouble) -> None:
        """Counts a failure of a vendor."""
        self._vendor_errors.labels(trouble.vendor, trouble.role, trouble.kind).inc()

    @hookimpl
    def op26x_call_ended(self, call: CallInfo) -> None:
        """Counts a call."""
        reason = call.end_reason.partition(":")[0]  # what follows is a plugin's: there may be any number of them
        self._calls.labels(call.direction, call.state, reason, call.outcome).inc()

    def text(self, overdue: int, problems: Sequence[Problem] = ()) -> bytes:
        """All metrics in Prometheus' text format.

        Args:
            overdue: How many calls should have been erased by now.
            problems: What ``/health`` tells of.
        """
        self._overdue.set(overdue)
        for name in PROBLEMS:
            self._problems.labels(name).set(any(problem.name == name for problem in problems))
        return generate_latest(self._registry) + generate_latest(REGISTRY)
