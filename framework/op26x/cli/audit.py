"""``op26x audit``: who did what, and proofs that nothing of it was changed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from op26x.cli.context import Data, Json, Organization, open_installation, run_async
from op26x.cli.output import moment, print_list, print_one
from op26x.errors import Tampered, UsageError

if TYPE_CHECKING:
    from op26x.audit import Tree
    from op26x.calls import Installation


def show_entries(
    *,
    record: Annotated[str, Parameter(help="Identifier of a call, a recording, a person, ….")] = "",
    who: Annotated[str, Parameter(help="As in the list: user:ID, command-line, caller.")] = "",
    what: Annotated[str, Parameter(help="recording.read, or recording for all of them.")] = "",
    limit: int = 50,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Lists entries, newest first."""
    from op26x.client.summaries import audit_entry_summary

    with _open_log(data, organization) as (installation, tree):
        log = installation.log_of(tree.organization_id)
        run_async(tree.take_in())
        entries = run_async(log.list(record_id=record, who=who, what=what, limit=limit))
    found = [audit_entry_summary(entry) for entry in entries]
    rows = [
        {
            "entry": one.position,
            "at": moment(one.at),
            "who": one.who,
            "what": one.what,
            "record": one.record_id,
            "for": one.purpose or "",
            "why": one.why,
        }
        for one in found
    ]
    print_list(found, rows, as_json=json, empty="Nothing is on record.")


def verify_log(
    *,
    known: Annotated[
        list[Path] | None, Parameter(help="A checkpoint that was kept elsewhere; may be given several times.")
    ] = None,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> int:
    """Compares every entry with the tree and with every checkpoint. Exit code 1 if something is not as it was."""
    from op26x.audit import verify
    from op26x.audit.cosigning import known_witnesses

    with _open_log(data, organization) as (installation, tree):
        kept = _kept(installation.settings.core.checkpoints, tree.organization_id)
        notes = [_read(file) for file in (*(known or ()), *kept)]
        with suppress(Tampered):  # it is found below, with its place
            run_async(tree.take_in())
        witnesses = [one.verifier for one in known_witnesses(installation.settings.core.witnesses)]
        found = run_async(verify(tree, notes, witnesses))
    wrong = len(found.faults)
    held = f"{found.entries} entries and {found.checkpoints} checkpoints"
    said = f"{held} were read, and {wrong} of them are not as they were:" if wrong else f"{held} are as they were."
    for witness, size in found.cosigned.items():
        said += f"\n{witness} has co-signed {size} of the entries."
    print_one(found, as_json=json, said=said)
    for fault in () if json else found.faults:
        print(f"At {fault.position}: {fault.what}", file=sys.stderr)
    return 1 if found.faults else 0


def prove_entry(
    entry_id: Annotated[str, Parameter(name="ENTRY", help="Identifier of the entry, or its number in the list.")],
    /,
    *,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Prints what proves that an entry is in the log: the entry, hashes that lead to a root, and the signed root."""
    with _open_log(data, organization) as (_, tree):
        proof = run_async(tree.prove(entry_id))
    hashes = "\n".join(proof.hashes)
    said = f"{proof.entry}\n\nentry {proof.position}\n{hashes}\n\n{proof.checkpoint}\nkey {proof.key}"
    print_one(proof, as_json=json, said=said)


class SignedNote(msgspec.Struct, frozen=True):
    """A checkpoint.

    Attributes:
        id: The number of entries.
        note: As https://c2sp.org/tlog-checkpoint has it.
        key: What its signature is checked with.
    """

    id: int
    note: str
    key: str


def sign_checkpoint(*, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Signs how far the log has grown, and prints it. Keep it where whoever runs op26x can't change it."""
    from op26x.audit.notes import read_checkpoint

    with _open_log(data, organization) as (_, tree):
        note = run_async(tree.checkpoint())
        key = str(tree.verifier)
    signed = SignedNote(read_checkpoint(note).size, note, key)
    print_one(signed, as_json=json, said=note.rstrip("\n"))
    if not json:
        print(f"It is checked with the key {key}", file=sys.stderr)


class Exported(msgspec.Struct, frozen=True):
    """A log as files.

    Attributes:
        id: The directory.
        files: How many there are.
        key: What its checkpoint is checked with.
    """

    id: str
    files: int
    key: str


def export_log(directory: Path, /, *, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Writes the log as files that other tools read (C2SP tlog-tiles).

    Args:
        directory: Where to.
    """
    from op26x.audit.export import files

    async def write() -> int:
        count = 0
        async for path, content in files(tree):
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            count += 1
        return count

    with _open_log(data, organization) as (_, tree):
        try:
            count = run_async(write())
        except OSError as error:
            raise UsageError(f"{directory} can't be written: {error.strerror}.", "Choose another directory.") from None
        key = str(tree.verifier)
    done = Exported(str(directory), count, key)
    print_one(done, as_json=json, said=f"{count} files are in {directory}. Their key is {key}")


@contextmanager
def _open_log(data: Path | None, organization: str) -> "Iterator[tuple[Installation, Tree]]":
    """The installation and the tree of an organization's audit log; an erased one's is still there."""
    with open_installation(data) as installation:
        found = installation.organizations.named(organization or installation.settings.core.organization)
        yield installation, installation.tree(found.id)


def _kept(directory: str, organization_id: str) -> list[Path]:
    """The checkpoints in the directory of the setting ``checkpoints``, if there is one."""
    return sorted((Path(directory) / organization_id).glob("*")) if directory else []


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.", "Name a file that you may read.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is no checkpoint.", "Name a file that op26x audit checkpoint printed.") from None
