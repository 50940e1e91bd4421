"""The reserve: short notes in room that was taken up beforehand; a torn one is none."""

import multiprocessing
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.storage.reserve import HEAD_BYTES, LONGEST_NOTE, SLOT_BYTES, SLOTS, Reserve


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where it is."""
    return tmp_path / "reserve"


@pytest.fixture
def reserve(file: Path) -> Reserve:
    """An empty one."""
    made = Reserve(file)
    made.take()
    return made


def test_its_room_is_taken_up_beforehand_and_for_its_owner_alone(reserve: Reserve, file: Path) -> None:
    before = file.stat()
    assert before.st_size == SLOTS * SLOT_BYTES
    assert before.st_blocks * 512 >= SLOTS * SLOT_BYTES, "no hole, which would need room later"
    assert stat.S_IMODE(before.st_mode) == 0o600
    for number in range(SLOTS):
        reserve.put(b"%03d" % number + b"x" * (LONGEST_NOTE - 3))
    after = file.stat()
    assert (after.st_size, after.st_blocks, after.st_ino) == (before.st_size, before.st_blocks, before.st_ino)


def test_a_note_comes_back_until_it_is_cleared(reserve: Reserve, file: Path) -> None:
    assert reserve.notes() == []
    reserve.put(b"one")
    reserve.put(b"two")
    assert reserve.notes() == [b"one", b"two"]
    reserve.clear(b"one")
    assert reserve.notes() == [b"two"]
    reserve.put(b"three")
    assert reserve.notes() == [b"three", b"two"], "its room is used again"
    reserve.clear(b"three")
    reserve.clear(b"three")
    reserve.clear(b"never there")
    assert Reserve(file).notes() == [b"two"]


def test_the_same_note_takes_its_room_once(reserve: Reserve) -> None:
    for _ in range(SLOTS + 1):
        reserve.put(b"one")
    assert reserve.notes() == [b"one"]
    reserve.clear(b"one")
    assert reserve.notes() == []


def test_a_note_does_not_go_with_another_that_begins_like_it(reserve: Reserve) -> None:
    reserve.put(b"one")
    reserve.put(b"one more")
    reserve.clear(b"one")
    assert reserve.notes() == [b"one more"]


def test_what_was_cleared_is_not_in_the_file_any_more(reserve: Reserve, file: Path) -> None:
    reserve.put(b"a person's index")
    reserve.clear(b"a person's index")
    assert file.read_bytes() == bytes(SLOTS * SLOT_BYTES)


def test_taking_it_again_keeps_what_it_has(reserve: Reserve, file: Path) -> None:
    reserve.put(b"note")
    Reserve(file).take()
    assert Reserve(file).notes() == [b"note"]


@pytest.mark.parametrize("note", [b"", b"x" * (LONGEST_NOTE + 1)])
def test_a_note_that_does_not_fit_is_refused(reserve: Reserve, file: Path, note: bytes) -> None:
    before = file.read_bytes()
    with pytest.raises(OSError, match="does not fit"):
        reserve.put(note)
    assert file.read_bytes() == before


def test_the_longest_note_fits(reserve: Reserve) -> None:
    reserve.put(b"x" * LONGEST_NOTE)
    assert reserve.notes() == [b"x" * LONGEST_NOTE]


def test_full_it_takes_nothing_and_loses_nothing(reserve: Reserve) -> None:
    notes = [b"%d" % number for number in range(SLOTS)]
    for note in notes:
        reserve.put(note)
    with pytest.raises(OSError, match="in use"):
        reserve.put(b"one more")
    reserve.put(b"77")
    assert reserve.notes() == notes
    reserve.clear(b"77")
    reserve.put(b"one more")
    assert reserve.notes() == [*notes[:77], b"one more", *notes[78:]]


def test_without_a_file_there_are_no_notes_and_nothing_can_be_put(file: Path) -> None:
    reserve = Reserve(file)
    assert reserve.notes() == []
    with pytest.raises(FileNotFoundError):
        reserve.put(b"note")
    with pytest.raises(FileNotFoundError):
        reserve.clear(b"note")
    assert not file.exists(), "a file that is made when the disk is full would be no reserve"


@pytest.mark.parametrize("left", [0, SLOT_BYTES // 2, SLOT_BYTES, 3 * SLOT_BYTES - 1])
def test_a_file_that_is_too_short_is_made_whole_and_keeps_what_it_has(reserve: Reserve, file: Path, left: int) -> None:
    for note in (b"one", b"two", b"three"):
        reserve.put(note)
    os.truncate(file, left)
    kept = reserve.notes()
    reserve.take()
    assert file.stat().st_size == SLOTS * SLOT_BYTES
    assert reserve.notes()[: len(kept)] == kept


@given(note=st.binary(max_size=LONGEST_NOTE - 1), data=st.data())
def test_a_note_that_was_not_written_whole_is_none_and_its_room_is_used_again(
    tmp_path_factory: pytest.TempPathFactory, note: bytes, data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("torn") / "reserve"
    reserve = Reserve(file)
    reserve.take()
    reserve.put(b"whole, before")
    reserve.put(note + b"!")
    reserve.put(b"whole, after")
    content = bytearray(file.read_bytes())
    written = data.draw(st.integers(0, HEAD_BYTES + len(note)))
    content[SLOT_BYTES + written : 2 * SLOT_BYTES] = bytes(SLOT_BYTES - written)
    file.write_bytes(content)
    assert reserve.notes() == [b"whole, before", b"whole, after"]
    reserve.put(b"next")
    assert reserve.notes() == [b"whole, before", b"next", b"whole, after"]


@given(place=st.integers(0, SLOT_BYTES - 1), flip=st.integers(1, 255))
def test_a_note_with_a_changed_byte_is_none_or_unchanged(
    tmp_path_factory: pytest.TempPathFactory, place: int, flip: int
) -> None:
    file = tmp_path_factory.mktemp("changed") / "reserve"
    reserve = Reserve(file)
    reserve.take()
    reserve.put(b"a demand")
    content = bytearray(file.read_bytes())
    content[place] ^= flip
    file.write_bytes(content)
    assert reserve.notes() == ([] if place < HEAD_BYTES + len(b"a demand") else [b"a demand"])


def _put_ten(file: Path, name: str) -> None:
    for number in range(10):
        Reserve(file).put(f"{name}-{number}".encode())


def test_processes_that_write_at_once_lose_nothing(reserve: Reserve, file: Path) -> None:
    names = ["a", "b", "c"]
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_put_ten, args=(file, name)) for name in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(20)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    found = sorted(note.decode() for note in reserve.notes())
    assert found == sorted(f"{name}-{number}" for name in names for number in range(10))


def test_a_note_is_durable_once_it_is_put(reserve: Reserve, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.pread(descriptor, SLOT_BYTES, 0)))
    reserve.put(b"note")
    assert synced == [file.read_bytes()[:SLOT_BYTES]]
    reserve.clear(b"note")
    assert synced[1:] == [bytes(SLOT_BYTES)]


def test_a_disk_that_fails_is_told_of(reserve: Reserve, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", fails)
    with pytest.raises(OSError, match="No space left"):
        reserve.put(b"note")
    monkeypatch.undo()
    assert reserve.notes() == []
    reserve.put(b"note")
