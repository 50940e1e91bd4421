"""``op26x redact``: masks more of recordings and transcripts that are stored already."""

import sys
from collections.abc import Collection, Sequence
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
    from op26x.redaction import in_words, try_out

    with open_both(data, organization) as (installation, workspace):
        recognizers = installation.registry.recognizers
        try_out(recognizers)
        demands = _demands(policy, {one.label for one in recognizers})
        work = _Work(workspace, demands, recognizers)
        found = run_async(work.all([call] if call else None, dry_run=True))
        masked = [one for one in found if one.anything]
        if masked and not dry_run:
            make_sure(f"mask what may not be kept of {len(masked)} recordings, for good", yes=yes)
            masked = run_async(work.all([one.call_id for one in masked], dry_run=False))
    rows = [
        {
            "call": one.call_id,
            "found": in_words(one.found) or "nothing new",
            "turns": str(one.turns),
            "seconds of tone": f"{one.audio_s:.1f}",
        }
        for one in masked
    ]
    print_list(masked, rows, as_json=json, empty="Nothing was found that may not be kept.")
    if silent := sum(not one.words for one in found):
        print(f"{silent} recordings have no transcript: nobody can tell what is said in them.", file=sys.stderr)
    return 1 if work.failed else 0


class _Work:
    """Goes through recordings.

    Args:
        workspace: Has them.
        demands: What may not be kept.
        recognizers: Of plugins.

    Attributes:
        failed: How many could not be looked through, or not be masked; what was wrong was told.
    """

    def __init__(
        self, workspace: "Workspace", demands: "frozenset[Redaction]", recognizers: Sequence["Recognizer"]
    ) -> None:
        self._workspace = workspace
        self._demands = demands
        self._recognizers = recognizers
        self.failed = 0

    async def all(self, calls: Sequence[str] | None, *, dry_run: bool) -> list["Redacted"]:
        """What was masked of each recording, or would be; of every one there is, unless some are named."""
        redactions = self._workspace.redactions
        access = by_command("looked through for what may not be kept" if dry_run else "redacted")
        done = []
        for call_id in await redactions.recorded() if calls is None else calls:
            try:
                done.append(await redactions.run(call_id, self._demands, access, self._recognizers, dry_run=dry_run))
            except KeyGone as error:  # its time was over meanwhile
                if calls is not None:
                    self._failed(call_id, error)
            except (Op26xError, OSError) as error:
                self._failed(call_id, error)
        return done

    def _failed(self, call_id: str, error: Exception) -> None:
        self.failed += 1
        print(f"{call_id}: {error}", file=sys.stderr)


def _demands(policy: str, more: Collection[str]) -> "frozenset[Redaction]":
    """What a policy says may not be kept; ``more`` are labels of plugins."""
    import msgspec

    from op26x.policy import Redaction, Sink
    from op26x.redaction import LEVELS, Entity
    from op26x.redaction.sinks import ALL, SECRETS

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
    known = {*Entity, *more, ALL, SECRETS}
    if unknown := sorted({one.entity for one in demands} - known):
        raise UsageError(
            f"{policy} names {unknown[0]}, which nothing finds.", f"Name one of: {', '.join(sorted(known))}."
        )
    return demands
