"""``op26x consents``: what people agreed to."""

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from cyclopts import Parameter

from op26x.cli.context import WHO, Data, Json, Limit, Organization, open_workspace, run_async
from op26x.cli.output import moment, print_list, print_one
from op26x.errors import UsageError
from op26x.types import PhoneNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from op26x.consent import Consent

Number = Annotated[str, Parameter(name="--number", help="Only of one person, by their number.")]
Named = Literal["", "recording", "call", "marketing", "contract", "research"]
Purpose = Annotated[Named, Parameter(name="--purpose", help="Only for one purpose.")]
EVERY = 1_000_000


class Imported(msgspec.Struct, frozen=True):
    """What was imported.

    Attributes:
        imported: Entries that are new.
        known: Lines that had been imported before.
    """

    imported: int
    known: int


def list_consents(
    *,
    number: Number = "",
    purpose: Purpose = "",
    limit: Limit = 100,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Lists what people decided, newest first. Who they are is not shown: the ledger does not know their numbers."""
    from op26x.client.summaries import consent_summaries

    found = consent_summaries(_entries(number, purpose, limit, organization, data))
    ends = any(one.valid_until for one in found)
    rows = [
        {
            "at": moment(one.at),
            "purpose": one.purpose,
            "state": one.state,
            **({"until": moment(one.valid_until)} if ends else {}),
            "evidence": one.evidence,
            "value": one.value,
            "call": one.call_id,
        }
        for one in found
    ]
    print_list(found, rows, as_json=json, empty="Nobody decided anything yet.")


def import_consents(
    file: Annotated[Path, Parameter(name="FILE", help="CSV: number, purpose, at, and more if need be.")],
    /,
    *,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Imports what people agreed to elsewhere: all lines of a file, or none."""
    from op26x.consent import read_consents

    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.", "Name a CSV file.") from None
    with open_workspace(data, organization, make=True) as workspace:
        given = read_consents(content, workspace.index.of, workspace.clock.now())
        number = run_async(workspace.consents.add_all(given, WHO))
    done = Imported(number, len(given) - number)
    before = f"; imported before: {done.known}" if done.known else ""
    print_one(done, as_json=json, said=f"Consents imported: {done.imported}{before}.")


def export_consents(
    *, number: Number = "", purpose: Purpose = "", organization: Organization = "", data: Data = None
) -> None:
    """Prints the ledger as CSV, newest first, for an auditor; the subject is a blind index, not a number."""
    from op26x.client.policy_types import ConsentSummary
    from op26x.client.summaries import consent_summaries

    found = _entries(number, purpose, EVERY, organization, data)
    output = io.StringIO()
    columns = ["subject", *(field.name for field in msgspec.structs.fields(ConsentSummary))]
    writer = csv.DictWriter(output, columns, lineterminator="\n")
    writer.writeheader()
    for entry, shown in zip(found, consent_summaries(found), strict=True):
        writer.writerow({"subject": entry.subject_index, **msgspec.to_builtins(shown)})
    sys.stdout.write(output.getvalue())


def _entries(number: str, purpose: str, limit: int, organization: str, data: Path | None) -> "Sequence[Consent]":
    from op26x.consent import ConsentPurpose

    with open_workspace(data, organization) as workspace:
        subject = workspace.index.of(PhoneNumber.given(number)) if number else ""
        wanted = ConsentPurpose(purpose) if purpose else None
        listed = workspace.consents.list(subject_index=subject, purpose=wanted, limit=limit)
        return run_async(listed)
