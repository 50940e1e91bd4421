"""Deletions under every fault: ``tox -e faults``, on demand, since it starts hundreds of processes.

A fault (a kill, a full disk, a file that is gone) meets a deletion at a moment (each of its steps). From the demand on
nobody may read the recording: not in the process that stays, not in another one, not after a restart. After recovery
all of it is gone, and what was written about it is true. At the end a table is printed; docs/faults.md has it in words.
"""

import asyncio
import io
import itertools
import multiprocessing
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from faults.dying import OPERATOR, die
from framework.consent.unwritable import without_reserve
from journeys.documents import agent
from journeys.house import TESTS, House, OtherProcess
from laws.house import Scene
from op26x import logs
from op26x.audit import Access
from op26x.calls import Arrival, Call, CallState, Direction, Workspace
from op26x.calls.health import Health
from op26x.client.client import running_service
from op26x.clock import Clock, ManualClock, SystemClock
from op26x.consent import ConsentGiven, ConsentState, Notice
from op26x.consent.texts import texts
from op26x.errors import KeyGone, NotErased, NotFound, NotNoted, WorkError
from op26x.ids import Ids
from op26x.recording import Recording, WireTap
from op26x.settings import resolve
from op26x.storage.reserve import Reserve
from op26x.testing.virtual_loop import LoopClock, happen
from op26x.types import PhoneNumber
from op26x.vault import KeyKind
from virtual.call import Board, VirtualLine, board
from workspaces import after_a_kill, close_workspace, open_workspace

READER = Access("test", "a fault")
CALLER = Access("caller", "demanded")
COMMAND = Access("command-line", OPERATOR.why)
KEEP = timedelta(days=30)
WORDS = "my name is mary brown"
AUDIO = bytes(range(100, 120)) * 400
SEED = 8
PATIENCE_S = 60

pytestmark = [pytest.mark.timeout(600)]
_table: Counter[tuple[str, str, str]] = Counter()


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Prints what became of each deletion."""
    yield
    print(f"\n\n{'fault':34}{'moment':44}{'times':>5}  outcome")
    for (fault, moment, outcome), times in _table.items():
        print(f"{fault:34}{moment:44}{times:5}  {outcome}")


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """What is logged here is known."""
    logs.configure("error", io.StringIO())


def note(fault: str, moment: str, outcome: str) -> None:
    """Enters it in the table."""
    _table[fault, moment, outcome] += 1


# Processes that die.


@pytest.fixture(scope="module")
def processes() -> Iterator[Any]:
    """Makes processes that have everything loaded."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["faults.dying"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS), *([before] if before else [])])
    context.Process(target=int).start()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before
    yield context


@dataclass
class Died:
    """What became of a process.

    Attributes:
        begun: Whether it came to the deed.
        step: Where it killed itself; empty if it did not.
        done: Whether it did its deed.
    """

    begun: bool
    step: str
    done: bool


def kill(processes: Any, deed: str, folder: Path, at: int = -1, *arguments: str, after_s: float | None = None) -> Died:
    """Has a process do a deed and die at a step of that number, or so long after it has begun."""
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=die, args=(deed, folder, at, theirs, *arguments))
    process.start()
    theirs.close()
    said: list[str] = []
    with suppress(EOFError):
        if ours.poll(PATIENCE_S):
            said.append(ours.recv())
        if after_s is not None and not ours.poll(after_s):
            process.kill()
        while ours.poll(PATIENCE_S):
            said.append(ours.recv())
    process.join(PATIENCE_S)
    done = "done" in said
    assert process.exitcode == (0 if done else -signal.SIGKILL), (folder / "dying.log").read_text()
    steps = [step for step in said if step not in ("begun", "done")]
    return Died("begun" in said, steps[0] if steps else "", done)


# What there is of a recording.


def open_at(folder: Path, clock: Clock | None = None) -> Workspace:
    """A workspace on a folder, as a process has it that was started just now."""
    settings = resolve({}, environ={}, overrides={"data": folder / "data"}, file=folder / "none")
    clock = clock or SystemClock()
    return open_workspace(settings, clock, Ids(clock))


