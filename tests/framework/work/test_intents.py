"""Intents: what was demanded holds from that moment on, until it is done; whatever fails in between."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from op26x.errors import NotNoted
from op26x.storage.reserve import SLOTS, Reserve
from op26x.work.intents import LONGEST_VALUE, Intent, IntentKind, Intents

ERASE = Intent.of(IntentKind.ERASE, "CALL", who="caller", why="demanded")
SUPPRESS = Intent.of(IntentKind.SUPPRESS, "person", call_id="CALL")


class Worker:
    """Carries out; what it is told that it can't, it can't."""

    def __init__(self, intents: Intents) -> None:
        self.intents = intents
        self.done: list[Intent] = []
        self.cannot: set[Intent] = set()
        for kind in IntentKind:
            intents.when(kind, self.carry_out)

    async def carry_out(self, intent: Intent) -> None:
        if intent in self.cannot:
            raise OSError("not now")
        self.done.append(intent)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the reserve is."""
    Reserve(tmp_path / "reserve").take()
    return tmp_path / "reserve"


def process(file: Path) -> Worker:
    """Another one each time."""
    return Worker(Intents(Reserve(file)))


async def test_a_demand_holds_until_it_is_done(file: Path) -> None:
    worker = process(file)
    assert not worker.intents.pending(IntentKind.ERASE, "CALL")
    await worker.intents.note(ERASE)
    assert worker.intents.pending(IntentKind.ERASE, "CALL")
    assert not worker.intents.pending(IntentKind.SUPPRESS, "CALL")
    assert not worker.intents.pending(IntentKind.ERASE, "ANOTHER")
    worker.cannot = {ERASE}
    assert await worker.intents.carry_out() == [ERASE]
    assert worker.intents.pending(IntentKind.ERASE, "CALL")
    worker.cannot = set()
    assert await worker.intents.carry_out() == []
    assert not worker.intents.pending(IntentKind.ERASE, "CALL")
    assert worker.done == [ERASE]
    assert await worker.intents.carry_out() == []
    assert worker.done == [ERASE]


async def test_another_process_knows_of_it_and_may_do_it(file: Path) -> None:
    one, other = process(file), process(file)
    await one.intents.note(ERASE)
    assert other.intents.pending(IntentKind.ERASE, "CALL")
    assert await other.intents.carry_out() == []
    assert other.done == [ERASE]
    assert process(file).intents.waiting() == []


async def test_one_that_can_not_be_done_does_not_stop_the_others(file: Path) -> None:
    worker = process(file)
    worker.cannot = {ERASE}
    for intent in (ERASE, SUPPRESS):
        await worker.intents.note(intent)
    assert await worker.intents.carry_out() == [ERASE]
    assert worker.done == [SUPPRESS]


async def test_a_kind_that_nobody_carries_out_waits(file: Path) -> None:
    intents = Intents(Reserve(file))
    await intents.note(ERASE)
    assert await intents.carry_out() == [ERASE]
    assert process(file).intents.waiting() == [ERASE]


@pytest.mark.parametrize("reserve", ["missing", "full"])
async def test_what_is_in_memory_alone_says_so_and_holds_all_the_same(file: Path, reserve: str) -> None:
    worker = process(file)
    if reserve == "missing":
        file.unlink()
    else:
        for number in range(SLOTS):
            await worker.intents.note(Intent.of(IntentKind.ERASE, f"CALL{number}"))
    with pytest.raises(NotNoted) as raised:
        await worker.intents.note(SUPPRESS)
    assert raised.value.remedy
    assert worker.intents.pending(IntentKind.SUPPRESS, "person")
    assert not process(file).intents.pending(IntentKind.SUPPRESS, "person")
    assert await worker.intents.carry_out() == []
    assert SUPPRESS in worker.done
    assert worker.intents.waiting() == []


async def test_what_was_in_memory_alone_is_in_the_reserve_once_it_is_demanded_again(file: Path) -> None:
    worker = process(file)
    aside = file.rename(file.with_name("aside"))
    with pytest.raises(NotNoted):
        await worker.intents.note(ERASE)
    aside.rename(file)
    await worker.intents.note(ERASE)
    assert process(file).intents.waiting() == [ERASE]


async def test_a_demand_that_is_repeated_takes_no_more_room(file: Path) -> None:
    worker = process(file)
    for _ in range(SLOTS + 1):
        await worker.intents.note(ERASE)
    await worker.intents.note(SUPPRESS)
    assert len(Reserve(file).notes()) == 2, "whoever repeats themselves must not crowd out the others"


async def test_a_note_that_can_not_be_read_is_passed_over(file: Path) -> None:
    reserve = Reserve(file)
    for note in (b"nonsense", b'["erase"]', b'["feed the cat","CALL",[]]', b"\xff"):
        reserve.put(note)
    worker = process(file)
    await worker.intents.note(ERASE)
    assert await worker.intents.carry_out() == []
    assert worker.done == [ERASE]


