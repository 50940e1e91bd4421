"""The data map of an installation, for one of its organizations: what its tables, plugins and settings come to."""

from importlib.metadata import version

from op26x.calls.installation import Installation
from op26x.calls.tables import core_tables, table_of
from op26x.calls.workspace import Workspace
from op26x.consent.ledger import KEEP
from op26x.consent.registries import KEEP as REGISTRY_KEEP
from op26x.datamap import CORE, DataMap, Kept, data_map
from op26x.plugins import Registry
from op26x.settings import CoreSettings


async def records_of_processing(installation: Installation, workspace: Workspace) -> DataMap:
    """Makes the data map.

    Args:
        installation: Has the tables, and knows who is given data.
        workspace: Whose records of processing.
    """
    organization = installation.organizations.named(workspace.organization_id)
    settings = installation.settings
    return data_map(
        {CORE: map(table_of, core_tables())}
        | {name: map(table_of, models) for name, models in installation.registry.tables.items()},
        installation.registry.processors,
        await _in_use(installation.registry, settings.core, workspace),
        _periods(settings.core, organization.retention_days, organization.closing_days),
        organization=organization.name,
        version=version("op26x"),
        at=installation.clock.now(),
    )


async def _in_use(registry: Registry, core: CoreSettings, workspace: Workspace) -> set[str]:
    """The plugins whose providers an agent or a setting names; those of telephony take calls as they come."""
    named = {("key store", core.key_store), ("blobs", core.blobs)}
    for published in await workspace.agents.published():
        agent = published.agent
        named |= {("llm", agent.llm.use), ("stt", agent.stt.use), ("tts", agent.tts.use)}
    used = {registry.owners.get(kind, {}).get(name, CORE) for kind, name in named}
    return used | set(registry.owners.get("telephony", {}).values())


def _periods(core: CoreSettings, call_days: int, closing_days: int) -> dict[Kept, str]:
    return {
        Kept.CALL: f"{call_days} days from the call; less where the agent says so, or the caller has it deleted",
        Kept.SCHEDULED_CALL: "until it is placed, canceled or refused, or the time to place it is over",
        Kept.ATTEMPT: "as long as the law that limits calls to a person counts it",
        Kept.CONSENT: f"{KEEP.days} days from the decision",
        Kept.SUPPRESSION: "until the organization is erased; what holds for all of them, until it is taken off",
        Kept.REGISTRY: f"until a newer file is read in, or {REGISTRY_KEEP.days} days from its date",
        Kept.ACCOUNT: "until the account is erased",
        Kept.SESSION: f"{core.session_hours} hours from signing in; for a link, until it ends",
        Kept.USAGE: f"{core.usage_days} days; the address is shortened to its network after {core.usage_address_days}",
        Kept.CONTRACT: f"until it is given up, or {closing_days} days from the organization's closing",
    }
