"""What tests of the voice share: an event loop whose time passes at once when there is nothing else to do."""

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from op26x.testing import Telephone
from op26x.testing.virtual_loop import happen

Story = Callable[[], Coroutine[Any, Any, None]]


@pytest.fixture
def telephone(tmp_path: Path) -> Iterator[Telephone]:
    """The telephone that plugin authors test with."""
    made = Telephone(tmp_path / "telephone")
    yield made
    made.close()


@pytest.fixture
def happens() -> Callable[[Story], None]:
    """Runs a story on such a loop."""
    return happen
