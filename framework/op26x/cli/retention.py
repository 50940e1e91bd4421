"""``op26x retention``: for how long everything is kept, and the erasure of what is overdue.

It works beside a running service and without one.
"""

import fcntl
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from op26x.cli.context import WHO, Data, Json, Organization, Yes, open_installation, open_workspace, run_async
from op26x.cli.output import make_sure, print_one
from op26x.clock import in_utc
from op26x.errors import UsageError

if TYPE_CHECKING:
    from op26x.calls import Installation, Workspace
    from op26x.retention import Swept

LONGEST_CALL = timedelta(days=1)


def show_period(*, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Shows the organization's retention period."""
    from op26x.client.types import RetentionPeriod

    with open_workspace(data, organization) as workspace:
        period = RetentionPeriod(run_async(workspace.periods.days()), applied=True)
    print_one(period, as_json=json, said=f"Everything personal is kept for {period.days} days.")


def set_period(
    days: int,
    /,
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="Only show what would happen.")] = False,
    yes: Yes = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Sets the retention period. Shows first what it will delete; a longer period extends no deadline."""
    from op26x.client.summaries import retention_period

    with open_workspace(data, organization, make=True) as workspace:
        preview = run_async(workspace.periods.preview(days, workspace.kept))
        sooner = preview.sooner - preview.gone
        follows = (
            f"erases {preview.gone} calls at the next sweep and moves the deadline of "
            f"{sooner} more; {preview.kept} keep theirs"
        )
        if not dry_run:
            if preview.sooner:
                make_sure(f"set a period of {days} days, which {follows}", yes=yes)
            preview = run_async(workspace.periods.change(days, workspace.kept, WHO))
    done = "Nothing was changed." if dry_run else "Done."
    print_one(
        retention_period(preview, applied=not dry_run), as_json=json, said=f"A period of {days} days {follows}.\n{done}"
    )


class Sweeping(msgspec.Struct, frozen=True):
    """What a sweep did, or would do.

    Attributes:
        applied: Whether anything was erased.
        erased: Calls of which everything personal is gone.
        failed: Calls of which something is left; the next sweep tries again.
        entries: Entries of the consent ledger that are gone.
    """

    applied: bool
    erased: tuple[str, ...]
    failed: tuple[str, ...]
    entries: int


def sweep(
    *,
    dry_run: Annotated[bool, Parameter(negative="", help="Only show what is overdue.")] = False,
    at: Annotated[datetime | None, Parameter(help="As if it were that time, ISO 8601.")] = None,
    trust_clock: Annotated[bool, Parameter(negative="", help="The clock is right, though it jumped.")] = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> int:
    """Erases what has passed its deadline: the key first, then the bytes. It may be interrupted and repeated.

    It sweeps all organizations, unless one is named. What a jump of the clock made overdue waits until it has run
    evenly for an hour, or for --trust-clock.
    """
    if trust_clock and (dry_run or at is not None):
        raise UsageError("--trust-clock goes with neither --dry-run nor --at.", "Give it alone.")
    moment = in_utc(at) if at is not None else None
    with open_installation(data) as installation:
        if trust_clock:
            run_async(installation.time.confirm(WHO))
        done = [
            run_async(_sweep(workspace, moment, dry_run=dry_run)) for workspace in _swept(installation, organization)
        ]
        if not (organization or dry_run or moment):
            run_async(_sweep_installation(installation))
        problems = installation.time.problems()
    erased = tuple(call_id for swept in done for call_id in swept.erased)
    failed = tuple(call_id for swept in done for call_id in swept.failed)
    found = Sweeping(not dry_run, erased, failed, sum(swept.entries for swept in done))
    print_one(found, as_json=json, said=_told(found))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if failed else 0


def _told(swept: Sweeping) -> str:
    done = "erased" if swept.applied else "would be erased"
    lines = [f"{call_id}  {done}" for call_id in swept.erased]
    lines += [f"{call_id}  failed: the next sweep tries again" for call_id in swept.failed]
    if swept.entries:
        lines.append(f"consent ledger: {swept.entries} entries {done}")
    return "\n".join(lines) or "Nothing is overdue."


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


def _swept(installation: "Installation", organization: str) -> "list[Workspace]":
    """The organization that was named, or all of them."""
    named = organization or installation.settings.core.organization
    return [installation.workspace(named)] if named else run_async(installation.all())


async def _sweep_installation(installation: "Installation") -> None:
    """What belongs to no single organization: those that were closed, sessions, usage data."""
    await installation.erase_closed(await installation.time.erasable(), WHO)
    await installation.people.sweep()


async def _sweep(workspace: "Workspace", at: datetime | None, *, dry_run: bool) -> "Swept":
    if at is None and not dry_run:
        now = await workspace.time.erasable()
        if not workspace.time.problems():
            await workspace.periods.hold(workspace.kept, now)
        if _is_unattended(workspace.settings.core.data):
            await workspace.calls.fail_unfinished(now - LONGEST_CALL)
    return await workspace.sweep.run(at=at, dry_run=dry_run, who=WHO)
