"""What tests of the core share: a clock that stands still, identifiers that repeat, a workspace on them."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from op26x.accounts import Organization
from op26x.calls import Arrival, Direction, Installation, Workspace
from op26x.clock import ManualClock
from op26x.ids import Ids
from op26x.plugins import Plugins
from op26x.settings import Settings, resolve
from op26x.types import PhoneNumber


def counting_entropy() -> Callable[[int], bytes]:
    """Bytes that count up: identifiers made of them sort by the order they were made in."""
    counter = itertools.count(1)
    return lambda length: next(counter).to_bytes(length, "big")


@pytest.fixture
def clock() -> ManualClock:
    """Stands at 2026-01-05, 09:00 UTC."""
    return ManualClock()


@pytest.fixture
def ids(clock: ManualClock) -> Ids:
    """The same identifiers in every run."""
    return Ids(clock, counting_entropy())


@pytest.fixture
def settings(data: Path) -> Settings:
    """Defaults, on the test's data directory."""
    return resolve({}, environ={}, overrides={"data": data})


@pytest.fixture
def installation(settings: Settings, clock: ManualClock, ids: Ids) -> Iterator[Installation]:
    """An empty one, with one organization."""
    opened = Installation.open(settings, clock, ids)
    yield opened
    opened.close()


@pytest.fixture
def workspace(installation: Installation) -> Workspace:
    """The empty workspace of its organization."""
    return installation.workspace()


@pytest.fixture
def another_organization(workspace: Workspace, ids: Ids, clock: ManualClock) -> str:
    """A second organization on the workspace's database."""
    other = ids.new()
    with workspace.database.of_everybody().session() as session:
        session.add(Organization(id=other, name="other", created_at=clock.now()))
    return other


@pytest.fixture
def plugins() -> Plugins:
    """A plugin manager with nothing registered."""
    return Plugins()


@pytest.fixture
def arrival() -> Callable[..., Arrival]:
    """Makes arrivals that differ from a usual one in what is named."""

    def make(**changes: object) -> Arrival:
        usual: dict[str, object] = {
            "provider": "twilio",
            "provider_call_id": "CA1",
            "direction": Direction.INBOUND,
            "caller": PhoneNumber("+12125550123"),
            "called": PhoneNumber("+12125550199"),
        }
        return Arrival(**(usual | changes))  # type: ignore[arg-type]

    return make
