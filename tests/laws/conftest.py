"""Scenes for the tests of the laws."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from laws.house import Scene

OpenScene = Callable[[], Awaitable[Scene]]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[OpenScene]:
    """Opens a scene, each time a fresh one."""
    opened: list[Scene] = []

    async def open_one() -> Scene:
        opened.append(await Scene.open(tmp_path / f"scene-{len(opened)}"))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
