"""``op26x recordings`` and ``op26x transcripts``. They work beside a running service and without one."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Data, Json, Limit, Organization, Yes, by_command, open_workspace, run_async
from op26x.cli.output import make_sure, moment, print_list, print_one, whole_or_none
from op26x.errors import UsageError

if TYPE_CHECKING:
    from op26x.calls import Workspace
    from op26x.client.types import RecordingSummary

RecordId = Annotated[str, Parameter(name="ID", help="Identifier of the recording or of its call.")]
Why = Annotated[str, Parameter(help="Reason, for the audit log; no personal data.")]


def list_recordings(
    *, limit: Limit = 50, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Lists recordings, newest call first."""

    async def read(workspace: "Workspace") -> list[Any]:
        from op26x.calls.wanted import Wanted
        from op26x.client.summaries import recording_summary

        calls = await workspace.calls.list(Wanted(recorded=True), limit=limit)
        rows = await workspace.recordings.of_calls([call.id for call in calls])
        return [await recording_summary(workspace, rows[call.id]) for call in calls]

    with open_workspace(data, organization) as workspace:
        found = run_async(read(workspace))
    none = "No recordings. See op26x calls list for what became of each call's."
    print_list(found, [_in_brief(recording) for recording in found], as_json=json, empty=none)


def show_recording(
    record_id: RecordId, /, *, organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Shows what is known of a recording. It is not opened."""
    from op26x.client.summaries import recording_summary

    async def read(workspace: "Workspace") -> "RecordingSummary":
        return await recording_summary(workspace, await workspace.recordings.get(record_id))

    with open_workspace(data, organization) as workspace:
        print_one(run_async(read(workspace)), as_json=json)


class Exported(msgspec.Struct, frozen=True):
    """A recording in a file.

    Attributes:
        id: The recording's.
        file: Where it is, in clear.
        duration_ms: How long it is.
    """

    id: str
    file: str
    duration_ms: int


def export_recording(
    record_id: RecordId,
    file: Path,
    /,
    *,
    why: Why = "export",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Writes a recording as a WAV file: stereo, caller left, agent right, 8 kHz, 16 bit. The file is in clear.

    Args:
        file: Where to; it must not exist.
    """

    async def export(workspace: "Workspace") -> Exported:
        try:
            with whole_or_none(file) as output:
                row, wav = await workspace.recordings.open(record_id, by_command(why), "recording.exported")
                async for piece in wav.pieces():
                    output.write(piece)
        except FileExistsError:
            raise UsageError(f"{file} is there already.", "Choose another name.") from None
        except OSError as error:
            raise UsageError(f"{file} can't be written: {error.strerror}.", "Choose another place.") from None
        return Exported(row.id, str(file), row.duration_ms or wav.frames // 8)

    with open_workspace(data, organization) as workspace:
        made = run_async(export(workspace))
    said = f"{file}: {made.duration_ms / 1000:.1f} s, caller left, agent right. This file is not encrypted."
    print_one(made, as_json=json, said=said)


def show_transcript(
    record_id: RecordId,
    /,
    *,
    why: Why = "shown",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Prints what was said in a recorded call."""
    from op26x.client.summaries import transcript_turns

    async def read(workspace: "Workspace") -> list[Any]:
        row = await workspace.recordings.readable(record_id)
        return transcript_turns(await workspace.transcripts.of_call(row.call_id, by_command(why)))

    with open_workspace(data, organization) as workspace:
        turns = run_async(read(workspace))
    rows = [{"at": f"{t.started_ms / 1000:.1f}", "speaker": t.speaker, "text": t.text} for t in turns]
    print_list(turns, rows, as_json=json, empty="Nothing was said, or nothing was kept.")


def delete_recording(
    record_id: RecordId,
    /,
    *,
    why: Why = "deleted",
    yes: Yes = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Destroys a recording's key, then its audio and words, for good."""
    from op26x.client.summaries import recording_summary

    async def erase(workspace: "Workspace") -> "RecordingSummary":
        row = await workspace.recordings.get(record_id)
        if row.erased_at is None:
            make_sure(f"delete the recording {row.id} of call {row.call_id}", yes=yes)
        await workspace.erasures.erase(row.call_id, by_command(why))
        return await recording_summary(workspace, await workspace.recordings.get(record_id))

    with open_workspace(data, organization) as workspace:
        print_one(run_async(erase(workspace)), as_json=json, said="The key is destroyed; audio and words are gone.")


def reconcile(
    *,
    erase: Annotated[bool, Parameter(negative="", help="Erase what no row knows of now, not when it is due.")] = False,
    why: Why = "reconciled",
    yes: Yes = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> int:
    """Compares rows, keys and files, and erases what no row knows of and is due. Exit code 1 if anything is missing."""

    async def compare(workspace: "Workspace") -> list[Any]:
        keep = timedelta(days=await workspace.periods.days())
        return await workspace.reconciliation.run(by_command(why), keep, erase=erase)

    if erase:
        make_sure("erase everything that no row knows of", yes=yes)
    with open_workspace(data, organization) as workspace:
        found = run_async(compare(workspace))
    rows = [{"id": d.id, "what": d.what.value, "due": moment(d.due), "erased": d.erased} for d in found]
    print_list(found, rows, as_json=json, empty="Rows, keys and files match.")
    return 1 if any(d.due is None for d in found) else 0


def _in_brief(recording: Any) -> dict[str, str]:
    """What fits on a line of 80 characters."""
    return {
        "id": recording.id,
        "state": recording.state,
        "seconds": f"{recording.duration_ms / 1000:.1f}",
        "kept until": "" if recording.erased_at else moment(recording.expires_at),
    }