@asynccontextmanager
async def restarted(folder: Path, clock: Clock | None = None) -> AsyncIterator[Workspace]:
    """The same, for a while."""
    workspace = open_at(folder, clock)
    try:
        yield workspace
    finally:
        close_workspace(workspace)


async def recorded(workspace: Workspace, clock: ManualClock) -> str:
    """A recording that is complete; returns its call."""
    numbers = PhoneNumber("+12125559876"), PhoneNumber("+12125554321")
    arrival = Arrival("twilio", f"CA{Ids(clock).new()}", Direction.INBOUND, *numbers)
    call = await workspace.calls.begin(arrival, "clinic", CallState.RINGING)
    await Scene(Path(), clock, workspace, call, WireTap(clock)).record(AUDIO, words=WORDS)
    return call.id


def blob(workspace: Workspace, call_id: str) -> Path:
    """Where its bytes are."""
    return workspace.settings.core.data / "blobs" / "recordings" / call_id


async def plays(workspace: Workspace, call_id: str) -> bool:
    """Whether anybody can listen: with an entry or without."""
    found = []
    for noted in (False, True):
        try:
            _, wav = await workspace.recordings.open(call_id, READER, noted=noted)
            await wav.read()
            found.append(True)
        except (KeyGone, NotFound):
            found.append(False)
    assert len(set(found)) == 1
    return found[0]


async def demanded(workspace: Workspace, call_id: str) -> bool:
    """Whether a demand was written down, on the row or in the reserve."""
    row = await workspace.recordings.find(call_id)
    noted = row is not None and row.state in ("erasing", "erased")
    return noted or any(i.record_id == call_id and i.kind == "erase" for i in workspace.intents.waiting())


async def the_minutes_work(workspace: Workspace) -> None:
    """What a service does at start and every minute."""
    await workspace.intents.carry_out()
    await workspace.sweep.demanded()


async def entries(workspace: Workspace, call_id: str) -> list[tuple[str, str, str]]:
    """What the audit log has of its end."""
    row = await workspace.recordings.get(call_id)
    found = [(entry.what, entry.who, entry.why) for entry in await workspace.audit.of(row.id)]
    return sorted(entry for entry in found if "eras" in entry[0])


async def assert_gone(workspace: Workspace, call_id: str, by: Access) -> None:
    """Nothing of it is left but a row that says so, and two entries of who wanted it."""
    assert not await plays(workspace, call_id)
    assert (await workspace.recordings.get(call_id)).state == "erased"
    assert not blob(workspace, call_id).exists()
    with pytest.raises(KeyGone):
        await workspace.keys.get(KeyKind.CALL, call_id)
    database = sqlite3.connect(workspace.settings.core.database_path)
    lines = database.execute("SELECT count(*) FROM transcript_line WHERE call_id = ?", (call_id,)).fetchone()
    database.close()
    assert lines == (0,)
    acts = ["recording.erased", "recording.erasure-demanded"]
    assert await entries(workspace, call_id) == [(act, by.who, by.why) for act in sorted(acts)]
    assert not await workspace.erasures.demanded()
    assert not workspace.intents.waiting()


async def assert_nothing_differs(workspace: Workspace) -> None:
    """Rows, keys and files know of each other."""
    files = set(await workspace.erasures._blobs.list("recordings/"))
    keys = set(await workspace.keys.all(KeyKind.CALL))

    rows = await workspace.database.run(lambda session: session.exec(select(Recording)).all())
    known = {row.call_id: row.state for row in rows}
    assert {file.removeprefix("recordings/") for file in files} <= {c for c, s in known.items() if s != "erased"}
    assert keys <= {call_id for call_id, state in known.items() if state != "erased"}
    assert await workspace.reconciliation.find(KEEP) == []


# Killed.


BY_HAND = {"delete_by_command": COMMAND, "erase_for_an_operator": OPERATOR}


