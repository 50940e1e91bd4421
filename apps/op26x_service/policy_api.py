"""The API's routes about what calls are held under: what one would be, what people agreed to, whom not to call."""

from typing import Any

import msgspec
from litestar import Response, delete, get, post

from op26x.accounts import Actor
from op26x.calls import Arrival, Direction, Workspace
from op26x.calls.policies import places_in
from op26x.client.summaries import consent_summaries, policy_explanation, suppression_summaries
from op26x.client.types import (
    ConsentSummary,
    ConsentsWanted,
    PolicyExpected,
    PolicyWanted,
    SuppressionSummary,
    SuppressionWanted,
)
from op26x.clock import in_utc
from op26x.consent import ConsentPurpose
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
        )
        calls = await switchboard.of(workspace.organization_id)
        at = in_utc(data.at) if data.at else None
        policy, refusal = await calls.expected(arrival, at)
        return PolicyExpected(
            **msgspec.structs.asdict(policy_explanation(policy)),
            refusal=refusal.reason if refusal else "",
            remedy=refusal.remedy if refusal else "",
        )

    return [explain, *CONSENT_ROUTES]


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
    return suppression_summaries(await workspace.consents.suppressions(limit=bounded(limit)))


@post("/suppressions", status_code=201, action="suppressions.change")
async def suppress(workspace: Workspace, actor: Actor, data: SuppressionWanted) -> Response[SuppressionSummary | None]:
    """Puts a person on the do-not-call list; twice changes nothing. 202: it holds already and is written later."""
    subject = workspace.index.of(PhoneNumber.given(data.number))
    await workspace.consents.suppress(subject, "", actor.access(data.why))
    entries = suppression_summaries(await workspace.consents.suppressions(subject))
    return Response(entries[0] if entries else None, status_code=201 if entries else 202)


@delete("/suppressions/{suppression_id:str}", status_code=204, action="suppressions.change")
async def unsuppress(workspace: Workspace, actor: Actor, suppression_id: str, why: Why = "") -> Response[None]:
    """Takes a person off the list, by their own documented wish."""
    await workspace.consents.unsuppress(suppression_id, actor.access(why))
    return Response(None, status_code=204)


CONSENT_ROUTES: list[Any] = [find_consents, list_suppressions, suppress, unsuppress]
