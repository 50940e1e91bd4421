"""``op26x announcements``: what callers are told about recording and their rights, in an organization's own words."""

from typing import Annotated

import msgspec
from cyclopts import Parameter

from op26x.cli.context import WHO, Data, Json, Organization, open_workspace, run_async
from op26x.cli.output import print_list, print_one

Named = Annotated[str, Parameter(name="NOTICE", help="Which, as in the list: announce, assent, granted, ….")]
Language = Annotated[str, Parameter(help="Of the agents that say it, as in BCP 47; default is the organization's.")]


class Said(msgspec.Struct, frozen=True):
    """What callers are told.

    Attributes:
        notice: Which.
        language: As in BCP 47.
        text: In words.
        words: ``own`` or ``standard``.
    """

    notice: str
    language: str
    text: str
    words: str


def list_announcements(
    *, language: Language = "", organization: Organization = "", data: Data = None, json: Json = False
) -> None:
    """Lists what is said in a language. A plugin may say what is standard here in its own way."""
    from op26x.consent import Notice
    from op26x.consent.texts import texts

    with open_workspace(data, organization) as workspace:
        spoken = language or run_async(workspace.agents.language())
        own = run_async(workspace.announcements.of(spoken))
    known = texts(spoken)
    standard = known.sentences if known else {}
    found = [
        Said(notice, spoken, own.get(notice) or standard[notice], "own" if notice in own else "standard")
        for notice in Notice
        if notice in own or notice in standard
    ]
    rows = [{"notice": one.notice, "words": one.words, "text": one.text} for one in found]
    print_list(found, rows, as_json=json, empty=f"Nothing is said in {spoken}: calls in it are not recorded.")


def set_announcement(
    notice: Named,
    text: Annotated[str, Parameter(name="TEXT")],
    /,
    *,
    language: Language = "",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Has a notice said in the organization's own words, from the next call on.

    Args:
        text: In words; the agent's voice speaks them.
    """
    from op26x.client.summaries import announcement_summary
    from op26x.consent import notice_named

    with open_workspace(data, organization) as workspace:
        spoken = language or run_async(workspace.agents.language())
        made = announcement_summary(run_async(workspace.announcements.set(notice_named(notice), spoken, text, WHO)))
    print_one(made, as_json=json, said=f"Callers hear from now on, in {spoken}: {made.text}")


def delete_announcement(
    notice: Named,
    /,
    *,
    language: Language = "",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Has a notice said in the standard words again."""
    from op26x.client.summaries import announcement_summary
    from op26x.consent import notice_named

    with open_workspace(data, organization) as workspace:
        spoken = language or run_async(workspace.agents.language())
        gone = announcement_summary(run_async(workspace.announcements.remove(notice_named(notice), spoken, WHO)))
    print_one(gone, as_json=json, said=f"{notice} is said in the standard words again, in {spoken}.")
