"""A site for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.accounts.people.site import Site, running
from op26x.clock import ManualClock


@pytest.fixture
def site(data: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """With default settings."""
    with running(data, clock, monkeypatch) as site:
        yield site
