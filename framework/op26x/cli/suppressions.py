"""``op26x suppressions``: who is not to be called."""

from typing import Annotated

from cyclopts import Parameter

from op26x.cli.context import Data, Json, Limit, Organization, Yes, by_command, open_workspace, run_async
from op26x.cli.output import make_sure, moment, print_list, print_one
from op26x.types import PhoneNumber


def list_suppressions(
    *,
    number: Annotated[str, Parameter(help="Only say whether this number is on the list.")] = "",
    limit: Limit = 100,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Lists who is not to be called, newest first. Who they are is not shown: the list does not know their numbers."""
    from op26x.client.summaries import suppression_summaries

    with open_workspace(data, organization) as workspace:
        wanted = workspace.index.of(PhoneNumber.given(number)) if number else ""
        found = run_async(workspace.consents.suppressions(wanted, limit))
    listed = suppression_summaries(found)
    rows = [{"id": one.id, "at": moment(one.at), "call": one.call_id} for one in listed]
    print_list(listed, rows, as_json=json, empty="Nobody is on the do-not-call list.")


def add_suppression(
    number: Annotated[str, Parameter(name="NUMBER")],
    /,
    *,
    why: Annotated[str, Parameter(help="How they said so: a letter, an e-mail. It goes into the audit log.")],
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Puts a person on the do-not-call list; twice changes nothing.

    Args:
        number: With its country code: +12125550123.
    """
    parsed = PhoneNumber.given(number)
    with open_workspace(data, organization, make=True) as workspace:
        run_async(workspace.consents.suppress(workspace.index.of(parsed), "", by_command(why)))
    print_one({"suppressed": str(parsed)}, as_json=json, said=f"{parsed} is not called again.")


def remove_suppression(
    suppression_id: Annotated[str, Parameter(name="ID", help="Identifier of the entry, as in the list.")],
    /,
    *,
    why: Annotated[str, Parameter(help="Where their own wish to be called is documented. It goes into the audit log.")],
    yes: Yes = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Takes a person off the do-not-call list, by their own documented wish."""
    with open_workspace(data, organization) as workspace:
        make_sure(f"take {suppression_id} off the do-not-call list", yes=yes)
        run_async(workspace.consents.unsuppress(suppression_id, by_command(why)))
    print_one({"id": suppression_id}, as_json=json, said="They may be called again, as far as this list is concerned.")
