"""A plugin with which a service kills itself at a step of what it does next: ``POST /die?at=STEP``."""

from typing import Any

from litestar import post

from faults.dying import Death
from op26x import hookimpl


@hookimpl
def op26x_routes() -> list[Any]:
    """``POST /die?at=STEP``; ``faults.dying`` has the steps."""

    @post("/die", public="a fault on the loopback", security=[], status_code=204)
    async def die_at(at: str) -> None:
        """Dies at the next step of that name."""
        Death(lambda step: None).arm_at(at)

    return [die_at]
