"""The API's routes about calls: the list, one call, a new one."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.params import Parameter

from op26x.calls import Call, Workspace
from op26x.client.types import CallDetail, CallSummary, ConsentSummary, PlaceCall, TurnSummary
from op26x.recording import Recording
from op26x.types import PhoneNumber
from op26x.voice import VoiceSwitchboard
from op26x.voice.consent.recorded_call import RecordedCall
from op26x_service.recordings_api import recording_summary

Limit = Annotated[int, Parameter(ge=1, le=500)]


def call_routes(switchboard: VoiceSwitchboard, workspace: Workspace) -> list[Any]:
    """The routes."""

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

    return [list_calls, show_call, place_call]


def _shown(call: Call, recording: Recording | None = None) -> CallSummary:
    shown = msgspec.convert(call, CallSummary, from_attributes=True)
    return msgspec.structs.replace(shown, recording_state=recording.state if recording else "")


def _live(detail: CallDetail, recorded: RecordedCall) -> CallDetail:
    """With what is not written before a call is over: how it is recorded, and whether it is right now."""
    call = msgspec.structs.replace(detail.call, recording_mode=recorded.mode.value)
    now: Literal["on", "paused", "off"] = "on" if recorded.recording else "paused" if recorded.paused else "off"
    return msgspec.structs.replace(detail, call=call, recording_now=now)
