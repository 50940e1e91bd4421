"""Every test in this folder is a journey; ``house`` opens a service for one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from journeys.documents import agent
from journeys.house import House, open_house

OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[OpenHouse]:
    """Opens a service with an agent on scripted providers; the changes are to its document."""
    async with AsyncExitStack() as stack:

        async def open_one(*plugins: object, settings: dict[str, str] | None = None, **changes: Any) -> House:
            return await stack.enter_async_context(open_house(tmp_path, agent(**changes), plugins, **(settings or {})))

        yield open_one
