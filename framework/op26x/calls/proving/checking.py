"""Checks a proof offline. All that it needs is the file; whose key it is, whoever checks must know from elsewhere."""

import hashlib
import json
import re

import msgspec

from op26x.audit import merkle
from op26x.audit.notes import Verifier, opened, read_checkpoint
from op26x.calls.proving.page import as_html
from op26x.calls.proving.statement import FORM, CallProof, ProvedEntry, Statement, held_at, signed_text
from op26x.errors import Tampered, UsageError

EMBEDDED = re.compile(rb'<script type="application/json" id="proof">(.*?)</script>', re.DOTALL)


class Checked(msgspec.Struct, frozen=True):
    """What a check of a proof came to.

    Attributes:
        id: The call.
        organization: Identifier of the organization.
        key: What the signatures were checked with: compare it with what ``op26x audit checkpoint`` prints there.
        findings: What is wrong; nothing if the proof holds.
    """

    id: str
    organization: str
    key: str
    findings: list[str]


def read_proof(written: bytes) -> CallProof:
    """A proof out of its JSON, or out of the page that shows it; whether the page does, ``check_page`` tells.

    Raises:
        UsageError: It is none.
    """
    found = EMBEDDED.search(written)
    try:
        return msgspec.json.decode(found[1] if found else written, type=CallProof)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UsageError("This is no proof of a call.", "Make one with: op26x calls prove CALL > proof.json") from None


def check_proof(proof: CallProof, key: str = "") -> Checked:
    """Checks signatures, hashes and inclusion proofs, and that what is said fits together.

    Args:
        proof: The file.
        key: The key that it must be signed with; whatever key it names if left out.

    Raises:
        UsageError: The key, or the statement, has not the form of one.
    """
    verifier = Verifier.parse(key or proof.key)
    try:
        said = msgspec.json.decode(proof.statement, type=Statement)
    except msgspec.DecodeError:
        raise UsageError("What this proof says can't be read.", "It may be of a newer version of op26x.") from None
    findings = []
    if said.form != FORM:
        findings.append(f"It is of another form: {said.form}.")
    findings += _signatures(proof, said, verifier)
    findings += _policy(said)
    findings += _entries(said)
    findings += _terms(said)
    return Checked(said.call.id, said.organization, str(verifier), findings)


def check_page(written: bytes, proof: CallProof) -> list[str]:
    """What is wrong with the page that a proof was read out of; nothing if it was read out of its JSON."""
    if EMBEDDED.search(written) is None or written.strip() == as_html(proof).strip().encode():
        return []
    return [
        "What the page shows is not what is signed, as this version of op26x shows it: it was altered, or another "
        "version made it. Ask for the JSON."
    ]


def _signatures(proof: CallProof, said: Statement, verifier: Verifier) -> list[str]:
    wrong = []
    for what, note in (("statement", proof.note), ("checkpoint", said.checkpoint)):
        try:
            text = opened(note, [verifier])
        except Tampered as error:
            wrong.append(f"The signature of the {what} does not hold: {error.message}")
            continue
        if what == "statement" and text != signed_text(said.organization, said.call.id, proof.statement):
            wrong.append("What is signed is not this statement.")
        if what == "checkpoint" and read_checkpoint(text).origin != f"op26x/audit/{said.organization}":
            wrong.append("The checkpoint is another log's.")
    return wrong


def _policy(said: Statement) -> list[str]:
    if said.policy is None:
        return ["The call names a policy that is not in the proof."] if said.call.policy else []
    wrong = []
    if hashlib.sha256(said.policy.content.encode()).hexdigest() != said.policy.hash:
        wrong.append("The policy is not the one that its hash names.")
    if said.policy.hash != said.call.policy:
        wrong.append("The call was held under another policy.")
    others = [one.id for one in said.consents if one.policy != said.policy.hash]
    return [*wrong, *(f"The consent {one} was given under another policy." for one in others)]


def _entries(said: Statement) -> list[str]:
    """Each entry is in the log; each consent and acceptance has one."""
    wrong, about = [], dict[str, set[str]]()
    try:
        checkpoint = read_checkpoint(said.checkpoint)
    except Tampered as error:
        return [error.message]
    for one in said.entries:
        leaf = merkle.leaf_hash(one.entry.encode())
        if not merkle.verify_inclusion(leaf, one.position, checkpoint.size, _hashes(one), checkpoint.root):
            wrong.append(f"The entry at {one.position} is not in the log.")
            continue
        entry = json.loads(one.entry)
        about.setdefault(entry["record"], set()).add(entry["what"])
        if entry["organization"] != said.organization:
            wrong.append(f"The entry at {one.position} is another organization's.")
    for consent in said.consents:
        if f"consent.{consent.state}" not in about.get(consent.id, ()):
            wrong.append(f"The log has no entry of the consent {consent.id}.")
    for acceptance in said.acceptances:
        if "processor.accepted" not in about.get(acceptance.id, ()):
            wrong.append(f"The log has no entry of the terms of {acceptance.processor} being accepted.")
    return wrong


def _hashes(one: ProvedEntry) -> list[bytes]:
    try:
        return [bytes.fromhex(text) for text in one.hashes]
    except ValueError:
        return []


def _terms(said: Statement) -> list[str]:
    return [
        f"{one.processor} was given something under terms that the proof does not show to have been accepted then."
        for one in said.disclosures
        if not any(held_at(it, one.begun_at) for it in said.acceptances if it.fingerprint == one.terms)
    ]
