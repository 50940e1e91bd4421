"""Gathers what is on record of a call, and signs it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlmodel import col, select

from op26x.accounts import spoken_name
from op26x.calls.proving.statement import (
    FORM,
    CallProof,
    ProvedAcceptance,
    ProvedCall,
    ProvedConsent,
    ProvedDisclosure,
    ProvedEntry,
    ProvedField,
    ProvedPolicy,
    ProvedRecording,
    Statement,
    held_at,
    signed_text,
)
from op26x.calls.workspace import Workspace
from op26x.consent.announcement import Announcement
from op26x.consent.texts import Notice, texts
from op26x.policy import EffectivePolicy, explained
from op26x.policy.promises import LANGUAGES
from op26x.processors import Disclosure, ProcessorAcceptance

T = TypeVar("T")


async def prove_call(workspace: Workspace, name: str, call_id: str) -> CallProof:
    """Everything that is on record of a call and holds nothing personal, signed with the key of the audit log.

    Args:
        workspace: The records.
        name: Of the organization.
        call_id: The call.

    Raises:
        NotFound: There is no such call.
        Tampered: An entry or the tree of the audit log is not what it was.
    """
    call, _ = await workspace.calls.get(call_id)
    recording = await workspace.recordings.find(call_id)
    consents = await workspace.consents.of_call(call_id)
    disclosures = await workspace.disclosures.list(call_ids=[call_id])
    acceptances = await _acceptances(workspace, disclosures)
    policy = await workspace.policies.get(call.policy) if call.policy else None
    said = await _sentences(workspace, name)
    records = [call.id, *([recording.id] if recording else [])]
    records += [*(one.id for one in consents), *(one.id for one in acceptances)]
    entries, checkpoint = await _entries(workspace, records)
    statement = Statement(
        form=FORM,
        organization=workspace.organization_id,
        name=name,
        made_at=workspace.clock.now(),
        call=_as(ProvedCall, call),
        policy=_policy(policy) if policy else None,
        consents=[
            _as(ProvedConsent, one, text=said.get(one.announcement, ""), policy=one.policy or "") for one in consents
        ],
        recording=_as(ProvedRecording, recording) if recording else None,
        disclosures=[_as(ProvedDisclosure, one) for one in disclosures],
        acceptances=[_as(ProvedAcceptance, one) for one in acceptances],
        entries=entries,
        checkpoint=checkpoint,
    )
    written = msgspec.json.encode(statement).decode()
    note = workspace.tree.sign(signed_text(workspace.organization_id, call_id, written))
    return CallProof(written, note, str(workspace.tree.verifier))


def _as(kind: type[T], row: Any, **more: Any) -> T:
    fields = {name: getattr(row, name) for name in kind.__struct_fields__ if name not in more}  # type: ignore[attr-defined]
    return kind(**fields, **more)


def _policy(policy: EffectivePolicy) -> ProvedPolicy:
    fields = [
        ProvedField(line.field, line.value, [f"{one.source} {one.cite}".strip() for one in line.decided_by])
        for line in explained(policy)
        if line.decided_by
    ]
    return ProvedPolicy(policy.hash, policy.to_json().decode(), fields)


async def _acceptances(workspace: Workspace, disclosures: Iterable[Disclosure]) -> Sequence[ProcessorAcceptance]:
    """The terms under which something was given: those that were accepted then."""
    began: dict[str, datetime] = {one.terms: one.begun_at for one in disclosures}
    query = select(ProcessorAcceptance).where(
        ProcessorAcceptance.organization_id == workspace.organization_id,
        col(ProcessorAcceptance.fingerprint).in_(began),
    )
    found = await workspace.database.run(lambda session: session.exec(query).all())
    return [one for one in found if held_at(one, began[one.fingerprint])]


async def _entries(workspace: Workspace, records: Iterable[str]) -> tuple[list[ProvedEntry], str]:
    """The entries about some records, and the checkpoint that their proofs lead up to."""
    entries = [entry for record in records for entry in await workspace.audit.of(record)]
    checkpoint = await workspace.tree.checkpoint()
    found = []
    for entry in entries:
        proof = await workspace.tree.proved(entry.id, checkpoint)
        found.append(ProvedEntry(proof.entry, proof.position, proof.hashes))
    return sorted(found, key=lambda one: one.position), checkpoint


async def _sentences(workspace: Workspace, name: str) -> dict[str, str]:
    """Standard sentences and the organization's own, by version, with its name in them as it is said."""
    own = [(one.text, one.language) for one in await workspace.announcements.list()]
    standard = [(known.sentences[notice], one) for one in LANGUAGES if (known := texts(one)) for notice in Notice]
    found = {}
    for text, language in (*standard, *own):
        said = text.replace("{organization}", spoken_name(name))
        found[Announcement(said, language).version] = said
    return found
