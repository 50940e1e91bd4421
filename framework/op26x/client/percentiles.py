"""How latencies are summed up, the same wherever they are shown."""

import statistics
from collections.abc import Sequence


def percentiles(values: Sequence[int]) -> tuple[int | None, int | None]:
    """Median and 95th percentile; both ``None`` without values."""
    if not values:
        return None, None
    ordered = sorted(values)
    return round(statistics.median(ordered)), ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