async def killed_and_recovered(folder: Path, service: Workspace, call_id: str, by: Access) -> str:
    """What holds after a kill in a deletion, whenever it came; returns what became of it."""
    async with restarted(folder) as again:
        if not await demanded(again, call_id):
            assert await plays(again, call_id), "nobody demanded anything, and it is lost"
            assert await plays(service, call_id)
            assert await entries(again, call_id) == []
            return "not yet demanded: it plays"
        outcome = (await again.recordings.get(call_id)).state
        for workspace in (service, again):
            assert not await plays(workspace, call_id), "it plays after it was demanded"
        await after_a_kill(again.recordings)
        await the_minutes_work(again)
        await assert_gone(again, call_id, by)
        await assert_gone(service, call_id, by)
        await assert_nothing_differs(again)
    return "it was over" if outcome == "erased" else "unreadable; gone after restart"


@pytest.mark.parametrize("deed", BY_HAND)
async def test_killed_at_any_step_a_deletion_holds_and_is_finished(tmp_path: Path, processes: Any, deed: str) -> None:
    clock = ManualClock(at=SystemClock().now())
    service = open_at(tmp_path, clock)
    for at in itertools.count():
        call_id = await recorded(service, clock)
        died = await asyncio.to_thread(kill, processes, deed, tmp_path, at, call_id)
        if died.done:
            await assert_gone(service, call_id, BY_HAND[deed])
            break
        note(deed, died.step, await killed_and_recovered(tmp_path, service, call_id, BY_HAND[deed]))
        for left in await service.calls.list(limit=5):
            await service.erasures.erase(left.id, READER)
    assert at > 15
    close_workspace(service)


@pytest.mark.parametrize("deed", BY_HAND)
async def test_killed_at_random_moments_a_deletion_holds_and_is_finished(
    tmp_path: Path, processes: Any, deed: str
) -> None:
    chance = random.Random(SEED)
    clock = ManualClock(at=SystemClock().now())
    service = open_at(tmp_path, clock)
    for _ in range(12):
        call_id = await recorded(service, clock)
        after_s = chance.uniform(0, 0.4)
        died = await asyncio.to_thread(kill, processes, deed, tmp_path, -1, call_id, after_s=after_s)
        if died.done:
            await assert_gone(service, call_id, BY_HAND[deed])
            note(deed, "at a random moment", "done before")
            continue
        note(deed, "at a random moment", await killed_and_recovered(tmp_path, service, call_id, BY_HAND[deed]))
        await service.erasures.erase(call_id, READER)
    close_workspace(service)


async def test_killed_at_any_step_while_the_database_takes_nothing_a_deletion_holds(
    tmp_path: Path, processes: Any
) -> None:
    clock = ManualClock(at=SystemClock().now())
    service = open_at(tmp_path, clock)
    steps = 0
    for at in itertools.count():
        call_id = await recorded(service, clock)
        died = await asyncio.to_thread(_until_refused, processes, tmp_path, at, call_id)
        if died is None:
            break
        steps += 1
        note(
            "erase, database unwritable",
            died.step,
            await killed_and_recovered(tmp_path, service, call_id, OPERATOR),
        )
        await service.erasures.erase(call_id, READER)
    assert steps > 4
    close_workspace(service)


def _until_refused(processes: Any, folder: Path, at: int, call_id: str) -> Died | None:
    """Killed at a step; ``None`` if there was none, and it ended with the error that says that it waits."""
    try:
        return kill(processes, "erase_unwritable", folder, at, call_id)
    except AssertionError as error:
        assert "NotErased" in str(error)
        return None


async def _waiting(service: Workspace, call_id: str) -> str:
    """Has a deletion, a withdrawal and a suppression wait in the reserve; returns whose they are."""
    call, _ = await service.calls.get(call_id)
    with moved(service.settings.core.database_path):
        await service.erasures.demand(call_id, CALLER, _withdrawn(call))
        await service.suppressions.add(call.subject_index, call_id)
    assert len(Reserve(service.settings.core.reserve_path).notes()) == 3
    return call.subject_index


