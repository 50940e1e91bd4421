"""The API's routes about those who are given data, and what they were given."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post, put
from litestar.params import Parameter

from op26x.accounts import Actor
from op26x.calls import Installation, Workspace
from op26x.client.processor_types import (
    DisclosureSummary,
    DisclosuresWanted,
    DisclosureTotal,
    ProcessorAccepted,
    ProcessorSummary,
)
from op26x.client.summaries import disclosure_summaries, processor_summary
from op26x.clock import in_utc
from op26x.errors import NotFound, UsageError
from op26x.processors import Registered
from op26x.types import PhoneNumber
from op26x_service.audit_api import bounded

Days = Annotated[int, Parameter(ge=1, le=366)]


def processor_routes(installation: Installation) -> list[Any]:
    """The routes. Each acceptance is an entry in the audit log."""

    async def all_of(workspace: Workspace) -> list[Registered]:
        return await workspace.processors.list(installation.registry, installation.settings.core)

    @get("/processors", action="processors.read")
    async def list_processors(workspace: Workspace) -> list[ProcessorSummary]:
        """Everybody to whom plugins give personal data, and whose terms the organization has accepted."""
        return [processor_summary(one) for one in await all_of(workspace)]

    @put("/processors/{name:str}/acceptance", action="processors.accept")
    async def accept(workspace: Workspace, actor: Actor, name: str, data: ProcessorAccepted) -> None:
        """Accepts a company's terms as they were read: 400 if they have changed since."""
        found = next((one for one in await all_of(workspace) if one.processor.name == name), None)
        if found is None:
            raise NotFound(f"No plugin gives data to {name}.")
        if found.processor.fingerprint != data.fingerprint:
            raise UsageError(f"What is to be accepted of {name} is not what it is now.", "Read it again.")
        access = actor.access(data.agreement or found.processor.version)
        from_at = in_utc(data.from_at) if data.from_at else None
        await workspace.processors.accept(found.processor, access, data.agreement, from_at)

    @delete("/processors/{name:str}/acceptance", action="processors.accept")
    async def withdraw(workspace: Workspace, actor: Actor, name: str) -> None:
        """Accepts a company's terms no more: agents that need it take no calls from now on."""
        await workspace.processors.withdraw(name, actor.access())

    return [list_processors, accept, withdraw, show_disclosures, find_disclosures, total_disclosures]


@get("/calls/{call_id:str}/disclosures", action="calls.read")
async def show_disclosures(workspace: Workspace, call_id: str) -> list[DisclosureSummary]:
    """What companies were given in a call; of one that goes on, who may be given something."""
    call, _ = await workspace.calls.get(call_id)
    return disclosure_summaries(await workspace.disclosures.list(call_ids=[call.id]))


@post("/disclosures/find", status_code=200, action="disclosures.read")
async def find_disclosures(workspace: Workspace, actor: Actor, data: DisclosuresWanted) -> list[DisclosureSummary]:
    """What companies were given, newest first; with a number, in calls with one person."""
    limit = bounded(data.limit)
    since = in_utc(data.since) if data.since else None
    call_ids = None
    if data.number:
        await workspace.audit.add("disclosures.read", workspace.organization_id, actor.access(data.why))
        call_ids = await workspace.calls.with_person(workspace.index.of(PhoneNumber.given(data.number)))
    found = await workspace.disclosures.list(call_ids=call_ids, processor=data.processor, since=since, limit=limit)
    return disclosure_summaries(found)


@get("/disclosures/totals", action="disclosures.read")
async def total_disclosures(workspace: Workspace, days: Days = 30) -> list[DisclosureTotal]:
    """What each company was given on each of the last days, newest first."""
    since = (workspace.clock.now() - timedelta(days=days - 1)).date()
    return msgspec.convert(await workspace.disclosures.totals(since), list[DisclosureTotal], from_attributes=True)
