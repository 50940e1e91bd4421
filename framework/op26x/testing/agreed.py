"""People who agreed to be called, as most laws demand, and are in no do-not-call registry."""

from op26x.audit import Access
from op26x.calls import Workspace
from op26x.consent import ConsentGiven, ConsentPurpose
from op26x.consent.registry_formats import PLAIN
from op26x.types import PhoneNumber

SOMEBODY_ELSE = "+12125550000"


async def agree(workspace: Workspace, number: PhoneNumber, to: ConsentPurpose = ConsentPurpose.CALL) -> None:
    """Somebody agrees in writing, and a fresh file of the registry of the United States has them not."""
    await workspace.consents.add(ConsentGiven.in_writing(workspace.index.of(number), to))
    await workspace.registries.read("us", [SOMEBODY_ELSE], PLAIN, workspace.clock.now(), Access("test", "test"))
