"""What was agreed to: people want to be called, and are in no do-not-call registry; processors' terms are accepted."""

from op26x.audit import Access
from op26x.calls import Workspace
from op26x.consent import ConsentGiven, ConsentPurpose
from op26x.consent.registry_formats import PLAIN
from op26x.plugins import Registry
from op26x.types import PhoneNumber

SOMEBODY_ELSE = "+12125550000"


async def agree(workspace: Workspace, number: PhoneNumber, to: ConsentPurpose = ConsentPurpose.CALL) -> None:
    """Somebody agrees in writing, and a fresh file of the registry of the United States has them not."""
    await workspace.consents.add(ConsentGiven.in_writing(workspace.index.of(number), to))
    await workspace.registries.read("us", [SOMEBODY_ELSE], PLAIN, workspace.clock.now(), Access("test", "test"))


async def accept_all(workspace: Workspace, registry: Registry) -> None:
    """Accepts the terms of everybody to whom plugins give data."""
    for processors in registry.processors.values():
        for one in processors:
            await workspace.processors.accept(one, Access("test", "test"), "an agreement for the test")
