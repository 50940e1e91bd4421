"""The API's routes about those who are given data."""

from typing import Any

from litestar import delete, get, put

from op26x.accounts import Actor
from op26x.calls import Installation, Workspace
from op26x.client.processor_types import ProcessorAccepted, ProcessorSummary
from op26x.client.summaries import processor_summary
from op26x.errors import NotFound, UsageError
from op26x.processors import Registered


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
        await workspace.processors.accept(found.processor, access, data.agreement)

    @delete("/processors/{name:str}/acceptance", action="processors.accept")
    async def withdraw(workspace: Workspace, actor: Actor, name: str) -> None:
        """Accepts a company's terms no more: agents that need it take no calls from now on."""
        await workspace.processors.withdraw(name, actor.access())

    return [list_processors, accept, withdraw]
