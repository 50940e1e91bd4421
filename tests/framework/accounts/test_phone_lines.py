"""Phone lines: a number belongs to one organization at most, is encrypted, and goes with its key."""

from pathlib import Path

import pytest

from op26x.accounts import Organization, PhoneLine, PhoneLines
from op26x.calls import Installation, Workspace
from op26x.clock import ManualClock
from op26x.errors import KeyGone, NotFound, UsageError
from op26x.types import PhoneNumber
from op26x.vault import KeyKind

NUMBER, ANOTHER = PhoneNumber("+12125550199"), PhoneNumber("+12125550142")


@pytest.fixture
def lines(workspace: Workspace) -> PhoneLines:
    """Of the first organization."""
    return workspace.phone_lines


@pytest.fixture
async def other(installation: Installation) -> Workspace:
    """Another organization."""
    return installation.workspace((await installation.organizations.create("other")).id)


async def test_a_line_has_its_number_back(lines: PhoneLines, workspace: Workspace, clock: ManualClock) -> None:
    line = await lines.add("twilio", NUMBER, label="front desk", agent="clinic")
    assert (line.provider, line.label, line.agent) == ("twilio", "front desk", "clinic")
    assert (line.organization_id, line.created_at, line.last_two) == (workspace.organization_id, clock.now(), "99")
    (listed,) = await lines.list()
    assert await lines.number(listed) == NUMBER


async def test_a_line_needs_no_label(lines: PhoneLines) -> None:
    line = await lines.add("twilio", NUMBER)
    assert (line.label, line.last_two, line.agent) == ("", "99", "")
    assert (await lines.add("twilio", PhoneNumber("+12125551199"))).last_two == "99", "another one that ends alike"


async def test_the_number_is_nowhere_on_the_disk(lines: PhoneLines, data: Path) -> None:
    line = await lines.add("twilio", NUMBER)
    for file in data.rglob("*"):
        assert not file.is_file() or b"2125550199" not in file.read_bytes()
    assert "2125550199" not in repr(line)


async def test_no_number_is_no_line(lines: PhoneLines, workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="needs a number"):
        await lines.add("twilio", PhoneNumber(""))
    assert list(await lines.list()) == []
    assert await workspace.keys.all(KeyKind.LINE) == {}


async def test_a_number_has_one_owner_and_who_asks_is_not_told_which(
    lines: PhoneLines, other: Workspace, workspace: Workspace
) -> None:
    await lines.add("twilio", NUMBER, label="front desk")
    with pytest.raises(UsageError, match="belongs to this organization already"):
        await lines.add("twilio", NUMBER, label="again")
    with pytest.raises(UsageError, match="belongs to another organization already") as caught:
        await other.phone_lines.add("twilio", NUMBER)
    said = str(caught.value)
    assert not any(word in said for word in ("default", "front desk", workspace.organization_id, "2125550199"))
    assert len(await lines.list()) == 1
    assert list(await other.phone_lines.list()) == []
    assert await other.keys.all(KeyKind.LINE) == {}, "what was not added leaves no key"
    assert len(await workspace.keys.all(KeyKind.LINE)) == 1


async def test_the_same_number_at_another_provider_is_another_line(lines: PhoneLines, other: Workspace) -> None:
    await lines.add("twilio", NUMBER)
    await other.phone_lines.add("telnyx", NUMBER)
    assert len(await lines.list()) == len(await other.phone_lines.list()) == 1


async def test_a_label_is_used_once_in_an_organization(
    lines: PhoneLines, other: Workspace, workspace: Workspace
) -> None:
    await lines.add("twilio", NUMBER, label="front desk")
    with pytest.raises(UsageError, match="'front desk' already"):
        await lines.add("twilio", ANOTHER, label="front desk")
    assert len(await workspace.keys.all(KeyKind.LINE)) == 1
    await other.phone_lines.add("twilio", ANOTHER, label="front desk")


async def test_a_line_is_found_by_identifier_and_by_label(lines: PhoneLines) -> None:
    first, second = await lines.add("twilio", NUMBER), await lines.add("twilio", ANOTHER, label="back office")
    assert [line.id for line in await lines.list()] == [first.id, second.id]
    assert (await lines.get(second.id)).id == (await lines.get("back office")).id == second.id
    with pytest.raises(NotFound, match="nothing"):
        await lines.get("nothing")


async def test_another_agent_answers(lines: PhoneLines) -> None:
    line = await lines.add("twilio", NUMBER, agent="clinic")
    assert (await lines.answer(line.id, "sales")).agent == "sales"
    assert (await lines.get(line.id)).agent == "sales"
    assert (await lines.answer(line.id, "")).agent == ""
    assert await lines.number(await lines.get(line.id)) == NUMBER


async def test_a_line_that_is_given_up_can_be_had_by_another(
    lines: PhoneLines, other: Workspace, workspace: Workspace
) -> None:
    line = await lines.add("twilio", NUMBER)
    await lines.remove(line.id)
    assert list(await lines.list()) == []
    with pytest.raises(KeyGone):
        await workspace.keys.get(KeyKind.LINE, line.id)
    with pytest.raises(KeyGone):
        await lines.number(line)
    assert await other.phone_lines.number(await other.phone_lines.add("twilio", NUMBER)) == NUMBER


async def test_what_was_given_up_by_half_can_be_given_up_again(lines: PhoneLines, workspace: Workspace) -> None:
    line = await lines.add("twilio", NUMBER)
    await workspace.keys.destroy(KeyKind.LINE, line.id)
    await lines.remove(line.id)
    assert list(await lines.list()) == []
    assert (await lines.add("twilio", NUMBER)).id != line.id


async def test_organizations_do_not_see_each_others_lines(lines: PhoneLines, other: Workspace) -> None:
    line = await lines.add("twilio", NUMBER, agent="clinic")
    theirs = other.phone_lines
    assert list(await theirs.list()) == []
    for doing in (theirs.get(line.id), theirs.get(line.label), theirs.answer(line.id, "evil"), theirs.remove(line.id)):
        with pytest.raises(NotFound):
            await doing
    with pytest.raises(KeyGone):
        await theirs.number(line)
    assert (await lines.get(line.id)).agent == "clinic"


async def test_the_index_of_a_number_is_the_installations(lines: PhoneLines, workspace: Workspace) -> None:
    """So that no two organizations can have it; what it is made with is not what finds callers."""
    line = await lines.add("twilio", NUMBER)
    assert line.number_index != workspace.index.of(NUMBER)


def test_every_row_belongs_to_an_organization() -> None:
    assert {key.column.table.name for key in PhoneLine.__table__.foreign_keys} == {Organization.__tablename__}  # type: ignore[attr-defined]
