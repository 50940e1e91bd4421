"""Metrics for Prometheus, without labels that could tell one caller from another."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REPLY_BUCKETS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0)


class Metrics:
    """The service's metrics.

    Args:
        active: How many calls are in progress.
    """

    def __init__(self, active: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        gauge = Gauge("op26x_calls_in_progress", "Calls in progress.", registry=self._registry)
        gauge.set_function(active)
        self.reply = Histogram(
            "op26x_reply_seconds",
            "From the caller's end of speech to the first audio of the answer.",
            buckets=REPLY_BUCKETS,
            registry=self._registry,
        )

        self._missed = Counter(
            "op26x_deadlines_missed",
            "Waits of calls that came to their limit: stream, report, first-audio, drain, end.",
            ["deadline"],
            registry=self._registry,
        )

    def missed(self, deadline: str) -> None:
        """Counts a wait that came to its limit."""
        self._missed.labels(deadline).inc()

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)