async def test_a_reserve_that_can_not_be_read_hides_nothing_that_is_remembered(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = process(file)
    await worker.intents.note(ERASE)

    def fails(_: Path) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", fails)
        assert worker.intents.pending(IntentKind.ERASE, "CALL")


async def test_what_is_noted_while_another_is_done_is_not_cleared_with_it(file: Path) -> None:
    """Another process clears the slot first, and the room goes to somebody else."""
    worker, other = process(file), process(file)
    await worker.intents.note(ERASE)

    async def slowly(intent: Intent) -> None:
        await other.intents.carry_out()
        await other.intents.note(SUPPRESS)

    worker.intents.when(IntentKind.ERASE, slowly)
    await worker.intents.carry_out()
    assert process(file).intents.waiting() == [SUPPRESS]


async def test_it_is_done_before_it_is_forgotten(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = process(file)
    await worker.intents.note(ERASE)

    def killed(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Reserve, "clear", killed)
        assert await worker.intents.carry_out() == [ERASE]
    assert worker.done == [ERASE]
    again = process(file)
    assert await again.intents.carry_out() == []
    assert again.done == [ERASE]


@given(st.sampled_from(IntentKind), st.dictionaries(st.sampled_from(["who", "why", "at"]), st.text(max_size=200)))
def test_values_are_cut_so_that_they_fit(kind: IntentKind, details: dict[str, str]) -> None:
    intent = Intent.of(kind, "CALL", **details)
    assert dict(intent.details) == {name: value[:LONGEST_VALUE] for name, value in details.items()}


# Against a model.

POOL = [ERASE, SUPPRESS, Intent.of(IntentKind.ERASE, "OTHER", who="sweep"), Intent.of(IntentKind.CONSENT, "CALL")]


class Demands(RuleBasedStateMachine):
    """Demands come, some can be done, the reserve comes and goes, and so do processes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "reserve"
        Reserve(self.file).take()
        self.aside = self.file.with_name("aside")
        self.worker = process(self.file)
        self.remembered: set[Intent] = set()
        self.reserved: set[Intent] = set()
        self.demanded: set[Intent] = set()

    def teardown(self) -> None:
        self.folder.cleanup()

    @property
    def there(self) -> bool:
        return self.file.exists()

    @rule(intent=st.sampled_from(POOL))
    def demand(self, intent: Intent) -> None:
        self.remembered.add(intent)
        if self.there:
            asyncio.run(self.worker.intents.note(intent))
            self.reserved.add(intent)
        else:
            with pytest.raises(NotNoted):
                asyncio.run(self.worker.intents.note(intent))

    @rule(cannot=st.sets(st.sampled_from(POOL)))
    def carry_out(self, cannot: set[Intent]) -> None:
        self.worker.cannot, self.worker.done = cannot, []
        due = self.remembered | (self.reserved if self.there else set())
        left = asyncio.run(self.worker.intents.carry_out())
        assert set(self.worker.done) == due - cannot
        assert len(self.worker.done) == len(due - cannot), "each once"
        self.remembered &= cannot
        if self.there:
            self.reserved &= cannot
        assert set(left) == due & cannot

    @precondition(lambda self: self.there)
    @rule()
    def lose_the_reserve(self) -> None:
        self.file.rename(self.aside)

    @precondition(lambda self: not self.there)
    @rule()
    def mend_the_reserve(self) -> None:
        self.aside.rename(self.file)

    @rule()
    def restart(self) -> None:
        self.worker = process(self.file)
        self.remembered = set()

    @invariant()
    def what_is_not_done_holds(self) -> None:
        waiting = self.remembered | (self.reserved if self.there else set())
        found = self.worker.intents.waiting()
        assert set(found) == waiting
        assert len(found) == len(waiting)
        for intent in POOL:
            same = any((w.kind, w.record_id) == (intent.kind, intent.record_id) for w in waiting)
            assert self.worker.intents.pending(intent.kind, intent.record_id) is same


TestDemands = Demands.TestCase
TestDemands.settings = settings(max_examples=25, stateful_step_count=15)


# Of several organizations.


def of(file: Path, organization_id: str, *, first: bool = False) -> Worker:
    """The worker of an organization; all of them share the reserve."""
    return Worker(Intents(Reserve(file), organization_id, first=first))


async def test_a_demand_is_its_organizations_and_nobody_elses(file: Path) -> None:
    ours, theirs = of(file, "ours", first=True), of(file, "theirs")
    await theirs.intents.note(ERASE)
    (noted,) = theirs.intents.waiting()
    assert noted.organization_id == "theirs"
    assert ours.intents.waiting() == []
    assert not ours.intents.pending(IntentKind.ERASE, "CALL")
    assert await ours.intents.carry_out() == []
    assert theirs.intents.pending(IntentKind.ERASE, "CALL")
    assert await theirs.intents.carry_out() == []
    assert (ours.done, theirs.done) == ([], [noted])
    assert Reserve(file).notes() == []


async def test_organizations_that_demand_the_same_both_get_it(file: Path) -> None:
    ours, theirs = of(file, "ours", first=True), of(file, "theirs")
    for worker in (ours, theirs):
        await worker.intents.note(SUPPRESS)
    await ours.intents.carry_out()
    assert not ours.intents.pending(IntentKind.SUPPRESS, "person")
    assert theirs.intents.pending(IntentKind.SUPPRESS, "person")
    assert of(file, "theirs").intents.pending(IntentKind.SUPPRESS, "person"), "after a restart too"


async def test_one_from_before_there_were_several_is_the_first_ones(file: Path) -> None:
    Reserve(file).put(b'["erase","CALL",[["who","caller"],["why","demanded"]]]')
    theirs, ours = of(file, "theirs"), of(file, "ours", first=True)
    assert theirs.intents.waiting() == []
    assert ours.intents.waiting() == [ERASE]
    assert await ours.intents.carry_out() == []
    assert ours.done == [ERASE]
    assert Reserve(file).notes() == []


async def test_the_longest_demand_of_an_organization_fits(file: Path) -> None:
    """A user's words may be four bytes long each."""
    worker, name = of(file, "0" * 26), "0" * 26
    await worker.intents.note(Intent.of(IntentKind.ERASE, name, who=f"api-key:{name}", why="\U0001f600" * 200))
    (waiting,) = of(file, name).intents.waiting()
    assert dict(waiting.details)["why"] == "\U0001f600" * LONGEST_VALUE
