"""Do-not-call registries: read in whole or not at all, kept as blind indexes, erased in time."""

from datetime import timedelta

import pytest

from op26x.audit import Access, AuditLog
from op26x.calls import Workspace
from op26x.clock import ManualClock
from op26x.consent import LookedUp, Registries, RegistryFormat
from op26x.consent.registries import KEEP
from op26x.consent.registry_formats import PLAIN, US_FTC, numbers_in
from op26x.errors import UsageError
from op26x.types import PhoneNumber

IMPORT = Access("user:1", "subscription 4711")
SWEEP = Access("sweep", "expired")
LISTED, NOT_LISTED, ELSEWHERE = "+12025550123", "+12025550999", "+13035550123"


async def asked(workspace: Workspace, number: str, name: str = "us") -> LookedUp:
    """What a registry says of a number."""
    return await workspace.registries.look_up(name, PhoneNumber(number), workspace.index.of(PhoneNumber(number)))


async def test_a_number_is_found_and_another_is_not(workspace: Workspace, clock: ManualClock) -> None:
    as_of = clock.now() - timedelta(days=3)
    read = await workspace.registries.read("us", ["202,5550123\n", "\n", "2025550124"], US_FTC, as_of, IMPORT)
    assert (read.numbers, read.covers, read.expires_at) == (2, "+1202", as_of + KEEP)
    assert await asked(workspace, LISTED) == LookedUp(as_of, covered=True, listed=True)
    assert await asked(workspace, "+12025550124") == LookedUp(as_of, covered=True, listed=True)
    assert await asked(workspace, NOT_LISTED) == LookedUp(as_of, covered=True)
    assert await asked(workspace, ELSEWHERE) == LookedUp(as_of), "the file is about another area code"
    assert await asked(workspace, LISTED, "in") == LookedUp()


async def test_a_number_that_is_not_known_any_more_is_found_by_its_index(
    workspace: Workspace, clock: ManualClock
) -> None:
    await workspace.registries.read("us", ["202,5550123"], US_FTC, clock.now(), IMPORT)
    index = workspace.index.of(PhoneNumber(LISTED))
    found = await workspace.registries.look_up("us", PhoneNumber(""), index)
    assert found == LookedUp(clock.now(), covered=True, listed=True)


async def test_among_many_each_is_found(workspace: Workspace, clock: ManualClock) -> None:
    there = [f"+1202{number:07}" for number in range(0, 20_000, 2)]
    read = await workspace.registries.read("us", there, PLAIN, clock.now(), IMPORT)
    assert read.numbers == 10_000
    for number in range(0, 20_000, 401):
        assert (await asked(workspace, f"+1202{number:07}")).listed is (number % 2 == 0)


async def test_a_newer_file_takes_the_place_of_the_one_before(workspace: Workspace, clock: ManualClock) -> None:
    for line in ("202,5550123", "202,5550124"):
        await workspace.registries.read("us", [line], US_FTC, clock.now(), IMPORT)
    assert not (await asked(workspace, LISTED)).listed
    assert len(await workspace.registries.list()) == 1
    told = [(one.who, one.why) for one in await workspace.audit.list(what="registry.imported")]
    assert told == [("user:1", IMPORT.why)] * 2


async def test_an_older_file_takes_the_place_of_none(workspace: Workspace, clock: ManualClock) -> None:
    await workspace.registries.read("us", ["202,5550123"], US_FTC, clock.now(), IMPORT)
    with pytest.raises(UsageError, match="A newer file of us was read in before"):
        await workspace.registries.read("us", [NOT_LISTED], PLAIN, clock.now() - timedelta(days=1), IMPORT)
    assert (await asked(workspace, LISTED)).listed


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["202,5550123", "name,number"], "line 2 is not like 202,5550123"),
        (["+12025550123"], "line 1 is not like"),
        ([], "no number in the file"),
        (["", "  "], "no number in the file"),
    ],
)
async def test_of_a_file_with_a_fault_nothing_is_read(
    workspace: Workspace, clock: ManualClock, lines: list[str], said: str
) -> None:
    await workspace.registries.read("us", ["202,5550123"], US_FTC, clock.now(), IMPORT)
    with pytest.raises(UsageError, match=said) as refused:
        await workspace.registries.read("us", lines, US_FTC, clock.now(), IMPORT)
    assert "5550123" not in str(refused.value).replace("202,5550123", "")
    assert (await asked(workspace, LISTED)).listed


@pytest.mark.parametrize("days", [-1, 92, 400])
async def test_a_file_from_the_future_or_of_long_ago_is_refused(
    workspace: Workspace, clock: ManualClock, days: int
) -> None:
    with pytest.raises(UsageError, match="too old or from the future"):
        await workspace.registries.read("us", ["202,5550123"], US_FTC, clock.now() - timedelta(days=days), IMPORT)


async def test_a_registry_is_erased_in_time(workspace: Workspace, clock: ManualClock) -> None:
    await workspace.registries.read("us", ["202,5550123"], US_FTC, clock.now(), IMPORT)
    clock.advance(KEEP.total_seconds() - 1)
    assert await workspace.registries.ended(clock.now()) == 0
    assert await workspace.registries.sweep(clock.now(), SWEEP) == 0
    clock.advance(1)
    assert await workspace.registries.ended(clock.now()) == 1
    assert await workspace.registries.sweep(clock.now(), SWEEP) == 1
    assert await asked(workspace, LISTED) == LookedUp()
    assert [one.what for one in await workspace.audit.list(what="registry.erased")] == ["registry.erased"]


async def test_a_registry_is_an_organizations_own(
    workspace: Workspace, another_organization: str, clock: ManualClock
) -> None:
    w, theirs = workspace, workspace.database.within(another_organization)
    other = Registries(
        theirs, another_organization, w.index, AuditLog(theirs, another_organization, w.ids, clock), w.ids, clock
    )
    await other.read("us", ["202,5550123"], US_FTC, clock.now(), IMPORT)
    assert await asked(workspace, LISTED) == LookedUp()
    clock.advance(KEEP.total_seconds())
    assert await w.registries.sweep(clock.now(), SWEEP) == 0


async def test_no_number_reaches_the_database(workspace: Workspace, clock: ManualClock) -> None:
    await workspace.registries.read("us", ["202,5550123"], US_FTC, clock.now(), IMPORT)
    await workspace.database.checkpoint()
    for file in workspace.settings.core.data.rglob("*.db*"):
        assert b"2025550123" not in file.read_bytes()


def test_a_plugins_format_turns_lines_into_numbers() -> None:
    tps = RegistryFormat(lambda lines: ("+44" + line.strip().removeprefix("0") for line in lines))
    assert list(numbers_in(tps, ["02079460123\n"])) == ["+442079460123"]
    assert tps.covers("+442079460123") == ""


@pytest.mark.parametrize("made", ["02079460123", "", "+1 202 555 0123", None, 12025550123])
def test_what_a_plugins_format_makes_of_a_line_must_be_a_number(made: object) -> None:
    wrong = RegistryFormat(lambda lines: iter(["+442079460123", made]))  # type: ignore[list-item]
    with pytest.raises(UsageError, match="no number"):
        list(numbers_in(wrong, ["a line"]))
