"""What a service does for its firewall: hosts open and close with the terms; what is refused is on record."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from op26x.audit import Access
from op26x.calls import Installation
from op26x.clock import ManualClock
from op26x.errors import EgressRefused
from op26x.ids import Ids
from op26x.processors import Egress, destinations, guarded
from op26x.settings import resolve
from op26x.types import Processor
from op26x_service.firewall_job import FirewallJob

VENDOR = Processor(
    "Vendor", ("api.vendor.example",), "language model", ("communications",), "https://vendor.example/dpa"
)
BY = Access("command-line", "")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """With a plugin that gives data to somebody."""
    settings = resolve({}, environ={}, overrides={"data": tmp_path / "data"})
    clock = ManualClock()
    opened = Installation.open(settings, clock, Ids(clock))
    opened.registry = replace(
        opened.registry,
        processors={"vendor": (VENDOR,)},
        owners=opened.registry.owners | {"llm": {"rehearsal": "vendor"}},
    )
    yield opened
    opened.close()


@pytest.fixture
def egress(installation: Installation) -> Iterator[Egress]:
    """The firewall of this process, as a service has it at its start."""
    made = Egress(destinations(installation.registry, installation.settings.core, ()))
    with guarded(made):
        yield made


def is_open(egress: Egress) -> bool:
    try:
        egress.check_name("api.vendor.example")
    except EgressRefused:
        return False
    return True


async def test_hosts_open_and_close_with_the_terms(installation: Installation, egress: Egress) -> None:
    job, register = FirewallJob(installation), installation.workspace().processors
    await job.look()
    assert not is_open(egress)
    await register.accept(VENDOR, BY)
    await job.look(whole=False)
    assert is_open(egress)
    await register.accept(replace(VENDOR, version="2"), BY)
    await job.look(whole=False)
    assert not is_open(egress), "what was accepted is not what it is"
    await register.accept(VENDOR, BY)
    await register.withdraw("Vendor", BY)
    await job.look(whole=False)
    assert not is_open(egress)


@pytest.mark.parametrize("first", ["accepted", "withdrawn"])
async def test_a_database_that_fails_loses_no_change(
    installation: Installation, egress: Egress, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    job, register = FirewallJob(installation), installation.workspace().processors
    if first == "withdrawn":
        await register.accept(VENDOR, BY)
        await job.look()
        await register.withdraw("Vendor", BY)
    else:
        await job.look()
        await register.accept(VENDOR, BY)

    async def locked() -> None:
        raise OSError("the database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(installation, "all", locked)
        with pytest.raises(OSError, match="locked"):
            await job.look(whole=False)
    await job.look(whole=False)
    assert is_open(egress) is (first == "accepted")
    assert bool(job.problems) is (first == "withdrawn")


async def test_what_could_not_be_written_is_written_later(
    installation: Installation, egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = FirewallJob(installation)
    assert not is_open(egress)

    def away(organization_id: str) -> None:
        raise OSError("the database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(installation, "log_of", away)
        with pytest.raises(OSError, match="locked"):
            await job.look()
    await job.look()
    (entry,) = await installation.workspace().audit.list(what="connection")
    assert entry.why == "1 times"


async def test_what_is_refused_is_on_record_without_its_name(installation: Installation, egress: Egress) -> None:
    job = FirewallJob(installation)
    for _ in range(3):
        assert not is_open(egress)
    await job.look()
    await job.look()
    (entry,) = await installation.workspace().audit.list(what="connection")
    assert (entry.what, entry.who, entry.why) == ("connection.refused", "firewall", "3 times")
    assert "vendor" not in entry.record_id


async def test_an_agent_that_can_take_no_calls_is_a_problem_with_a_remedy(
    installation: Installation, egress: Egress
) -> None:
    job, register = FirewallJob(installation), installation.workspace().processors
    await job.look()
    assert {(one.name, one.message, one.remedy) for one in job.problems} == {
        (
            "processors",
            f"The agent {published.agent.name} can't take calls. The terms of Vendor are not accepted.",
            "Read them, then: op26x processors accept Vendor",
        )
        for published in await installation.workspace().agents.published()
    }
    assert job.problems
    await register.accept(VENDOR, BY)
    await job.look(whole=False)
    assert job.problems == []


async def test_without_a_firewall_there_is_nothing_to_open(installation: Installation) -> None:
    await FirewallJob(installation).look()
