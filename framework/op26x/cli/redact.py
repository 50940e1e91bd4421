"""``op26x redact``: masks more of recordings and transcripts that are stored already."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from op26x.cli.context import Data, Json, Organization, Yes, by_command, open_both, run_async
from op26x.cli.output import make_sure, print_list
from op26x.errors import KeyGone, Op26xError, UsageError

if TYPE_CHECKING:
    from op26x.calls import Workspace
    from op26x.policy import Redaction
    from op26x.recording import Redacted
    from op26x.types import Recognizer

REMEDY = "Name secrets, everything, or a YAML file with a list redact, as docs/redaction.md shows it."


def redact(
    *,
    policy: str,
    call: str = "",
    dry_run: Annotated[bool, Parameter(negative="", help="Only show what would be masked.")] = False,
    yes: Yes = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> int:
    """Masks what may not be kept any more of recordings and transcripts, for good. Exit code 1 if one failed.

    Args:
        policy: What may not be kept: secrets, everything, or a YAML file with redactions at transcript and audio.
        call: Of this call alone.
    """
    from op26x.redaction import try_out

    demands = _demands(policy)
    with open_both(data, organization) as (installation, workspace):
        try_out(installation.registry.recognizers)
        found, failed = run_async(
            _each(workspace, demands, installation.registry.recognizers, [call] if call else None, dry_run=True)
        )
        masked = [one for one in found if one.anything]
        if masked and not dry_run:
            make_sure(f"mask what may not be kept of {len(masked)} recordings, for good", yes=yes)
            ids = [one.call_id for one in masked]
            masked, failed = run_async(_each(workspace, demands, installation.registry.recognizers, ids, dry_run=False))
    rows = [
        {
            "call": one.call_id,
            "found": ", ".join(f"{label} {count}" for label, count in sorted(one.found.items())) or "nothing new",
            "turns": str(one.turns),
            "seconds of tone": f"{one.audio_s:.1f}",
        }
        for one in masked
    ]
    print_list(masked, rows, as_json=json, empty="Nothing is stored that may not be kept.")
    return 1 if failed else 0


async def _each(
    workspace: "Workspace",
    demands: "frozenset[Redaction]",
    recognizers: Sequence["Recognizer"],
    calls: Sequence[str] | None,
    *,
    dry_run: bool,
) -> tuple[list["Redacted"], int]:
    """What was masked of each recording, and of how many it could not be."""
    access = by_command("looked through for what may not be kept" if dry_run else "redacted")
    done, failed = [], 0
    for call_id in await workspace.redactions.recorded() if calls is None else calls:
        try:
            done.append(await workspace.redactions.run(call_id, demands, access, recognizers, dry_run=dry_run))
        except Op26xError as error:
            if calls is not None and len(calls) == 1:
                raise
            if isinstance(error, KeyGone):  # meanwhile
                continue
            failed += 1
            print(f"{call_id}: {error}", file=sys.stderr)
    return done, failed


def _demands(policy: str) -> "frozenset[Redaction]":
    import msgspec

    from op26x.policy import Redaction, Sink
    from op26x.redaction import LEVELS

    if policy in LEVELS:
        demands = LEVELS[policy]
    else:
        try:
            listed = msgspec.yaml.decode(Path(policy).read_bytes(), type=dict[Literal["redact"], list[Redaction]])
            demands = frozenset(listed.get("redact", ()))
        except FileNotFoundError:
            raise UsageError(f"There is no policy {policy!r}.", REMEDY) from None
        except (OSError, msgspec.MsgspecError) as error:
            raise UsageError(f"{policy} can't be read: {error}.", REMEDY) from None
    if not any(one.at in (Sink.TRANSCRIPT, Sink.AUDIO) for one in demands):
        raise UsageError(f"The policy {policy!r} lets everything be kept.", REMEDY)
    return demands
