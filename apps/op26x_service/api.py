"""The API put together: its rooms' routes, agents and live events; and what watchers ask: health and metrics."""

from typing import Any

import msgspec
from litestar import MediaType, Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.openapi.spec import SecurityRequirement
from litestar.response import ServerSentEvent

from op26x.accounts import Actor
from op26x.calls import Installation, Workspace
from op26x.calls.health import Health
from op26x.client.types import Readiness, ServiceHealth, ServiceProblem
from op26x.voice import Scheduling, VoiceSwitchboard
from op26x_service.audit_api import AUDIT_ROUTES
from op26x_service.calls_api import call_routes
from op26x_service.links_api import link_routes
from op26x_service.long_answers import Leave, live_events, may_still
from op26x_service.metrics import Metrics, Overdue
from op26x_service.organization_api import organization_routes
from op26x_service.people_api import people_routes
from op26x_service.policy_api import policy_routes
from op26x_service.processors_api import processor_routes
from op26x_service.recordings_api import UNSAID, Why, recording_routes
from op26x_service.retention_api import RETENTION_ROUTES
from op26x_service.scheduled_calls_api import scheduled_call_routes
from op26x_service.verification_api import verification_routes

KEY: list[SecurityRequirement] = [{"key": []}]


def api_router(switchboard: VoiceSwitchboard, scheduling: Scheduling, installation: Installation) -> Router:
    """The routes under ``/api``; each names the action that it needs."""
    actors = installation.actors

    @get("/live", action="live.read")
    async def live(workspace: Workspace, actor: Actor, why: Why = UNSAID) -> ServerSentEvent:
        """What happens in calls from now on, as server-sent events; nothing of it is stored."""
        await workspace.audit.add("live.read", workspace.organization_id, actor.access(why))
        feed = (await switchboard.of(workspace.organization_id)).feed
        return live_events(feed, Leave(may_still(actors, actor, "live.read")))

    handlers = [
        *call_routes(switchboard),
        *scheduled_call_routes(scheduling),
        *recording_routes(switchboard, actors),
        *link_routes(installation),
        *policy_routes(switchboard),
        *RETENTION_ROUTES,
        *AUDIT_ROUTES,
        *organization_routes(switchboard, installation),
        *processor_routes(installation),
        *verification_routes(installation),
        *people_routes(installation.people, installation.settings.core.public_url),
        live,
    ]
    # Much of it is personal data, and none of it is for a cache (RFC 9111, section 5.2.2.5).
    kept = [ResponseHeader(name="Cache-Control", value="no-store")]
    return Router("/api", route_handlers=handlers, security=KEY, response_headers=kept)


def watch_routes(
    switchboard: VoiceSwitchboard, installation: Installation, metrics: Metrics, health: Health
) -> list[Any]:
    """The routes for whoever watches the service."""
    overdue = Overdue(installation.across.expired, installation.clock)

    @get("/ready", security=[], public="tells nothing but whether calls are taken")
    async def ready() -> Response[Readiness]:
        """For load balancers: 200 once calls can be taken, 503 before and while the service is stopping."""
        body = Readiness(switchboard.accepting and health.takes_calls, len(switchboard.sessions))
        return Response(body, status_code=200 if body.accepting else 503)

    @get("/health", security=[], public="tells what is wrong, without a word of anybody")
    async def tell_health() -> Response[ServiceHealth]:
        """For whoever watches: 200 while calls are taken and every promise can be kept, else 503 and the problems."""
        problems = msgspec.convert(health.problems, list[ServiceProblem], from_attributes=True)
        body = ServiceHealth(switchboard.accepting, len(switchboard.sessions), problems)
        return Response(body, status_code=200 if body.accepting and not body.problems else 503)

    @get("/metrics", media_type=MediaType.TEXT, security=KEY, action="metrics.read", loopback=True)
    async def prometheus() -> bytes:
        """Metrics in Prometheus' text format."""
        return metrics.text(await overdue.count(), health.problems)

    return [ready, tell_health, prometheus]
