"""People who agreed to be called, as most laws demand."""

from op26x.calls import Workspace
from op26x.consent import ConsentGiven, ConsentPurpose
from op26x.types import PhoneNumber


async def agree(workspace: Workspace, number: PhoneNumber, to: ConsentPurpose = ConsentPurpose.CALL) -> None:
    """Somebody agrees in writing."""
    await workspace.consents.add(ConsentGiven.in_writing(workspace.index.of(number), to))
