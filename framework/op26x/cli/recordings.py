"""Commands about what is kept: ``recordings`` and ``retention``. They work beside a running service and without one."""

import fcntl
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Data, Json, Limit, data_option, open_workspace, run_async
from op26x.cli.output import print_rows, whole_or_none
from op26x.errors import UsageError

if TYPE_CHECKING:
    from op26x.audit import Access
    from op26x.calls import Workspace
    from op26x.recording import RecordingInfo
    from op26x.retention import Preview, Swept

WHO = "command-line"
LONGEST_CALL = timedelta(days=1)
Why = Annotated[str, Parameter(help="Reason, for the audit log; no personal data.")]


def list_recordings(*, data: Data = None, limit: Limit = 50, json: Json = False) -> None:
    """Lists recordings, newest call first."""
    with open_workspace(data) as workspace:
        calls = run_async(workspace.calls.list(limit=limit))
        found = run_async(workspace.recordings.of_calls([call.id for call in calls]))
    infos = [found[call.id].info() for call in calls if call.id in found]
    rows = msgspec.to_builtins(infos)
    shown = rows if json else [_in_brief(info) for info in infos]
    print_rows(shown, as_json=json, empty="No recordings. See op26x calls list for what became of each call's.")


def _in_brief(info: "RecordingInfo") -> dict[str, str]:
    """What fits on a line of 80 characters."""
    return {
        "id": info.id,
        "state": info.state,
        "seconds": f"{info.duration_ms / 1000:.1f}",
        "kept_until": "" if info.state == "erased" else f"{info.expires_at:%Y-%m-%d %H:%MZ}",
    }


def export_recording(record_id: str, file: Path, *, why: Why = "export", data: Data = None) -> None:
    """Writes a recording as a WAV file: stereo, caller left, agent right, 8 kHz, 16 bit. The file is in clear.

    Args:
        record_id: Identifier of the recording or of its call.
        file: Where to; it must not exist.
        why: Reason, for the audit log.
        data: Data directory.
    """

    async def export(workspace: "Workspace") -> float:
        try:
            with whole_or_none(file) as output:
                row, wav = await workspace.recordings.open(record_id, _access(why), "recording.exported")
                async for piece in wav.pieces():
                    output.write(piece)
        except FileExistsError:
            raise UsageError(f"{file} is there already.", "Choose another name.") from None
        except OSError as error:
            raise UsageError(f"{file} can't be written: {error.strerror}.", "Choose another place.") from None
        return row.duration_ms / 1000 or wav.frames / 8000

    with open_workspace(data) as workspace:
        seconds = run_async(export(workspace))
    print(f"{file}: {seconds:.1f} s, caller left, agent right. This file is not encrypted.")


def show_transcript(record_id: str, *, why: Why = "shown", data: Data = None, json: Json = False) -> None:
    """Prints what was said in a recorded call."""

    async def read(workspace: "Workspace") -> list[Any]:
        row = await workspace.recordings.readable(record_id)
        return await workspace.transcripts.of_call(row.call_id, _access(why))

    with open_workspace(data) as workspace:
        turns = run_async(read(workspace))
    rows = [{"id": t.number, "speaker": t.speaker, "started_ms": t.started_ms, "text": t.text.reveal()} for t in turns]
    print_rows(rows, as_json=json, empty="Nothing was said, or nothing was kept.")


def delete_recording(record_id: str, *, why: Why = "deleted", data: Data = None) -> None:
    """Destroys a recording's key, then its audio and words, for good."""

    async def erase(workspace: "Workspace") -> None:
        row = await workspace.recordings.get(record_id)
        await workspace.erasures.erase(row.call_id, _access(why))

    with open_workspace(data) as workspace:
        run_async(erase(workspace))
    print("The key is destroyed; audio and words are gone.")


