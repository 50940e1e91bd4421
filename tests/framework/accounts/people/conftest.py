"""A town for each test: an installation on an empty data directory."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from framework.accounts.people.town import Town
from op26x.calls import Installation
from op26x.clock import ManualClock
from op26x.ids import Ids
from op26x.settings import resolve


@pytest.fixture
def ids(clock: ManualClock) -> Ids:
    """The same identifiers and tokens in every run; no two begin alike."""
    return Ids(clock, random.Random(26).randbytes)


@pytest.fixture
def build(data: Any, clock: ManualClock, ids: Ids) -> Iterator[Callable[..., Town]]:
    """Opens towns, with core settings."""
    opened: list[Installation] = []

    def make(**overrides: Any) -> Town:
        settings = resolve({}, environ={}, overrides={"data": data, **overrides})
        opened.append(Installation.open(settings, clock, ids))
        return Town(opened[-1], clock)

    yield make
    for installation in opened:
        installation.close()


@pytest.fixture
def town(build: Callable[..., Town]) -> Town:
    """With default settings."""
    return build()