async def test_killed_at_any_step_the_minutes_work_is_done_once(tmp_path: Path, processes: Any) -> None:
    """What waits in the reserve is entered once, however often whoever enters it is killed."""
    clock = ManualClock(at=SystemClock().now())
    wrong = []
    for at in itertools.count():
        folder = tmp_path / str(at)
        folder.mkdir()
        async with restarted(folder, clock) as service:
            call_id = await recorded(service, clock)
            person = await _waiting(service, call_id)
        died = await asyncio.to_thread(kill, processes, "carry_out", folder, at)
        async with restarted(folder) as again:
            assert not await plays(again, call_id)
            assert await again.suppressions.hold(person)
            await the_minutes_work(again)
            await assert_gone(again, call_id, CALLER)
            assert await again.suppressions.hold(person)
            states = [consent.state for consent in await again.consents.of_call(call_id)]
        once = states == ["withdrawn"]
        if not once:
            wrong.append((died.step, states))
        if died.done:
            break
        note("the minute's work", died.step, "done after restart" if once else f"ledger: {', '.join(states)}")
    assert at > 15
    assert not wrong, "a withdrawal is in the ledger more than once"


async def test_two_that_do_the_minutes_work_at_once_do_it_once(tmp_path: Path) -> None:
    clock = ManualClock(at=SystemClock().now())
    async with restarted(tmp_path, clock) as service, restarted(tmp_path, clock) as beside:
        for _ in range(5):
            call_id = await recorded(service, clock)
            person = await _waiting(service, call_id)
            await asyncio.gather(the_minutes_work(service), the_minutes_work(beside))
            for workspace in (service, beside):
                await the_minutes_work(workspace)
                await assert_gone(workspace, call_id, CALLER)
                assert await workspace.suppressions.hold(person)
            assert [consent.state for consent in await service.consents.of_call(call_id)] == ["withdrawn"]


def _withdrawn(call: Call) -> ConsentGiven:
    return ConsentGiven(call.subject_index, call.id, ConsentState.WITHDRAWN, "digit", "delete")


async def test_killed_at_any_step_after_star_2_the_callers_word_holds(tmp_path: Path, processes: Any) -> None:
    held = 0
    for at in itertools.count():
        folder = tmp_path / str(at)
        folder.mkdir()
        died = await asyncio.to_thread(kill, processes, "delete_by_the_caller", folder, at)
        clock = ManualClock(at=LoopClock.START + timedelta(minutes=10), machine="virtual", elapsed=600)
        clock.at -= timedelta(seconds=600)
        async with restarted(folder, clock) as again:
            (call,) = await again.calls.list(limit=5)
            known = await demanded(again, call.id)
            states = [consent.state for consent in await again.consents.of_call(call.id)]
            assert ("withdrawn" in states) == known, "ledger and row say the same"
            assert not (known and await plays(again, call.id))
            await after_a_kill(again.recordings)
            await the_minutes_work(again)
            if known:
                held += 1
                await assert_gone(again, call.id, CALLER)
                assert states.count("withdrawn") == 1
            elif await again.recordings.find(call.id):
                assert await plays(again, call.id), "nobody knows of the demand, and it is lost"
            clock.advance(2 * 3600)
            await assert_nothing_differs(again)
        if died.done:
            break
        note("star 2", died.step, "unreadable; gone after restart" if known else "not yet demanded: it plays")
    assert held > 10


async def test_killed_at_any_step_of_a_beginning_nothing_is_left_that_no_row_knows_of(
    tmp_path: Path, processes: Any
) -> None:
    for at in itertools.count():
        died = await asyncio.to_thread(kill, processes, "begin", tmp_path, at)
        clock = ManualClock(at=SystemClock().now() + timedelta(hours=2))
        async with restarted(tmp_path, clock) as again:
            begun = await after_a_kill(again.recordings)
            await the_minutes_work(again)
            await assert_nothing_differs(again)
            for row in begun:
                await again.erasures.erase(row.call_id, READER)
        if died.done:
            assert begun
            break
        note("a recording begins", died.step, "kept as interrupted" if begun else "nothing is left")
    assert at > 10


