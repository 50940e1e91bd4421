"""The result as people read it: Markdown, and a page that needs nothing else."""

from op26x.calls.verifying.pages import page
from op26x.calls.verifying.verification import PromiseResult, Verification

WORDS = {"holds": "holds", "broken": "BROKEN", "duty": "your duty"}


def as_markdown(found: Verification) -> str:
    """Each promise with what enforces it, what was looked for, and what was found."""
    broken = len(found.broken)
    yours = sum(bool(one.duty) for one in found.promises)
    said = f"{broken} of {len(found.promises)} promises do not hold." if broken else "No promise is broken."
    said += f" Of {yours} a part is yours to keep." if yours else ""
    lines = [
        f"# Does the privacy policy of {found.organization} hold?",
        "",
        f"{said} Looked at on {found.at:%Y-%m-%d %H:%M} UTC by op26x {found.version}.",
    ]
    for one in found.promises:
        lines += ["", f"## {one.id} {WORDS[one.state]}", "", f"> {one.says}", "", one.enforced_by, "", *_checks(one)]
        if one.duty:
            lines += ["", f"**Yours:** {one.duty}"]
    return "\n".join(lines) + "\n"


def as_html(found: Verification) -> str:
    """The same as a page."""
    return page("Does the privacy policy hold?", as_markdown(found), found.language)


def _checks(one: PromiseResult) -> list[str]:
    lines = []
    for check in one.checks:
        found = f"**{' '.join(check.findings)}**" if check.findings else "none."
        lines.append(f"- {check.about.rstrip('.')} ({check.id}): {found}")
    return lines