def reconcile(
    *,
    erase: Annotated[bool, Parameter(negative="", help="Erase what no row knows of now, not when it is due.")] = False,
    why: Why = "reconciled",
    data: Data = None,
    json: Json = False,
) -> int:
    """Compares rows, keys and files, and erases what no row knows of and is due. Exit code 1 if anything is missing."""

    async def compare(workspace: "Workspace") -> list[Any]:
        keep = timedelta(days=await workspace.periods.days())
        return await workspace.reconciliation.run(_access(why), keep, erase=erase)

    with open_workspace(data) as workspace:
        found = run_async(compare(workspace))
    rows = [{"id": d.id, "what": d.what.value, "due": d.due, "erased": d.erased} for d in found]
    print_rows(rows, as_json=json, empty="Rows, keys and files fit together.")
    return 1 if any(d.due is None for d in found) else 0


def show_period(*, data: Data = None, json: Json = False) -> None:
    """Shows the organization's retention period."""
    with open_workspace(data) as workspace:
        days = run_async(workspace.periods.days())
    print_rows([{"id": "retention", "days": days}], as_json=json, empty="")


def set_period(
    days: int,
    *,
    yes: Annotated[bool, Parameter(negative="", help="Do it; without, it is only shown what would happen.")] = False,
    data: Data = None,
) -> None:
    """Sets the retention period. Shows first what it will delete; a longer period extends no deadline."""
    with open_workspace(data) as workspace:
        preview = run_async(_set_period(workspace, days, yes=yes))
    print(
        f"A period of {preview.days} days erases {len(preview.gone)} calls at the next sweep and moves the deadline of "
        f"{len(preview.sooner) - len(preview.gone)} more; {preview.kept} keep theirs."
    )
    print("Done." if yes else f"Nothing was changed. To do it: op26x retention set {days} --yes{data_option(data)}")


def _access(why: str) -> "Access":
    from op26x.audit import Access

    return Access(WHO, why)


async def _set_period(workspace: "Workspace", days: int, *, yes: bool) -> "Preview":
    if not yes:
        return await workspace.periods.preview(days, workspace.kept)
    return await workspace.periods.change(days, workspace.kept, WHO)


def sweep(
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="Only show what is overdue.")] = False,
    at: Annotated[datetime | None, Parameter(help="As if it were that time, ISO 8601.")] = None,
    trust_clock: Annotated[bool, Parameter(negative="", help="The clock is right, though it jumped.")] = False,
    data: Data = None,
    json: Json = False,
) -> int:
    """Erases what has passed its deadline: the key first, then the bytes. It may be interrupted and repeated.

    What a jump of the clock made overdue waits until it has run evenly for an hour, or for --trust-clock.
    """
    if trust_clock and (dry_run or at is not None):
        raise UsageError("--trust-clock goes with neither --dry-run nor --at.", "Give it alone.")
    moment = at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
    with open_workspace(data) as workspace:
        swept = run_async(_sweep(workspace, moment, dry_run=dry_run, trust_clock=trust_clock))
        problems = workspace.time.problems()
    done = "would be erased" if dry_run else "erased"
    rows = [{"id": call_id, "result": done} for call_id in swept.erased]
    rows += [{"id": call_id, "result": "failed: the next sweep tries again"} for call_id in swept.failed]
    if swept.entries:
        rows.append({"id": "consent-ledger", "result": f"{swept.entries} entries {done}"})
    print_rows(rows, as_json=json, empty="Nothing is overdue.")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if swept.failed else 0


def _is_unattended(data: Path) -> bool:
    """Whether no service has the data directory locked: what calls it left open, none will close."""
    directory = os.open(data, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(directory)
    return True


async def _sweep(workspace: "Workspace", at: datetime | None, *, dry_run: bool, trust_clock: bool) -> "Swept":
    if trust_clock:
        await workspace.time.confirm(WHO)
    if at is None and not dry_run:
        now = await workspace.time.erasable()
        if not workspace.time.problems():
            await workspace.periods.hold(workspace.kept, now)
        if _is_unattended(workspace.settings.core.data):
            await workspace.calls.fail_unfinished(now - LONGEST_CALL)
    return await workspace.sweep.run(at=at, dry_run=dry_run, who=WHO)
