"""Records as the API shows them: for the service, and for commands that read the database themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from op26x.client.policy_types import (
    ConsentSummary,
    PolicyExplanation,
    PolicyField,
    PolicyLifted,
    PolicyRowSummary,
    RegistrySummary,
    SuppressionSummary,
)
from op26x.client.processor_types import DisclosureSummary, ProcessorSummary
from op26x.client.types import (
    AgentSummary,
    AgentVersionSummary,
    AnnouncementSummary,
    ApiKeySummary,
    AuditEntrySummary,
    CallDetail,
    CallSummary,
    InvitationSummary,
    OrganizationSummary,
    PersonSummary,
    PhoneLineSummary,
    RecordingSummary,
    RetentionPeriod,
    ScheduledCallSummary,
    TranscriptTurn,
    TranscriptWord,
    TurnSummary,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from op26x.accounts import ApiKey, Organization, PhoneLine
    from op26x.accounts.people import OneTimeLink, Person
    from op26x.agents import AgentVersion, PublishedAgent
    from op26x.audit import AuditEntry
    from op26x.calls import Call, ScheduledCall, Workspace
    from op26x.calls.wanted import Wanted
    from op26x.consent import Consent, OwnAnnouncement, Registry, Suppression
    from op26x.policy import EffectivePolicy, Kept
    from op26x.processors import Disclosure, Registered
    from op26x.recording import Recording, SpokenTurn
    from op26x.retention import Preview


def agent_summary(published: PublishedAgent) -> AgentSummary:
    """An agent that takes calls."""
    agent = published.agent
    return AgentSummary(
        id=agent.name,
        greeting=agent.greeting,
        llm=agent.llm.use,
        tts=agent.tts.use,
        stt=agent.stt.use,
        language=agent.language,
        tools=list(agent.tools),
        recording=agent.recording.mode.value,
        version=published.number,
    )


def call_summary(call: Call, recording: Recording | None = None) -> CallSummary:
    """A call."""
    shown = msgspec.convert(call, CallSummary, from_attributes=True)
    return msgspec.structs.replace(shown, recording_state=recording.state if recording else "")


async def call_summaries(workspace: Workspace, wanted: Wanted, limit: int) -> list[CallSummary]:
    """Calls, newest first."""
    calls = await workspace.calls.list(wanted, limit=limit)
    recordings = await workspace.recordings.of_calls([call.id for call in calls])
    return [call_summary(call, recordings.get(call.id)) for call in calls]


async def call_detail(workspace: Workspace, call_id: str) -> CallDetail:
    """One call with its turns, its recording and what was agreed.

    Raises:
        NotFound: There is no such call.
    """
    call, turns = await workspace.calls.get(call_id)
    recording = await workspace.recordings.find(call_id)
    consents = await workspace.consents.of_call(call_id)
    overrides = await _overrides(workspace, call)
    return CallDetail(
        call_summary(call, recording),
        msgspec.convert(turns, list[TurnSummary], from_attributes=True),
        await recording_summary(workspace, recording) if recording else None,
        msgspec.convert(consents, list[ConsentSummary], from_attributes=True),
        overrides=overrides,
    )


async def _overrides(workspace: Workspace, call: Call) -> list[str]:
    """What was lifted of the law that a call was held under."""
    from op26x.policy import lifted

    policy = await workspace.policies.get(call.policy) if call.policy else None
    return [f"{one.row}: {one.by}" for one in lifted(policy) if one.override] if policy else []


def policy_explanation(policy: EffectivePolicy) -> PolicyExplanation:
    """A policy, and who decided what in it."""
    from op26x.policy import explained, lifted

    return PolicyExplanation(
        policy.hash,
        list(policy.places),
        list(policy.zones),
        dict(policy.tables),
        msgspec.convert(explained(policy), list[PolicyField], from_attributes=True),
        msgspec.convert(lifted(policy), list[PolicyLifted], from_attributes=True),
        list(policy.languages),
    )


def consent_summaries(entries: Sequence[Consent]) -> list[ConsentSummary]:
    """Entries of the consent ledger."""
    return [msgspec.convert(entry, ConsentSummary, from_attributes=True) for entry in entries]


def suppression_summaries(entries: Sequence[Suppression]) -> list[SuppressionSummary]:
    """Entries of the do-not-call list."""
    return [msgspec.convert(entry, SuppressionSummary, from_attributes=True) for entry in entries]


def policy_row_summary(kept: Kept) -> PolicyRowSummary:
    """A row of an organization, or an override."""
    from op26x.policy import Override, demands_in_words

    content = kept.content
    about = {name: getattr(content, name, "") for name in ("place", "purpose", "agent", "line", "campaign")}
    said = {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in about.items() if value}
    override = content if isinstance(content, Override) else None
    return PolicyRowSummary(
        kept.name,
        "override" if override else "row",
        f"lifts {content.row}" if isinstance(content, Override) else demands_in_words(content.somewhere()),
        "; ".join(f"{name} {value}" for name, value in said.items()),
        content.why,
        override.approved_by if override else "",
        override.until if override else None,
        kept.added_by,
        kept.added_at,
        kept.ended_at,
    )


def registry_summary(registry: Registry) -> RegistrySummary:
    """A do-not-call registry that was read in."""
    return msgspec.convert(registry, RegistrySummary, from_attributes=True)


def scheduled_call_summary(row: ScheduledCall) -> ScheduledCallSummary:
    """A call that waits, or has waited."""
    return msgspec.convert(row, ScheduledCallSummary, from_attributes=True)


async def recording_summary(workspace: Workspace, row: Recording) -> RecordingSummary:
    """A recording; of an erased one, who had it erased is in the audit log."""
    shown = msgspec.convert(msgspec.to_builtins(row.info()), RecordingSummary)
    if row.erased_at is None:
        return shown
    entries = await workspace.audit.of(row.id)
    by = next((entry.who for entry in entries if entry.what == "recording.erased"), "")
    return msgspec.structs.replace(shown, erased_at=row.erased_at, erased_by=by)


def transcript_turns(turns: Sequence[SpokenTurn]) -> list[TranscriptTurn]:
    """A transcript."""
    return [_turn(turn) for turn in turns]


def retention_period(preview: Preview, *, applied: bool) -> RetentionPeriod:
    """What another period would do, or did."""
    return RetentionPeriod(preview.days, preview.gone, preview.sooner, preview.kept, applied)


def organization_summary(organization: Organization) -> OrganizationSummary:
    """An organization."""
    return msgspec.convert(organization, OrganizationSummary, from_attributes=True)


def announcement_summary(announcement: OwnAnnouncement) -> AnnouncementSummary:
    """What callers are told, in an organization's own words."""
    return msgspec.convert(announcement, AnnouncementSummary, from_attributes=True)


