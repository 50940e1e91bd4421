"""The API's routes about recordings: audio and words, and what may be done with them."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from op26x.accounts import Actor, Actors
from op26x.audit import Access
from op26x.calls import Workspace
from op26x.client.summaries import recording_summary, transcript_turns
from op26x.client.types import RecordingAction, RecordingSummary, TranscriptTurn
from op26x.consent import Notice, Right
from op26x.errors import NotErased, NotFound, NotNoted, ServiceUnreachable, StorageLost
from op26x.recording import RecordingState
from op26x.voice import VoiceSwitchboard
from op26x_service.long_answers import AudioResponse, Leave, audio, may_still

Why = Annotated[str, Parameter(query="why", max_length=200)]
UNSAID = "not said"
GONE = {204: ResponseSpec(None, description="All of it is gone.")}


def recording_routes(switchboard: VoiceSwitchboard, actors: Actors) -> list[Any]:
    """The routes. Each reading and each erasure is an entry in the audit log."""
    return [*_reading_routes(actors), *_ending_routes(switchboard)]


def _reading_routes(actors: Actors) -> list[Any]:
    """What may be read of a recording: what is known of it, audio, words."""

    @get("/recordings/{record_id:str}", action="calls.read")
    async def show_recording(workspace: Workspace, record_id: str) -> RecordingSummary:
        """A recording by its identifier or its call's."""
        return await recording_summary(workspace, await workspace.recordings.get(record_id))

    @get("/recordings/{record_id:str}/audio", action="recordings.read")
    async def play(
        request: Request[Any, Any, Any], workspace: Workspace, actor: Actor, record_id: str, why: Why = UNSAID
    ) -> AudioResponse:
        """The audio as a WAV file, caller left, agent right; a range of it if asked for (RFC 9110, section 14)."""
        row, wav = await workspace.recordings.open(record_id, actor.access(why))
        may = may_still(actors, actor, "recordings.read")
        return audio(request, wav, Leave(may, lambda: workspace.recordings.readable(row.id)))

    @get("/recordings/{record_id:str}/transcript", action="recordings.read")
    async def transcript(workspace: Workspace, actor: Actor, record_id: str, why: Why = UNSAID) -> list[TranscriptTurn]:
        """What was said, turn by turn."""
        row = await workspace.recordings.readable(record_id)
        return transcript_turns(await workspace.transcripts.of_call(row.call_id, actor.access(why)))

    return [show_recording, play, transcript]


def _ending_routes(switchboard: VoiceSwitchboard) -> list[Any]:
    """What may be done with a recording: pause, resume, stop, delete."""

    async def order(workspace: Workspace, call_id: str, right: Right, access: Access) -> None:
        notice = await switchboard.orders.carry_out(workspace.organization_id, call_id, right, access)
        if notice is Notice.NOT_DELETED:
            raise NotErased("The recording is stopped and can't be read, but it could not be erased yet.")
        if notice is Notice.NOT_NOTED:
            raise NotNoted(
                "The recording is stopped, but that it is to be deleted could be written down nowhere.",
                "Free some space, or make the data directory writable, before this service stops; see /health.",
            )

    async def order_deletion(workspace: Workspace, call_id: str, access: Access) -> None:
        try:
            await order(workspace, call_id, Right.DELETE, access)
        except (ServiceUnreachable, StorageLost):  # whoever has the call finds what it appends to gone
            await workspace.erasures.erase(call_id, access)

    @delete("/recordings/{record_id:str}", status_code=202, responses=GONE, action="recordings.delete")
    async def erase(
        workspace: Workspace, actor: Actor, record_id: str, why: Why = UNSAID
    ) -> Response[RecordingSummary | None]:
        """Destroys the key, then audio and words: 204 when all of it is gone.

        202, with the recording, when part of it could not be erased yet: nobody can read it, and the work goes on.
        """
        row = await workspace.recordings.get(record_id)
        access = actor.access(why)
        try:
            try:
                await order_deletion(workspace, row.call_id, access)
            except NotFound:  # the call is over
                await workspace.erasures.erase(row.call_id, access)
        except NotErased:
            left = msgspec.structs.replace(await recording_summary(workspace, row), state=RecordingState.ERASING.value)
            return Response(left, status_code=202)
        return Response(None, status_code=204)

    @post("/calls/{call_id:str}/recording", status_code=204, action="recordings.control")
    async def act(workspace: Workspace, actor: Actor, call_id: str, data: RecordingAction) -> Response[None]:
        """Pauses, resumes, stops or deletes the recording of a call in progress; the caller is told.

        202 when it is to be deleted and part of it could not be erased yet: nobody can read it, and the work goes on.
        """
        access = actor.access(UNSAID)
        if data.action != "delete":
            await order(workspace, call_id, Right(data.action), access)
            return Response(None, status_code=204)
        actor.must("recordings.delete")
        try:
            await order_deletion(workspace, call_id, access)
        except NotErased:
            return Response(None, status_code=202)
        return Response(None, status_code=204)

    return [erase, act]
