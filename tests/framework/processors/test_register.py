"""The register: whose terms are accepted, and what a change of them does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.audit import Access
from op26x.calls import Installation, Workspace
from op26x.clock import ManualClock
from op26x.errors import NotFound, PluginError, UsageError
from op26x.plugins import Registry
from op26x.processors import Registered, Standing, check_hosts, registered
from op26x.settings import CoreSettings
from op26x.types import Processor

VENDOR = Processor(
    "Vendor", ("api.vendor.example",), "language model", ("communications",), "https://vendor.example/dpa",
    version="2026-01-01", clause="No training.", places=("US",), keeps="30 days", subprocessors="https://vendor.example",
)  # fmt: skip
UNKNOWN = VENDOR.reached_at("https://llm.example.com/v1")
BY = Access("user:1", "2026-01-01")
CORE = CoreSettings()
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def registry(*processors: Processor, kind: str = "llm") -> Registry:
    """Of a plugin that gives data to them."""
    return Registry({}, {}, {}, {"vendor": processors}, {kind: {"vendor": "vendor", "other": "another"}})


async def stands(workspace: Workspace, processor: Processor) -> Registered:
    """How it stands now."""
    (found,) = await workspace.processors.list(registry(processor), CORE)
    return found


async def test_nobody_is_given_anything_before_their_terms_are_accepted(workspace: Workspace) -> None:
    found = await stands(workspace, VENDOR)
    assert (found.standing, found.standing.is_open, found.roles) == (Standing.NEW, False, ("llm",))
    assert found.why_closed == "The terms of Vendor are not accepted."
    assert found.remedy == "Read them, then: op26x processors accept Vendor"
    await workspace.processors.accept(VENDOR, BY)
    found = await stands(workspace, VENDOR)
    assert (found.standing, found.why_closed) == (Standing.ACCEPTED, "")
    assert found.acceptance is not None
    assert (found.acceptance.version, found.acceptance.accepted_by) == ("2026-01-01", "user:1")
    (entry,) = await workspace.audit.of(found.acceptance.id)
    assert (entry.what, entry.who, entry.why) == ("processor.accepted", "user:1", "2026-01-01")


CHANGES: list[dict[str, Any]] = [
    {"hosts": ("api.vendor.example", "eu.vendor.example")},
    {"hosts": ("other.vendor.example",)},
    {"terms": "https://vendor.example/dpa-2"},
    {"version": "2026-06-01"},
    {"clause": "Some training."},
    {"trains_on_data": True},
    {"places": ("US", "IN")},
    {"places": ()},
    {"categories": ("communications", "account")},
    {"purpose": "speech recognition"},
    {"keeps": "60 days"},
    {"subprocessors": "https://vendor.example/others"},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_a_change_asks_anew(workspace: Workspace, change: dict[str, Any]) -> None:
    await workspace.processors.accept(VENDOR, BY)
    found = await stands(workspace, replace(VENDOR, **change))
    assert found.standing is Standing.CHANGED
    assert "have changed since they were accepted" in found.why_closed


def test_every_field_of_a_company_is_part_of_what_is_accepted() -> None:
    changed = {name for change in CHANGES for name in change}
    assert changed == set(Processor.__dataclass_fields__) - {"name"}


async def test_the_order_of_hosts_and_places_is_no_change(workspace: Workspace) -> None:
    one = replace(VENDOR, hosts=("a.example", "b.example"), places=("US", "IE"))
    await workspace.processors.accept(one, BY)
    other = replace(VENDOR, hosts=("b.example", "a.example"), places=("IE", "US"))
    assert (await stands(workspace, other)).standing is Standing.ACCEPTED


async def test_what_is_taken_back_is_closed(workspace: Workspace) -> None:
    made = await workspace.processors.accept(VENDOR, BY)
    await workspace.processors.withdraw("Vendor", BY)
    assert (await stands(workspace, VENDOR)).standing is Standing.NEW
    assert [entry.what for entry in await workspace.audit.of(made.id)] == ["processor.accepted", "processor.withdrawn"]
    with pytest.raises(NotFound, match="are not accepted"):
        await workspace.processors.withdraw("Vendor", BY)


async def test_accepting_again_replaces(workspace: Workspace, clock: ManualClock) -> None:
    await workspace.processors.accept(VENDOR, BY)
    clock.advance(60)
    again = await workspace.processors.accept(replace(VENDOR, version="2026-06-01"), BY)
    assert await workspace.processors.acceptances() == [again]


async def test_a_company_is_announced_before_it_is_given_anything(
    installation: Installation, clock: ManualClock
) -> None:
    workspace, across = installation.workspace(), installation.across
    day = clock.now() + timedelta(days=30)
    await workspace.processors.accept(VENDOR, BY, from_at=day)
    stood = await stands(workspace, VENDOR)
    assert (stood.standing, stood.standing.is_open) == (Standing.ANNOUNCED, False)
    assert f"accepted from {day:%Y-%m-%d}" in stood.why_closed
    assert await across.accepted_terms(clock.now()) == frozenset()
    ((since, announced),) = (await across.accepted_since(clock.now())).values()
    assert (since, abs(announced - clock.now()) < timedelta(seconds=1)) == (day, True)
    clock.advance(30 * 86_400)
    assert (await stands(workspace, VENDOR)).standing is Standing.ACCEPTED
    assert await across.accepted_terms(clock.now()) == {VENDOR.fingerprint}


async def test_what_is_accepted_holds_until_what_was_announced_does(
    installation: Installation, clock: ManualClock
) -> None:
    workspace, newer = installation.workspace(), replace(VENDOR, version="2027-01-01")
    await workspace.processors.accept(VENDOR, BY)
    await workspace.processors.accept(newer, BY, from_at=clock.now() + timedelta(days=30))
    assert (await stands(workspace, VENDOR)).standing is Standing.ACCEPTED
    assert (await stands(workspace, newer)).standing is Standing.ANNOUNCED
    clock.advance(30 * 86_400)
    assert (await stands(workspace, VENDOR)).standing is Standing.CHANGED
    assert (await stands(workspace, newer)).standing is Standing.ACCEPTED
    await workspace.processors.withdraw("Vendor", BY)
    assert (await stands(workspace, newer)).standing is Standing.NEW


async def test_what_was_announced_can_be_taken_back_or_brought_forward(
    workspace: Workspace, clock: ManualClock
) -> None:
    day = clock.now() + timedelta(days=30)
    await workspace.processors.accept(VENDOR, BY, from_at=day)
    await workspace.processors.withdraw("Vendor", BY)
    assert (await stands(workspace, VENDOR)).standing is Standing.NEW
    clock.advance(31 * 86_400)
    assert (await stands(workspace, VENDOR)).standing is Standing.NEW, "it never comes into force"
    await workspace.processors.accept(VENDOR, BY, from_at=clock.now() + timedelta(days=30))
    await workspace.processors.accept(VENDOR, BY)
    assert (await stands(workspace, VENDOR)).standing is Standing.ACCEPTED


async def test_what_was_announced_is_put_off(installation: Installation, clock: ManualClock) -> None:
    workspace, now = installation.workspace(), clock.now()
    await workspace.processors.accept(VENDOR, BY, from_at=now + timedelta(days=30))
    await workspace.processors.accept(VENDOR, BY, from_at=now + timedelta(days=60))
    ((since, _),) = (await installation.across.accepted_since(now)).values()
    assert since == now + timedelta(days=60)
    clock.advance(31 * 86_400)
    assert (await stands(workspace, VENDOR)).standing is Standing.ANNOUNCED
    assert await installation.across.accepted_terms(clock.now()) == frozenset()


async def test_of_three_versions_one_holds_at_a_time(installation: Installation, clock: ManualClock) -> None:
    workspace, now = installation.workspace(), clock.now()
    second, third = replace(VENDOR, version="2"), replace(VENDOR, version="3")
    await workspace.processors.accept(VENDOR, BY)
    await workspace.processors.accept(second, BY, from_at=now + timedelta(days=30))
    await workspace.processors.accept(third, BY, from_at=now + timedelta(days=60))
    for day, holds in ((0, VENDOR), (31, VENDOR), (61, third)):
        clock.advance(day * 86_400 - (clock.now() - now).total_seconds())
        assert await installation.across.accepted_terms(clock.now()) == {holds.fingerprint}


@pytest.mark.parametrize("days", [-1, 400])
async def test_a_time_that_is_over_or_years_away_is_none(workspace: Workspace, clock: ManualClock, days: int) -> None:
    with pytest.raises(UsageError, match="Name a time to come"):
        await workspace.processors.accept(VENDOR, BY, from_at=clock.now() + timedelta(days=days))


@pytest.mark.parametrize("processor", [UNKNOWN, replace(VENDOR, trains_on_data=True)])
async def test_whoever_may_train_is_accepted_by_an_agreement_alone(workspace: Workspace, processor: Processor) -> None:
    with pytest.raises(UsageError, match=r"are not known|let it train"):
        await workspace.processors.accept(processor, BY)
    with pytest.raises(UsageError, match="characters"):
        await workspace.processors.accept(processor, BY, "x" * 201)
    made = await workspace.processors.accept(processor, BY, "  DPA of\n1 March  ")
    assert made.agreement == "DPA of 1 March"
    assert (await stands(workspace, processor)).standing is Standing.ACCEPTED


async def test_another_organization_accepts_for_itself(installation: Installation) -> None:
    first = installation.workspace()
    other = installation.workspace((await installation.organizations.create("other")).id)
    await other.processors.accept(VENDOR, BY)
    assert (await stands(first, VENDOR)).standing is Standing.NEW
    assert (await stands(other, VENDOR)).standing is Standing.ACCEPTED
    assert await installation.across.accepted_terms(installation.clock.now()) == {VENDOR.fingerprint}


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "http://localhost/v1", "http://[::1]/"])
def test_who_is_on_this_machine_is_given_nothing(url: str) -> None:
    (found,) = registered(registry(VENDOR.reached_at(url)), CORE, [], NOW)
    assert (found.standing, found.standing.is_open) == (Standing.HERE, True)


def test_a_store_that_a_setting_names_is_chosen_and_nobody_else() -> None:
    core = CoreSettings(blobs="vendor")
    (store,) = registered(registry(VENDOR, kind="blobs"), core, [], NOW)
    (llm,) = registered(registry(VENDOR, kind="llm"), core, [], NOW)
    assert (store.standing, llm.standing) == (Standing.CHOSEN, Standing.NEW)


def test_a_host_that_two_companies_claim_is_named() -> None:
    declared = {"vendor": (VENDOR,), "rival": (replace(VENDOR, name="Rival", hosts=("API.vendor.example",)),)}
    with pytest.raises(PluginError, match=r"vendor and rival say that api\.vendor\.example is"):
        check_hosts(declared | {"rival": (replace(declared["rival"][0], hosts=("api.vendor.example",)),)})
    with pytest.raises(PluginError, match="Rival"):
        check_hosts(declared)
    check_hosts({"vendor": (VENDOR,), "again": (VENDOR,)})


names = st.text("abc-", min_size=1, max_size=4)


@given(st.lists(st.tuples(names, names, names), min_size=2, max_size=2, unique=True))
def test_two_different_things_have_two_fingerprints(two: list[tuple[str, str, str]]) -> None:
    one, other = (Processor(name, (host,), "x", (), "", keeps=keeps) for name, host, keeps in two)
    assert one.fingerprint != other.fingerprint
