"""The API: calls, agents, live events, recordings; and what needs no key: health and metrics."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from litestar import MediaType, Response, Router, get, post
from litestar.openapi.spec import SecurityRequirement
from litestar.params import Parameter
from litestar.response import ServerSentEvent
from litestar.types import Guard

from op26x.calls import Call, Workspace
from op26x.client.types import AgentSummary, CallDetail, CallSummary, ConsentSummary, PlaceCall, TurnSummary
from op26x.recording import Recording
from op26x.types import PhoneNumber
from op26x.voice import VoiceSwitchboard
from op26x.voice.recorded_call import RecordedCall
from op26x_service.metrics import Metrics
from op26x_service.recordings_api import recording_routes, recording_summary

KEY: list[SecurityRequirement] = [{"key": []}]
Limit = Annotated[int, Parameter(ge=1, le=500)]


def api_router(switchboard: VoiceSwitchboard, workspace: Workspace, guard: Guard) -> Router:
    """The routes under ``/api``; each asks for an API key."""

    @get("/calls")
    async def list_calls(limit: Limit = 100, before: str | None = None) -> list[CallSummary]:
        """Calls, newest first; ``before`` is a call's identifier to continue after."""
        calls = await workspace.calls.list(limit=limit, before=before)
        recordings = await workspace.recordings.of_calls([call.id for call in calls])
        return [_shown(call, recordings.get(call.id)) for call in calls]

    @get("/calls/{call_id:str}")
    async def show_call(call_id: str) -> CallDetail:
        """One call with its turns, its recording and what was agreed."""
        call, turns = await workspace.calls.get(call_id)
        recording = await workspace.recordings.find(call_id)
        consents = await workspace.consents.of_call(call_id)
        detail = CallDetail(
            _shown(call, recording),
            msgspec.convert(turns, list[TurnSummary], from_attributes=True),
            await recording_summary(workspace, recording) if recording else None,
            msgspec.convert(consents, list[ConsentSummary], from_attributes=True),
        )
        session = switchboard.sessions.get(call_id)
        return detail if session is None else _live(detail, session.recorded)

    @post("/calls", status_code=201)
    async def place_call(data: PlaceCall) -> CallSummary:
        """Places a call."""
        call_id = await switchboard.place(data.provider, PhoneNumber.parse(data.to), data.agent)
        call, _ = await workspace.calls.get(call_id)
        return _shown(call)

    @get("/agents")
    async def list_agents() -> list[AgentSummary]:
        """The agents."""
        return [
            AgentSummary(
                id=a.name,
                greeting=a.greeting,
                brain=a.brain.use,
                voice=a.voice.use,
                recogniser=a.recogniser.use,
                language=a.language,
                tools=list(a.tools),
                recording=a.recording.mode.value,
            )
            for a in switchboard.agents.values()
        ]

    @get("/live")
    async def live() -> ServerSentEvent:
        """What happens in calls from now on, as server-sent events; nothing of it is stored."""

        async def events() -> AsyncIterator[Any]:
            async with switchboard.feed.listen() as queue:
                yield {"comment": "listening", "data": ""}
                while (event := await queue.get()) is not None:
                    yield {"data": msgspec.json.encode(event).decode()}

        return ServerSentEvent(events())

    handlers = [list_calls, show_call, place_call, list_agents, live, *recording_routes(switchboard, workspace)]
    return Router("/api", route_handlers=handlers, guards=[guard], security=KEY)


def open_routes(switchboard: VoiceSwitchboard, metrics: Metrics) -> list[Any]:
    """The routes that need no key."""

    @get("/health", security=[])
    async def health() -> Response[dict[str, Any]]:
        """200 once calls can be taken, 503 before and while the service is stopping."""
        body = {"accepting": switchboard.accepting, "calls": len(switchboard.sessions)}
        return Response(body, status_code=200 if switchboard.accepting else 503)

    @get("/metrics", media_type=MediaType.TEXT, security=[])
    async def prometheus() -> bytes:
        """Metrics in Prometheus' text format."""
        return metrics.text()

    return [health, prometheus]


def _shown(call: Call, recording: Recording | None = None) -> CallSummary:
    shown = msgspec.convert(call, CallSummary, from_attributes=True)
    return msgspec.structs.replace(shown, recording_state=recording.state if recording else "")


def _live(detail: CallDetail, recorded: RecordedCall) -> CallDetail:
    """With what is not written before a call is over: how it is recorded, and whether it is right now."""
    call = msgspec.structs.replace(detail.call, recording_mode=recorded.mode.value)
    now: Literal["on", "paused", "off"] = "on" if recorded.recording else "paused" if recorded.paused else "off"
    return msgspec.structs.replace(detail, call=call, recording_now=now)
