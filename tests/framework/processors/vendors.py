"""A company that was given something in a call, for tests that want one of everything."""

from op26x.calls import Call, Workspace
from op26x.processors import Given, Planned, Registered, Standing
from op26x.types import Processor

VENDOR = Processor("Vendor", ("api.vendor.example",), "language model", ("communications",), "https://vendor.example")


async def disclose(workspace: Workspace, call: Call) -> None:
    """The company was given words in the call."""
    now = workspace.clock.now()
    asked = Planned("llm", ("words",), Registered("vendor", VENDOR, ("llm",), Standing.ACCEPTED))
    await workspace.disclosures.begin(call.id, [asked])
    await workspace.disclosures.end(call.id, {"llm": Given(1, 100, 10, now, now)})
