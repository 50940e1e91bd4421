"""The API's routes about the retention period: what it is, what another one would do, and setting it."""

from typing import Any

from litestar import get, put

from op26x.accounts import Actor
from op26x.calls import Workspace
from op26x.client.summaries import retention_period
from op26x.client.types import RetentionPeriod


@get("/retention", action="retention.read")
async def show_period(workspace: Workspace, days: int | None = None) -> RetentionPeriod:
    """The organization's period; with ``days``, what another one would do."""
    if days is None:
        return RetentionPeriod(await workspace.periods.days(), applied=True)
    return retention_period(await workspace.periods.preview(days, workspace.kept), applied=False)


@put("/retention", action="retention.change")
async def change_period(workspace: Workspace, actor: Actor, data: RetentionPeriod) -> RetentionPeriod:
    """Sets the period; the audit log says who did. A shorter one moves deadlines forward, a longer one moves none."""
    return retention_period(await workspace.periods.change(data.days, workspace.kept, actor.who), applied=True)


RETENTION_ROUTES: list[Any] = [show_period, change_period]
