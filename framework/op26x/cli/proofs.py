"""``op26x calls prove`` and ``op26x proofs verify``: one signed file about a call, and its check by whoever gets it."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from op26x.cli.context import Data, Json, Organization, open_both, run_async
from op26x.cli.output import print_one
from op26x.errors import UsageError


def prove_call(
    call_id: Annotated[str, Parameter(name="CALL", help="Identifier of the call.")],
    /,
    *,
    html: Annotated[bool, Parameter(negative="", help="As a page with the proof in it.")] = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Prints the proof of a call: its policy, what was said, agreed, kept and given away, signed. Nothing personal."""
    from op26x.calls import proving

    with open_both(data, organization) as (installation, workspace):
        name = installation.organizations.named(workspace.organization_id).name
        proof = run_async(proving.prove_call(workspace, name, call_id))
    if html:
        print(proving.as_html(proof), end="")
    else:
        print_one(proof, as_json=True)


def verify_proof(
    file: Annotated[Path, Parameter(name="FILE", help="What op26x calls prove printed: JSON, or the page.")],
    /,
    *,
    key: Annotated[str, Parameter(help="The key that it must be signed with: op26x audit checkpoint prints it.")] = "",
    json: Json = False,
) -> int:
    """Checks a proof with nothing but the file: signatures, hashes, and that it fits together. Exit code 1 if not."""
    from op26x.calls import proving

    try:
        written = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.", "Name a file that you may read.") from None
    proof = proving.read_proof(written)
    found = proving.check_proof(proof, key)
    found.findings.extend(proving.check_page(written, proof))
    said = f"The proof of the call {found.id} holds, if this is the key of the organization:\n{found.key}"
    if key:
        said = f"The proof of the call {found.id} holds, and is signed with the key that you gave."
    print_one(found, as_json=json, said=f"The proof of the call {found.id} does not hold:" if found.findings else said)
    for finding in () if json else found.findings:
        print(finding, file=sys.stderr)
    return 1 if found.findings else 0