MOMENTS = ("before Erasures.demand", "after Erasures.demand", "before LocalBlobs.delete", "within Erasures._finish")


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_service_that_is_killed_in_a_deletion_ends_it_when_it_starts_again(tmp_path: Path, moment: str) -> None:
    clock = ManualClock(at=SystemClock().now())
    async with restarted(tmp_path, clock) as workspace:
        call_id = await recorded(workspace, clock)
    service = OtherProcess(tmp_path, agent(), plugins="journeys.stubs,faults.killed")
    with suppress(httpx.HTTPError):
        async with service.running() as home:
            async with client(home) as api:
                await api.post("/die", params={"at": moment})
                with pytest.raises(httpx.HTTPError):
                    await api.delete(f"/api/recordings/{call_id}")
            assert service.process is not None
            assert await service.process.wait() == -signal.SIGKILL
    async with service.running() as home, client(home) as api:
        answer = await api.get(f"/api/recordings/{call_id}/audio")
        if moment.startswith("before Erasures"):
            assert answer.status_code == 200
            note("DELETE in a service", moment, "not yet demanded: it plays")
            return
        assert answer.status_code == 410
        async with asyncio.timeout(PATIENCE_S):
            while (await api.get(f"/api/recordings/{call_id}")).json()["state"] != "erased":
                assert (await api.get(f"/api/recordings/{call_id}/audio")).status_code == 410
                await asyncio.sleep(0.2)
    async with restarted(tmp_path) as again:
        (demand, erased) = reversed(await entries(again, call_id))
        assert demand[1:] == erased[1:]
        await assert_gone(again, call_id, Access(*demand[1:]))
    note("DELETE in a service", moment, "unreadable; gone after restart")


@asynccontextmanager
async def client(home: House) -> AsyncIterator[httpx.AsyncClient]:
    """Who talks to a service with its key."""
    found = running_service(home.settings)
    assert found is not None
    headers = {"Authorization": f"Bearer {found.key}"}
    async with httpx.AsyncClient(base_url=found.url, headers=headers, timeout=PATIENCE_S) as opened:
        yield opened


# What can't be written, and what is gone.


def run(*command: str) -> str:
    """Runs a program of the system; returns what it complains of."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if said := run("mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "op26x-faults", str(folder)):
        pytest.skip(f"this process may not mount a file system: {said}")
    try:
        yield folder
    finally:
        run("umount", "--lazy", str(folder))


@contextmanager
def full(workspace: Workspace) -> Iterator[None]:
    """Not a page is free on the disk, nor in the write-ahead logs."""
    for database in (workspace.database, workspace.keys._database):
        with database._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    file = workspace.settings.core.data / "everything"
    with file.open("wb", buffering=0) as output, suppress(OSError):
        while True:
            output.write(bytes(4096))
    try:
        yield
    finally:
        file.unlink()


@contextmanager
def full_and_no_reserve(workspace: Workspace) -> Iterator[None]:
    """Nor does the reserve take anything."""
    with full(workspace), without_reserve(workspace):
        yield


@contextmanager
def moved(*files: Path) -> Iterator[None]:
    """Somebody moved them away."""
    there = [file for file in files if file.exists()]
    for file in there:
        file.rename(file.with_name(f"{file.name}.aside"))
    try:
        yield
    finally:
        for file in there:
            file.with_name(f"{file.name}.aside").rename(file)


def no_database(workspace: Workspace) -> Any:
    """The main database is gone."""
    return moved(workspace.settings.core.database_path)


def no_key_database(workspace: Workspace) -> Any:
    """The key database is gone."""
    return moved(workspace.settings.core.keys_path)


@contextmanager
def unremovable(workspace: Workspace) -> Iterator[None]:
    """Not even root can remove the recordings' files."""
    folder = workspace.settings.core.data / "blobs" / "recordings"
    # The mark is the folder's: a file that is marked itself could not be written either.
    if said := run("chattr", "+a", str(folder)):
        pytest.skip(f"this file system has no such mark: {said}")
    try:
        yield
    finally:
        run("chattr", "-a", str(folder))


