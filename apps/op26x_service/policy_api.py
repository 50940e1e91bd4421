"""The API's routes about what calls are held under: policies and rows, what people agreed to, whom not to call."""

from typing import Any

import msgspec
from litestar import Response, delete, get, post

from op26x.accounts import Actor
from op26x.accounts.actor import USER
from op26x.calls import Arrival, Direction, Workspace
from op26x.calls.own_policy import add_rows, override
from op26x.calls.policies import places_in
from op26x.client.policy_types import (
    ConsentSummary,
    ConsentsWanted,
    OverrideWanted,
    PolicyExpected,
    PolicyRowSummary,
    PolicyRowsWanted,
    PolicyWanted,
    RegistrySummary,
    SuppressionSummary,
    SuppressionWanted,
)
from op26x.client.summaries import (
    consent_summaries,
    policy_explanation,
    policy_row_summary,
    registry_summary,
    suppression_summaries,
)
from op26x.clock import in_utc
from op26x.consent import ConsentPurpose
from op26x.policy import check_campaign, read_own_rows
from op26x.types import PhoneNumber
from op26x.voice import VoiceSwitchboard
from op26x_service.audit_api import bounded
from op26x_service.recordings_api import Why


def policy_routes(switchboard: VoiceSwitchboard) -> list[Any]:
    """The routes. Numbers are in bodies, never in addresses, which whatever stands before a service writes down."""

    @post("/policy/explain", status_code=200, action="policy.read")
    async def explain(workspace: Workspace, data: PolicyWanted) -> PolicyExpected:
        """What a call would be held under and why, plugins asked too; of one to be placed, what is in the way now."""
        arrival = Arrival(
            data.provider,
            "",
            Direction.OUTBOUND if data.outbound else Direction.INBOUND,
            PhoneNumber.parse(data.caller),
            PhoneNumber.parse(data.called),
            data.agent,
            workspace.organization_id,
            tuple(places_in(data.place)),
            check_campaign(data.campaign),
        )
        calls = await switchboard.of(workspace.organization_id)
        at = in_utc(data.at) if data.at else None
        policy, refusal = await calls.expected(arrival, at)
        return PolicyExpected(
            **msgspec.structs.asdict(policy_explanation(policy)),
            refusal=refusal.reason if refusal else "",
            remedy=refusal.remedy if refusal else "",
        )

    return [explain, *CONSENT_ROUTES, *ROW_ROUTES]


@post("/consents/find", status_code=200, action="consents.read")
async def find_consents(workspace: Workspace, actor: Actor, data: ConsentsWanted) -> list[ConsentSummary]:
    """What people decided, newest first; with a number, what one person did."""
    subject = workspace.index.of(PhoneNumber.given(data.number)) if data.number else ""
    purpose = ConsentPurpose(data.purpose) if data.purpose else None
    found = await workspace.consents.list(
        subject_index=subject, purpose=purpose, limit=bounded(data.limit), access=actor.access(data.why)
    )
    return consent_summaries(found)


@get("/suppressions", action="suppressions.read")
async def list_suppressions(workspace: Workspace, limit: int = 100) -> list[SuppressionSummary]:
    """Who is not to be called, newest first. Who they are is not told: the list does not know their numbers."""
    return suppression_summaries(await workspace.suppressions.list(limit=bounded(limit)))


@post("/suppressions", status_code=201, action="suppressions.change")
async def suppress(workspace: Workspace, actor: Actor, data: SuppressionWanted) -> Response[SuppressionSummary | None]:
    """Puts a person on the do-not-call list; twice changes nothing. 202: it holds already and is written later."""
    subject = workspace.index.of(PhoneNumber.given(data.number))
    campaign, until = check_campaign(data.campaign), in_utc(data.until) if data.until else None
    entry = await workspace.suppressions.add(subject, "", actor.access(data.why), campaign=campaign, until=until)
    if entry is None:
        return Response(None, status_code=202)
    return Response(suppression_summaries([entry])[0], status_code=201)


@delete("/suppressions/{suppression_id:str}", status_code=204, action="suppressions.change")
async def unsuppress(workspace: Workspace, actor: Actor, suppression_id: str, why: Why = "") -> Response[None]:
    """Takes a person off the list, by their own documented wish."""
    await workspace.suppressions.remove(suppression_id, actor.access(why))
    return Response(None, status_code=204)


@get("/registries", action="suppressions.read")
async def list_registries(workspace: Workspace) -> list[RegistrySummary]:
    """The do-not-call registries that were read in, by name."""
    return [registry_summary(one) for one in await workspace.registries.list()]


@get("/policy-rows", action="policy.read")
async def list_policy_rows(workspace: Workspace, ended: bool = False) -> list[PolicyRowSummary]:
    """Rows that the organization adds to the law, and overrides of the law, in the order in which they were added."""
    return [policy_row_summary(one) for one in await workspace.own_rows.list(ended=ended)]


@post("/policy-rows", status_code=201, action="policy.change")
async def add_policy_rows(workspace: Workspace, actor: Actor, data: PolicyRowsWanted) -> list[PolicyRowSummary]:
    """Adds rows to the law for the organization's calls: all or none. They hold from the next call."""
    rows = read_own_rows(data.document.encode())
    await add_rows(workspace, rows, actor.access(data.why))
    names = {row.name for row in rows}
    return [policy_row_summary(one) for one in await workspace.own_rows.list() if one.name in names]


@delete("/policy-rows/{name:str}", status_code=204, action="policy.change")
async def remove_policy_row(workspace: Workspace, actor: Actor, name: str, why: Why = "") -> Response[None]:
    """Takes a row of the organization away; it stays on record."""
    await workspace.own_rows.end(name, actor.access(why), kind="row")
    return Response(None, status_code=204)


@post("/overrides", status_code=201, action="policy.override")
async def add_override(workspace: Workspace, actor: Actor, data: OverrideWanted) -> PolicyRowSummary:
    """Lifts a row of the law for the organization's calls, for a time. Only a person can: they answer for it."""
    made = await override(
        workspace,
        data.row,
        actor.access(data.why),
        approved_by=USER + actor.user_id,
        until=in_utc(data.until),
        agent=data.agent,
        campaign=data.campaign,
    )
    return next(policy_row_summary(one) for one in await workspace.own_rows.list() if one.name == made.id)


@delete("/overrides/{override_id:str}", status_code=204, action="policy.override")
async def end_override(workspace: Workspace, actor: Actor, override_id: str, why: Why = "") -> Response[None]:
    """Ends an override: the row holds again from the next call."""
    await workspace.own_rows.end(override_id, actor.access(why), kind="override")
    return Response(None, status_code=204)


CONSENT_ROUTES: list[Any] = [find_consents, list_suppressions, suppress, unsuppress, list_registries]
ROW_ROUTES: list[Any] = [list_policy_rows, add_policy_rows, remove_policy_row, add_override, end_override]
