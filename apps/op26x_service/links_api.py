"""The API's routes about listening links: a reading that is noted once, and asked anew for each of its parts."""

from typing import Any

from litestar import Request, delete, get, post

from op26x.accounts import Actor
from op26x.calls import Installation, Workspace
from op26x.client.summaries import transcript_turns
from op26x.client.types import ListeningLink, Reason, TranscriptTurn
from op26x_service.links import Link, Links
from op26x_service.long_answers import AudioResponse, Leave, audio, may_still


def link_routes(installation: Installation) -> list[Any]:
    """The routes. Each asks for whom the link was made, and whether the recording may be read."""
    links = Links(installation.ids, installation.clock)

    async def open_link(workspace: Workspace, actor: Actor, token: str) -> Link:
        link = links.get(token, actor.who)
        await workspace.recordings.readable(link.recording_id)
        return link

    @post("/recordings/{record_id:str}/links", action="recordings.read")
    async def make_link(workspace: Workspace, actor: Actor, record_id: str, data: Reason) -> ListeningLink:
        """Leave to hear and read a recording for a while; the audit log has the reason."""
        access = actor.access(data.why)
        row, _ = await workspace.recordings.open(record_id, access)
        token, link = links.make(row, access)
        return ListeningLink(token, row.id, link.expires_at)

    @get("/links/{token:str}", action="recordings.read")
    async def show_link(workspace: Workspace, actor: Actor, token: str) -> ListeningLink:
        """A link, as long as its recording may be read."""
        link = await open_link(workspace, actor, token)
        return ListeningLink(token, link.recording_id, link.expires_at)

    @get("/links/{token:str}/audio", action="recordings.read")
    async def play_link(
        request: Request[Any, Any, Any], workspace: Workspace, actor: Actor, token: str
    ) -> AudioResponse:
        """The audio as a WAV file, or a range of it."""
        link = await open_link(workspace, actor, token)
        _, wav = await workspace.recordings.open(link.recording_id, link.access, noted=True)
        may = may_still(installation.actors, actor, "recordings.read")
        return audio(request, wav, Leave(may, lambda: open_link(workspace, actor, token)))

    @get("/links/{token:str}/transcript", action="recordings.read")
    async def read_link(workspace: Workspace, actor: Actor, token: str) -> list[TranscriptTurn]:
        """What was said, turn by turn; the first reading is an entry in the audit log."""
        link = await open_link(workspace, actor, token)
        row = await workspace.recordings.readable(link.recording_id)
        turns = await workspace.transcripts.of_call(row.call_id, link.access, noted=link.words_noted)
        link.words_noted = True
        return transcript_turns(turns)

    @delete("/links/{token:str}", action="recordings.read")
    async def end_link(actor: Actor, token: str) -> None:
        """Ends a link."""
        links.end(token, actor.who)

    return [make_link, show_link, play_link, read_link, end_link]
