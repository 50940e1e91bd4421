"""The API's routes about the retention period: what it is, what another one would do, and setting it."""

from typing import Any

from litestar import Request, get, put

from op26x.client.summaries import retention_period
from op26x.client.types import RetentionPeriod
from op26x.retention import Deadlines, Periods
from op26x_service.auth import holder


def retention_routes(periods: Periods, kept: Deadlines) -> list[Any]:
    """The routes. Each change is an entry in the audit log."""

    @get("/retention")
    async def period(days: int | None = None) -> RetentionPeriod:
        """The organization's period; with ``days``, what another one would do."""
        if days is None:
            return RetentionPeriod(await periods.days(), applied=True)
        return retention_period(await periods.preview(days, kept), applied=False)

    @put("/retention")
    async def change_period(request: Request[Any, Any, Any], data: RetentionPeriod) -> RetentionPeriod:
        """Sets the period. A shorter one moves deadlines forward; a longer one moves none."""
        return retention_period(await periods.change(data.days, kept, holder(request)), applied=True)

    return [period, change_period]
