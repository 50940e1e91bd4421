"""A proof as a page that a person reads, with the proof itself in it. It loads nothing."""

import json
from collections.abc import Sequence

import msgspec

from op26x.calls.proving.statement import CallProof, Statement
from op26x.calls.verifying.pages import page, table

TIME = "%Y-%m-%d %H:%M:%S UTC"


def as_html(proof: CallProof) -> str:
    """The page; ``read_proof`` reads it as well."""
    said = msgspec.json.decode(proof.statement, type=Statement)
    written = msgspec.json.encode(proof).decode().replace("<", "\\u003c")  # nothing in it can end the element
    shown = page(f"Proof of the call {said.call.id}", _as_markdown(said, proof), "en")
    return shown.replace("</body>", f'<script type="application/json" id="proof">{written}</script></body>', 1)


def _as_markdown(said: Statement, proof: CallProof) -> str:
    call = said.call
    began = f"{call.created_at:{TIME}}, {call.state}: {call.end_reason or 'no end yet'}"
    article = "An" if call.direction[0] in "aeiou" else "A"
    lines = [
        f"# Proof of the call {call.id}",
        "",
        f"{article} {call.direction} call of {said.name}, {began}. No number and no word of anybody is in this page.",
        *("", "## What it was held under", "", *_policy(said)),
        *("", "## What was said and decided", "", *_consents(said)),
        *("", "## What is kept", "", _recording(said)),
        *("", "## What was redacted", "", _redacted(said)),
        *("", "## What companies were given", "", *_disclosures(said)),
        *(
            "",
            "## Entries of the audit log",
            "",
            "The proof shows that each is in the log.",
            *_entries(said),
        ),
        *("", "## Check it", ""),
        "`op26x proofs verify FILE`, with this page or its JSON. It is signed with this key of the organization's:",
        "",
        f"`{proof.key}`",
    ]
    return "\n".join(lines) + "\n"


def _policy(said: Statement) -> list[str]:
    if said.policy is None:
        return ["It is from before calls had a policy."]
    rows = [(one.field.replace("_", " "), one.value, "; ".join(one.decided_by)) for one in said.policy.fields]
    return [f"Policy `{said.policy.hash}`.", *_rows_or_none(("what", "value", "decided by"), rows)]


def _consents(said: Statement) -> list[str]:
    rows = [
        (f"{one.at:{TIME}}", one.purpose, one.state, f"{one.evidence} {one.value}", one.text or one.announcement)
        for one in said.consents
    ]
    return _rows_or_none(("when", "what for", "decision", "shown by", "what they were told"), rows)


def _disclosures(said: Statement) -> list[str]:
    rows = [
        (
            one.processor,
            one.categories,
            "not looked for" if one.entities is None else one.entities or "none found",
            one.purpose,
            *map(str, (one.requests, one.bytes_out, one.bytes_in)),
            one.version,
        )
        for one in said.disclosures
    ]
    return _rows_or_none(("company", "data", "in clear", "for", "requests", "bytes out", "bytes in", "terms"), rows)


def _entries(said: Statement) -> list[str]:
    rows = []
    for one in said.entries:
        entry = json.loads(one.entry)
        at = entry["at"][:19].replace("T", " ")
        rows.append((str(one.position), at, entry["what"], entry["who"], entry["why"]))
    return _rows_or_none(("entry", "when (UTC)", "what", "who", "why"), rows)


def _recording(said: Statement) -> str:
    kept = said.recording
    if kept is None:
        return f"No recording ({said.call.recording_outcome or 'off'})."
    until = f"erased {kept.erased_at:{TIME}}" if kept.erased_at else f"kept until {kept.expires_at:{TIME}}"
    length = f"{kept.duration_ms / 1000:.1f} s"
    return f"A recording of {length}, mode {kept.mode}, {until}. SHA-256 of its sealed bytes: `{kept.sha256}`."


def _redacted(said: Statement) -> str:
    written = [json.loads(one.entry) for one in said.entries]
    counted = [entry["why"] for entry in written if entry["what"] == "call.redacted"]
    if not counted:
        return "Nothing is on record."
    return f"Different values that the policy kept from at least one sink: {'; '.join(counted)}."


def _rows_or_none(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return table(head, rows) if rows else ["None."]
