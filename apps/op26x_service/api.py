"""The API put together: its rooms' routes, agents and live events; and what needs no key: health and metrics."""

from typing import Any

import msgspec
from litestar import MediaType, Request, Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.openapi.spec import SecurityRequirement
from litestar.response import ServerSentEvent
from litestar.types import Guard

from op26x.audit import Access
from op26x.calls import Workspace
from op26x.calls.health import Health
from op26x.client.summaries import agent_summary
from op26x.client.types import AgentSummary, Readiness, ServiceHealth, ServiceProblem
from op26x.voice import VoiceSwitchboard
from op26x_service.auth import holder
from op26x_service.calls_api import call_routes
from op26x_service.links_api import link_routes
from op26x_service.long_answers import Leave, key_stands, live_events
from op26x_service.metrics import Metrics, Overdue
from op26x_service.recordings_api import UNSAID, Why, recording_routes
from op26x_service.retention_api import retention_routes

KEY: list[SecurityRequirement] = [{"key": []}]


def api_router(switchboard: VoiceSwitchboard, workspace: Workspace, guard: Guard) -> Router:
    """The routes under ``/api``; each asks for an API key."""

    @get("/agents")
    async def list_agents() -> list[AgentSummary]:
        """The agents."""
        return [agent_summary(agent) for agent in switchboard.agents.values()]

    @get("/live")
    async def live(request: Request[Any, Any, Any], why: Why = UNSAID) -> ServerSentEvent:
        """What happens in calls from now on, as server-sent events; nothing of it is stored."""
        who = holder(request)
        await workspace.audit.add("live.read", workspace.organization_id, Access(who, why))
        return live_events(switchboard.feed, Leave(key_stands(workspace.api_keys, who)))

    handlers = [
        *call_routes(switchboard, workspace),
        *recording_routes(switchboard, workspace),
        *link_routes(workspace),
        *retention_routes(workspace.periods, workspace.kept),
        list_agents,
        live,
    ]
    # Much of it is personal data, and none of it is for a cache (RFC 9111, section 5.2.2.5).
    kept = [ResponseHeader(name="Cache-Control", value="no-store")]
    return Router("/api", route_handlers=handlers, guards=[guard], security=KEY, response_headers=kept)


def open_routes(switchboard: VoiceSwitchboard, workspace: Workspace, metrics: Metrics, health: Health) -> list[Any]:
    """The routes that need no key."""
    overdue = Overdue(workspace.calls.expired, workspace.clock)

    @get("/ready", security=[])
    async def ready() -> Response[Readiness]:
        """For load balancers: 200 once calls can be taken, 503 before and while the service is stopping."""
        body = Readiness(switchboard.accepting and health.takes_calls, len(switchboard.sessions))
        return Response(body, status_code=200 if body.accepting else 503)

    @get("/health", security=[])
    async def tell_health() -> Response[ServiceHealth]:
        """For whoever watches: 200 while calls are taken and every promise can be kept, else 503 and the problems."""
        problems = msgspec.convert(health.problems, list[ServiceProblem], from_attributes=True)
        body = ServiceHealth(switchboard.accepting, len(switchboard.sessions), problems)
        return Response(body, status_code=200 if body.accepting and not body.problems else 503)

    @get("/metrics", media_type=MediaType.TEXT, security=[])
    async def prometheus() -> bytes:
        """Metrics in Prometheus' text format."""
        return metrics.text(await overdue.count(), health.problems)

    return [ready, tell_health, prometheus]