def audit_entry_summary(entry: AuditEntry) -> AuditEntrySummary:
    """An act on record."""
    return msgspec.convert(entry, AuditEntrySummary, from_attributes=True)


def processor_summary(found: Registered) -> ProcessorSummary:
    """A company as it stands with an organization."""
    one, accepted = found.processor, found.acceptance
    return ProcessorSummary(
        id=one.name,
        plugin=found.plugin,
        roles=list(found.roles),
        hosts=list(one.hosts),
        purpose=one.purpose,
        categories=list(one.categories),
        places=list(one.places),
        keeps=one.keeps,
        subprocessors=one.subprocessors,
        terms=one.terms,
        version=one.version,
        trains_on_data=one.trains_on_data,
        clause=one.clause,
        standing=found.standing.value,
        fingerprint=one.fingerprint,
        agreement=accepted.agreement if accepted else "",
        accepted_by=accepted.accepted_by if accepted else "",
        accepted_at=accepted.at if accepted else None,
    )


def disclosure_summaries(found: Sequence[Disclosure]) -> list[DisclosureSummary]:
    """What companies were given in calls."""
    named = DisclosureSummary.__struct_fields__
    rows = ({name: getattr(one, name) for name in named} for one in found)
    return [DisclosureSummary(**{**row, "categories": row["categories"].split(", ")}) for row in rows]


def phone_line_summary(line: PhoneLine) -> PhoneLineSummary:
    """A phone line; of its number, the last two digits."""
    return PhoneLineSummary(line.id, line.provider, f"…{line.last_two}", line.label, line.agent, line.created_at)


def agent_version_summary(agent: str, version: AgentVersion, published: int | None) -> AgentVersionSummary:
    """A version of an agent."""
    return AgentVersionSummary(
        version.id,
        agent,
        version.number,
        version.created_at,
        version.created_by,
        version.published_at,
        version.number == published,
    )


def person_summary(person: Person) -> PersonSummary:
    """A member of an organization."""
    return PersonSummary(
        person.id, person.email.reveal(), person.name.reveal(), person.role or "", person.second_factor
    )


def invitation_summary(link: OneTimeLink) -> InvitationSummary:
    """An invitation, without its token."""
    return msgspec.convert(link, InvitationSummary, from_attributes=True)


def api_key_summary(key: ApiKey) -> ApiKeySummary:
    """An API key, without what it is."""
    return ApiKeySummary(
        key.id,
        key.name,
        key.role,
        [action for action in key.actions.split(",") if action],
        key.made_by,
        key.created_at,
        key.expires_at,
        key.last_used_at,
        key.revoked_at,
    )


def _turn(turn: SpokenTurn) -> TranscriptTurn:
    words = [TranscriptWord(w.text.reveal(), w.start_ms, w.end_ms) for w in turn.words]
    return TranscriptTurn(turn.number, turn.speaker, turn.started_ms, turn.ended_ms, turn.text.reveal(), words)
