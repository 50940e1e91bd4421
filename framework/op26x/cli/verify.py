"""``op26x policy verify`` and ``op26x policy text``: whether the privacy policy holds here, and the policy itself."""

from typing import Annotated, Literal

from cyclopts import Parameter

from op26x.cli.context import Data, Json, Organization, open_both, run_async
from op26x.cli.output import print_list, print_one
from op26x.errors import UsageError

Language = Annotated[Literal["en", "de", "es", "fr", "hi"], Parameter(help="Of the sentences.")]


def verify_policy(
    *,
    language: Language = "en",
    markdown: Annotated[bool, Parameter(negative="", help="As a document to read.")] = False,
    html: Annotated[bool, Parameter(negative="", help="As a page.")] = False,
    oscal: Annotated[bool, Parameter(negative="", help="As assessment results of OSCAL, in JSON.")] = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> int:
    """Looks whether each promise of the privacy policy holds on this installation. Exit code 1 if one does not."""
    from op26x.calls.verifying import oscal as for_programs
    from op26x.calls.verifying import report
    from op26x.calls.verifying import verify_policy as verify

    _one_of({"--markdown": markdown, "--html": html, "--oscal": oscal, "--json": json})
    with open_both(data, organization) as (installation, workspace):
        found = run_async(verify(installation, workspace, language))
    code = 1 if found.broken else 0
    if markdown or html:
        print((report.as_html if html else report.as_markdown)(found), end="")
        return code
    if oscal or json:
        print_one(for_programs.as_oscal(found) if oscal else found, as_json=True)
        return code
    rows = [
        {
            "promise": one.id,
            "": report.WORDS[one.state],
            "says": one.says,
            "found": one.findings or one.duty,
        }
        for one in found.promises
    ]
    print_list(found.promises, rows, as_json=False, empty="")
    return code


def print_policy_text(
    *,
    language: Language = "en",
    html: Annotated[bool, Parameter(negative="", help="As a page.")] = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Prints the privacy policy, made from this installation; a sentence that does not hold is struck out."""
    from op26x.calls.verifying import text
    from op26x.calls.verifying import verify_policy as verify

    with open_both(data, organization) as (installation, workspace):
        found = run_async(verify(installation, workspace, language))
        registered = run_async(workspace.processors.list(installation.registry, installation.settings.core))
    written = (text.as_html if html else text.as_markdown)(found, registered)
    print_one({"language": language, "text": written}, as_json=json, said=written.rstrip())


def _one_of(wanted: dict[str, bool]) -> None:
    if sum(wanted.values()) > 1:
        raise UsageError("One form at a time.", f"Give one of {', '.join(wanted)}, or none.")
