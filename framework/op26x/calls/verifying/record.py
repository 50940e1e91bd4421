"""Checks of the record: the audit log, who may act, and the law tables."""

from datetime import timedelta

from op26x.audit import verify
from op26x.calls.verifying.looking import Look, found
from op26x.errors import Tampered
from op26x.policy import LAW

OLD = timedelta(days=365)


async def audit_log(look: Look) -> list[str]:
    """Entries and checkpoints that are not as they were."""
    tree = look.workspace.tree
    try:
        await tree.take_in()
    except Tampered as error:
        return [error.message]
    faults = (await verify(tree)).faults
    return found(
        "{} places of the audit log were changed", [f"{one.position} ({one.what.rstrip('.')})" for one in faults]
    )


async def owners(look: Look) -> list[str]:
    """An organization with people and nobody who answers for it, and keys that nobody made."""
    users = look.installation.people.users
    members = await users.members(look.organization_id)
    wrong = []
    if members and not await users.has_owner(look.organization_id):
        wrong.append("Nobody owns the organization: op26x users invite EMAIL --role owner.")
    keys = [key.name for key in await look.workspace.api_keys.list() if not key.made_by and key.stands(look.now)]
    return [*wrong, *found("{} API keys are from before there were roles, and may do everything", keys)]


async def law_out_of_date(look: Look) -> list[str]:
    """Law tables that nobody has gone through for a year."""
    old = [table.name for table in LAW.tables if table.as_of < (look.now - OLD).date()]
    return found("{} law tables were not gone through for a year", old)
