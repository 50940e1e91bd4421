"""Rows of plugins' own tables: of one organization, sealed with a key of their call, and gone with it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel, select

from framework.datamap.house import MOOD, Note, Notes, tables
from op26x.audit import Access
from op26x.calls import Arrival, Call, CallState, Installation, Workspace
from op26x.calls.core_plugins import register_core
from op26x.clock import ManualClock
from op26x.datamap import identifier, operational, organization, personal, reference
from op26x.errors import KeyGone, NotFound, PluginError, Tampered, UsageError, WorkError
from op26x.ids import Ids
from op26x.plugins import Plugins, build_registry
from op26x.settings import Settings
from op26x.types import Personal
from op26x.vault import KeyKind

Arrive = Callable[..., Arrival]
WORDS = "prefers marmalade"
BY = Access("test", "over")
DAY = 86_400.0


class Other(tables(), table=True):  # type: ignore[misc]
    """A table that no plugin declares."""

    id: str = identifier()
    organization_id: str = organization(bound=False)


class Opens:
    """Opens the test's data directory with a plugin's tables, as often as asked."""

    def __init__(self, settings: Settings, clock: ManualClock, ids: Ids) -> None:
        self._with = settings, clock, ids
        self.opened: list[Installation] = []

    def __call__(self, *models: type[SQLModel], make: bool = True) -> Installation:
        plugins = register_core(Plugins())
        plugins.register(Notes(*models), "notes")
        self.opened.append(Installation.open(*self._with, registry=build_registry(plugins), make=make))
        return self.opened[-1]


@pytest.fixture
def opens(settings: Settings, clock: ManualClock, ids: Ids) -> Iterator[Opens]:
    """Closes them too."""
    opens = Opens(settings, clock, ids)
    yield opens
    for installation in opens.opened:
        installation.close()


@pytest.fixture
def installation(opens: Opens) -> Installation:
    """With the table of notes."""
    return opens(Note)


async def begin(workspace: Workspace, arrival: Arrive, sid: str = "CA1") -> Call:
    call = await workspace.calls.begin(arrival(provider_call_id=sid), "clinic", CallState.RINGING)
    await workspace.calls.move(call.id, CallState.FAILED)
    return call


async def noted(workspace: Workspace, call: Call, text: str = WORDS, mood: str = "calm") -> Note:
    records = workspace.records
    note = Note(id=records.new_id(), organization_id=records.organization_id, call_id=call.id, mood=mood)
    await records.seal(note, "text", Personal(text))
    await records.add(note)
    return note


async def test_a_row_is_written_found_changed_and_removed(workspace: Workspace, arrival: Arrive) -> None:
    call, records = await begin(workspace, arrival), workspace.records
    first, second = await noted(workspace, call), await noted(workspace, call, "likes tea", "glad")
    assert [note.id for note in await records.find(Note, call_id=call.id)] == [first.id, second.id]
    (found,) = await records.find(Note, call_id=call.id, mood="glad")
    assert (await records.open(found, "text")).reveal() == "likes tea"
    found.stars = 5
    await records.add(found)
    assert [note.stars for note in await records.find(Note)] == [0, 5]
    await records.remove(first)
    await records.remove(first)
    assert [note.id for note in await records.find(Note)] == [second.id]


async def test_no_word_of_it_is_on_the_disk(workspace: Workspace, arrival: Arrive, data: Path) -> None:
    await noted(workspace, await begin(workspace, arrival))
    await workspace.database.checkpoint()
    assert not [file for file in data.parent.rglob("*") if file.is_file() and WORDS.encode() in file.read_bytes()]


async def test_it_goes_with_its_call_key_first(workspace: Workspace, arrival: Arrive, clock: ManualClock) -> None:
    call, other = await begin(workspace, arrival), await begin(workspace, arrival, "CA2")
    note, stays = await noted(workspace, call), await noted(workspace, other, "stays")
    await workspace.call_erasure.erase_all([call.id], BY)
    assert [one.id for one in await workspace.records.find(Note)] == [stays.id]
    assert (await workspace.records.open(stays, "text")).reveal() == "stays"
    with pytest.raises(KeyGone):
        await workspace.records.open(note, "text")
    with pytest.raises(NotFound):
        await noted(workspace, call)
    with pytest.raises(NotFound):
        await workspace.records.add(note)


async def test_at_its_deadline_it_can_not_be_read_swept_or_not(
    workspace: Workspace, arrival: Arrive, clock: ManualClock
) -> None:
    note = await noted(workspace, await begin(workspace, arrival))
    clock.advance(30 * DAY - 1)
    assert (await workspace.records.open(note, "text")).reveal() == WORDS
    clock.advance(2)
    with pytest.raises(KeyGone):
        await workspace.records.open(note, "text")
    await workspace.sweep.run()
    assert await workspace.records.find(Note) == []
    assert await workspace.keys.all(KeyKind.PLUGIN) == {}


async def test_a_shorter_period_brings_its_end_forward(
    workspace: Workspace, arrival: Arrive, clock: ManualClock
) -> None:
    note = await noted(workspace, await begin(workspace, arrival))
    await workspace.periods.change(3, workspace.kept, "test")
    clock.advance(3 * DAY + 1)
    with pytest.raises(KeyGone):
        await workspace.records.open(note, "text")


async def test_two_organizations_never_meet(installation: Installation, workspace: Workspace, arrival: Arrive) -> None:
    other = installation.workspace((await installation.organizations.create("other")).id)
    note = await noted(workspace, await begin(workspace, arrival))
    assert await other.records.find(Note) == []
    assert await other.records.find(Note, call_id=note.call_id) == []
    for refused in (
        other.records.add(note),
        other.records.remove(note),
        other.records.open(note, "text"),
        other.records.seal(note, "text", Personal("x")),
    ):
        with pytest.raises(UsageError, match="another organization's"):
            await refused
    stolen = Note(id=note.id, organization_id=other.organization_id, call_id=note.call_id)
    with pytest.raises(NotFound):
        await other.records.seal(stolen, "text", Personal("x"))
    with pytest.raises(NotFound):
        await other.records.add(stolen)
    theirs = await begin(other, arrival, "CA9")
    with pytest.raises(UsageError, match="this identifier"):
        await other.records.add(Note(id=note.id, organization_id=other.organization_id, call_id=theirs.id))
    await other.records.remove(Note(id=note.id, organization_id=other.organization_id, call_id=note.call_id))
    assert [one.id for one in await workspace.records.find(Note)] == [note.id]


async def test_it_goes_with_its_organization(
    installation: Installation, workspace: Workspace, arrival: Arrive, clock: ManualClock
) -> None:
    other = installation.workspace((await installation.organizations.create("other")).id)
    await noted(other, await begin(other, arrival))
    stays = await noted(workspace, await begin(workspace, arrival, "CA2"))
    await installation.close_organization(other.organization_id, "test", 0)
    assert await installation.erase_closed(clock.now(), "test") == [other.organization_id]
    with workspace.database.session() as session:
        assert [note.id for note in session.exec(select(Note)).all()] == [stays.id]


async def test_what_is_moved_or_is_no_plugins_is_refused(workspace: Workspace, arrival: Arrive) -> None:
    call, records = await begin(workspace, arrival), workspace.records
    first, second = await noted(workspace, call), await noted(workspace, call, "other")
    first.text = second.text
    with pytest.raises(Tampered):
        await records.open(first, "text")
    with pytest.raises(UsageError, match="no plugin's table"):
        await records.add(Other(id="1", organization_id=records.organization_id))
    with pytest.raises(UsageError, match="no plugin's table"):
        await records.find(Call)  # type: ignore[type-var]
    empty = Note(id="2", organization_id=records.organization_id, call_id=call.id)
    assert (await records.open(empty, "text")).reveal() == ""
    nowhere = Note(id="3", organization_id=records.organization_id, call_id="")
    with pytest.raises(UsageError, match="refers to no call"):
        await records.seal(nowhere, "text", Personal("x"))


class Twice(tables(), table=True):  # type: ignore[misc]
    """The same table in another release."""

    __tablename__ = "note"

    id: str = identifier()
    organization_id: str = organization(bound=False)
    call_id: str = reference("call", bound=False)
    mood: str = personal(MOOD, default="")
    weight: int = operational("how heavy it was", default=0)


async def test_whoever_has_the_recording_deleted_means_what_plugins_keep_of_the_call_too(
    workspace: Workspace, arrival: Arrive
) -> None:
    call, other = await begin(workspace, arrival), await begin(workspace, arrival, "CA2")
    note, stays = await noted(workspace, call), await noted(workspace, other)
    await workspace.erasures.erase(call.id, BY)
    assert [one.id for one in await workspace.records.find(Note)] == [stays.id]
    with pytest.raises(KeyGone):
        await workspace.records.open(note, "text")


Family = tables()


class Parent(Family, table=True):  # type: ignore[misc]
    """Goes with its call."""

    id: str = identifier()
    organization_id: str = organization(bound=False)
    call_id: str = reference("call", bound=False)


class Child(Family, table=True):  # type: ignore[misc]
    """Goes with it too, and first."""

    id: str = identifier()
    organization_id: str = organization(bound=False)
    call_id: str = reference("call", bound=False)
    parent_id: str = reference("parent")


class Orphan(Family, table=True):  # type: ignore[misc]
    """Would outlive its parent."""

    id: str = identifier()
    organization_id: str = organization(bound=False)
    parent_id: str = reference("parent")


async def test_rows_that_refer_to_others_go_before_them(opens: Opens, arrival: Arrive) -> None:
    workspace = opens(Parent, Child).workspace()
    call, records = await begin(workspace, arrival), workspace.records
    own = {"organization_id": records.organization_id, "call_id": call.id}
    await records.add(Parent(id="1", **own))
    await records.add(Child(id="2", parent_id="1", **own))
    await workspace.call_erasure.erase_all([call.id], BY)
    assert [await records.find(table) for table in (Parent, Child)] == [[], []]


def test_a_row_that_would_outlive_what_it_refers_to_is_refused(opens: Opens) -> None:
    with pytest.raises(PluginError, match=r"parent_id of the table orphan .* refers to parent") as caught:
        opens(Parent, Orphan)
    assert 'reference("call")' in caught.value.remedy


def test_a_table_that_no_plugin_declares_any_more_stops_the_start(opens: Opens, settings: Settings) -> None:
    """Nobody would erase what is in it."""
    opens(Note).close()
    opens.opened.clear()
    with pytest.raises(PluginError, match="table note, which no plugin declares") as caught:
        Installation.open(settings)
    assert "op26x datamap drop note" in caught.value.remedy
    opens(Note)


def test_a_table_of_another_release_is_told_and_not_touched(opens: Opens, settings: Settings) -> None:
    opens(Note).close()
    opens.opened.clear()
    with pytest.raises(WorkError, match="other columns than its plugin declares: stars, text, weight"):
        opens(Twice)
    opens(Note)


async def test_a_command_that_only_reads_makes_no_table_and_does_without(opens: Opens, settings: Settings) -> None:
    Installation.open(settings).close()
    reads = opens(Note, make=False)
    assert "note" not in reads.database.tables()
    with pytest.raises(UsageError, match="no plugin's table"):
        await reads.workspace().records.find(Note)
