"""The API's routes about listening links: a reading that is noted once, and asked anew for each of its parts."""

from typing import Any

from litestar import Request, delete, get, post

from op26x.audit import Access
from op26x.calls import Workspace
from op26x.client.summaries import transcript_turns
from op26x.client.types import ListeningLink, Reason, TranscriptTurn
from op26x_service.auth import holder
from op26x_service.links import Link, Links
from op26x_service.long_answers import AudioResponse, Leave, audio, key_stands


def link_routes(workspace: Workspace) -> list[Any]:
    """The routes. Each asks for the API key that the link was made for, and whether the recording may be read."""
    recordings = workspace.recordings
    links = Links(workspace.ids, workspace.clock)

    async def open_link(request: Request[Any, Any, Any], token: str) -> Link:
        link = links.get(token, holder(request))
        await recordings.readable(link.recording_id)
        return link

    @post("/recordings/{record_id:str}/links")
    async def make_link(request: Request[Any, Any, Any], record_id: str, data: Reason) -> ListeningLink:
        """Leave to hear and read a recording for a while; the audit log has the reason."""
        access = Access(holder(request), data.why)
        row, _ = await recordings.open(record_id, access)
        token, link = links.make(row, access)
        return ListeningLink(token, row.id, link.expires_at)

    @get("/links/{token:str}")
    async def show_link(request: Request[Any, Any, Any], token: str) -> ListeningLink:
        """A link, as long as its recording may be read."""
        link = await open_link(request, token)
        return ListeningLink(token, link.recording_id, link.expires_at)

    @get("/links/{token:str}/audio")
    async def play_link(request: Request[Any, Any, Any], token: str) -> AudioResponse:
        """The audio as a WAV file, or a range of it."""
        link = await open_link(request, token)
        _, wav = await recordings.open(link.recording_id, link.access, noted=True)
        leave = Leave(key_stands(workspace.api_keys, link.access.who), lambda: open_link(request, token))
        return audio(request, wav, leave)

    @get("/links/{token:str}/transcript")
    async def read_link(request: Request[Any, Any, Any], token: str) -> list[TranscriptTurn]:
        """What was said, turn by turn; the first reading is an entry in the audit log."""
        link = await open_link(request, token)
        row = await recordings.readable(link.recording_id)
        turns = await workspace.transcripts.of_call(row.call_id, link.access, noted=link.words_noted)
        link.words_noted = True
        return transcript_turns(turns)

    @delete("/links/{token:str}")
    async def end_link(request: Request[Any, Any, Any], token: str) -> None:
        """Ends a link."""
        links.end(token, holder(request))

    return [make_link, show_link, play_link, read_link, end_link]