@contextmanager
def unwritable_files(workspace: Workspace) -> Iterator[None]:
    """No file at all can be written, as on a disk that became read-only while files were open."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


Fault = Callable[[Workspace], Any]
FAULTS: dict[str, Fault] = {
    "disk full": full,
    "disk full, reserve gone": full_and_no_reserve,
    "no file can be written": unwritable_files,
    "database gone": no_database,
    "key database gone": no_key_database,
    "file can't be removed": unremovable,
}
TOLD = {
    ("disk full", "*1"): {Notice.STOPPED},
    ("disk full", "*2"): {Notice.NOT_DELETED},
    ("disk full", "*3"): {Notice.SUPPRESSED},
    ("disk full, reserve gone", "*1"): {Notice.STOPPED},
    ("disk full, reserve gone", "*2"): {Notice.NOT_NOTED},
    ("disk full, reserve gone", "*3"): {Notice.NOT_NOTED},
    ("no file can be written", "*1"): {Notice.STOPPED},
    ("no file can be written", "*2"): {Notice.NOT_NOTED},
    ("no file can be written", "*3"): {Notice.NOT_NOTED},
    ("database gone", "*1"): {Notice.STOPPED},
    ("database gone", "*2"): {Notice.NOT_DELETED},
    ("database gone", "*3"): {Notice.SUPPRESSED},
    ("key database gone", "*1"): {Notice.STOPPED},
    ("key database gone", "*2"): {Notice.NOT_DELETED},
    ("key database gone", "*3"): {Notice.SUPPRESSED},
    ("file can't be removed", "*1"): {Notice.STOPPED},
    ("file can't be removed", "*2"): {Notice.NOT_DELETED},
    ("file can't be removed", "*3"): {Notice.SUPPRESSED},
}
IN_MEMORY = ("disk full, reserve gone", "no file can be written")
"""Nothing could be written down: it holds until the process ends, and is said not to be noted."""
GONE = ("database gone", "key database gone")
"""Nobody else looks meanwhile: they would make a new one."""


def told(one: Board) -> list[Notice]:
    """The notices that the caller has heard, in order."""
    english = texts("en")
    assert english is not None
    by_text = {text: notice for notice, text in english.sentences.items()}
    turns = [event.text for event in one.events if event.kind == "turn" and event.speaker == "agent"]
    return [by_text[text] for text in turns if text in by_text]


@pytest.mark.parametrize(("keys", "after_s"), [("*1", 0), ("*2", 0), ("*2", 4), ("*3", 0)])
@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_caller_demands_meanwhile_holds_and_is_done_later(
    disk: Path, fault: str, keys: str, after_s: int
) -> None:
    """At once, or when the recording itself has long failed for the same reason."""

    async def story() -> None:
        async with board(disk, recording="one-party") as one:
            line = await one.ring()
            line.at(1.0, lambda: line.say("good morning"))
            await asyncio.sleep(5)
            with FAULTS[fault](one.workspace):
                await asyncio.sleep(after_s)
                pressed_at = line.now()
                await line.press(keys)
                await asyncio.sleep(4)
                heard = [notice for notice in told(one) if notice is not Notice.ANNOUNCE]
                assert set(heard) == TOLD[fault, keys], heard
                meanwhile, then = fault not in (*IN_MEMORY, *GONE), fault not in IN_MEMORY
                await _assert_it_holds(one, line, keys, beside=meanwhile)
                health = {problem.name for problem in await Health(one.installation).look()}
                await line.hang_up()
                await line.over()
                await _assert_it_holds(one, line, keys, beside=meanwhile)
            await _assert_it_holds(one, line, keys, beside=then)
            await the_minutes_work(one.workspace)
            await _assert_done(one, line, keys, pressed_at)
            said = ", ".join(notice.value for notice in heard)
            moment = f"{keys} in a call" + (f", {after_s} s later" if after_s else "")
            note(fault, moment, f"told: {said}; health: {', '.join(sorted(health)) or 'well'}; done later")

    happen(story)


async def _assert_it_holds(one: Board, line: VirtualLine, keys: str, *, beside: bool) -> None:
    """In this process, and in another one beside it."""
    with ExitStack() as stack:
        workspaces = [one.workspace]
        if beside:
            workspaces.append(open_at(one.workspace.settings.core.data.parent, LoopClock()))
            stack.callback(close_workspace, workspaces[-1])
        index = one.workspace.index.of(line.number) if keys == "*3" else ""
        for workspace in workspaces:
            if keys == "*2":
                call_id = blobs_of(workspace)[0] if blobs_of(workspace) else ""
                with suppress(WorkError):
                    assert not call_id or not await plays(workspace, call_id), "it plays after it was demanded"
            if keys == "*3":
                with suppress(WorkError):
                    assert await workspace.suppressions.hold(index), "they are called again"


def blobs_of(workspace: Workspace) -> list[str]:
    """The calls of which there are bytes."""
    folder = workspace.settings.core.data / "blobs" / "recordings"
    return [file.name for file in folder.iterdir()] if folder.is_dir() else []


async def _assert_done(one: Board, line: VirtualLine, keys: str, pressed_at: float) -> None:
    """The ledger agrees with what became of the recording."""
    workspace = one.workspace
    call = await workspace.calls.by_provider_id("twilio", line.sid)
    assert call is not None
    states = [consent.state for consent in await workspace.consents.of_call(call.id)]
    match keys:
        case "*1":
            assert states == ["withdrawn"]
            await after_a_kill(workspace.recordings)
            row, wav = await workspace.recordings.open(call.id, READER)
            assert row.started_ms / 1000 + wav.frames / 8000 <= pressed_at + 0.1
        case "*2":
            assert states == ["withdrawn"]
            await assert_gone(workspace, call.id, CALLER)
        case "*3":
            assert await workspace.suppressions.hold(call.subject_index)
            assert not workspace.intents.waiting()


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_an_operator_deletes_meanwhile_is_unreadable_and_goes_later(disk: Path, fault: str) -> None:
    clock = ManualClock(at=SystemClock().now())
    service = open_at(disk, clock)
    call_id, kept = await recorded(service, clock), await recorded(service, clock)
    with FAULTS[fault](service):
        with pytest.raises(NotNoted if fault in IN_MEMORY else NotErased) as raised:
            await service.erasures.erase(call_id, OPERATOR)
        with suppress(WorkError):
            assert not await plays(service, call_id)
    assert not await plays(service, call_id)
    assert await plays(service, kept)
    if fault not in IN_MEMORY:
        async with restarted(disk, clock) as again:
            assert not await plays(again, call_id)
            assert await plays(again, kept)
    await the_minutes_work(service)
    await assert_gone(service, call_id, OPERATOR)
    note(fault, "deleted by an operator", f"{type(raised.value).__name__}; done later")
    close_workspace(service)


@pytest.mark.parametrize("fault", ["disk full", "disk read-only"])
async def test_a_command_that_can_not_delete_says_so(disk: Path, fault: str) -> None:
    clock = ManualClock(at=SystemClock().now())
    service = open_at(disk, clock)
    call_id = await recorded(service, clock)
    with _read_only(service, disk) if fault == "disk read-only" else full(service):
        delete = ("recordings", "delete", call_id, "--yes", "--data", str(disk / "data"))
        command = (sys.executable, "-m", "op26x", *delete)
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert "audio and words are gone" not in done.stdout
    said = "can't be read any more" in done.stderr
    assert await plays(service, call_id) == (not said), done.stderr
    await the_minutes_work(service)
    if said:
        await assert_gone(service, call_id, Access("command-line", "deleted"))
    note(fault, "op26x recordings delete", "unreadable; done later" if said else "refused, and says so")
    close_workspace(service)


@contextmanager
def _read_only(workspace: Workspace, disk: Path) -> Iterator[None]:
    """The disk becomes read-only, which it can only when no file is open to be written."""
    for database in (workspace.database, workspace.keys._database):
        database._engine.dispose()
    assert not run("mount", "-o", "remount,ro", str(disk))
    try:
        yield
    finally:
        assert not run("mount", "-o", "remount,rw", str(disk))


async def test_a_deletion_on_a_disk_that_became_read_only_is_said_not_to_be_noted(disk: Path) -> None:
    clock = ManualClock(at=SystemClock().now())
    service = open_at(disk, clock)
    call_id = await recorded(service, clock)
    with _read_only(service, disk), pytest.raises(NotNoted):
        await service.erasures.erase(call_id, OPERATOR)
    assert not await plays(service, call_id)
    await the_minutes_work(service)
    await assert_gone(service, call_id, OPERATOR)
    note("disk read-only", "deleted by an operator", "NotNoted; done later")
    close_workspace(service)
