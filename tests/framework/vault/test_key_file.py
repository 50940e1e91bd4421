"""The key file: for its owner alone, whole or not there, the same for every process."""

import multiprocessing
import os
import re
import sys
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from op26x.errors import KeyFileError
from op26x.vault.key_file import read_or_create

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the key will lie."""
    return tmp_path / "keys" / "root.key"


def put(path: Path, content: bytes, mode: int = 0o600) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def test_the_first_use_makes_a_key_of_256_bits_that_stays(path: Path) -> None:
    key = read_or_create(path)
    assert len(key) == 32
    assert read_or_create(path) == key
    assert re.fullmatch(r"[0-9a-f]{64}\n", path.read_text())


def test_two_files_hold_different_keys(tmp_path: Path) -> None:
    assert read_or_create(tmp_path / "a.key") != read_or_create(tmp_path / "b.key")


def test_the_key_is_of_the_entropy_it_was_given(path: Path) -> None:
    assert read_or_create(path, lambda length: KEY[:length]) == KEY


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_its_owner_may_read_it(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        read_or_create(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_else_is_left_beside_it(path: Path) -> None:
    read_or_create(path)
    assert list(path.parent.iterdir()) == [path]


def test_nothing_is_left_if_the_entropy_fails(path: Path) -> None:
    def broken(length: int) -> bytes:
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        read_or_create(path, broken)
    assert list(path.parent.iterdir()) == []


def test_what_a_crash_left_half_written_does_not_stop_a_later_start(path: Path) -> None:
    path.parent.mkdir()
    path.with_name(f"{path.name}.{os.getpid()}").write_text("half a k")
    assert len(read_or_create(path)) == 32


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660, 0o601, 0o610])
def test_a_key_that_others_may_touch_is_refused(path: Path, mode: int) -> None:
    put(path, KEY.hex().encode(), mode)
    with pytest.raises(KeyFileError, match=f"{mode:o}") as caught:
        read_or_create(path)
    assert caught.value.remedy == f"chmod 600 {path}"


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_of_its_owner_alone_is_read(path: Path, mode: int) -> None:
    put(path, KEY.hex().upper().encode() + b"\r\n", mode)
    assert read_or_create(path) == KEY


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        KEY,
        KEY.hex()[:-1].encode(),
        KEY.hex()[:-2].encode(),
        KEY.hex().encode() + b"00",
        b"g" * 64,
        b"\xff" * 64,
    ],
    ids=["empty", "blank", "raw", "odd", "short", "long", "not hexadecimal", "not text"],
)
def test_wrong_content_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    put(path, content)
    with pytest.raises(KeyFileError) as caught:
        read_or_create(path)
    assert str(path) in caught.value.message
    assert caught.value.remedy
    assert path.read_bytes() == content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80))
def test_any_content_is_a_key_or_an_error_and_the_error_does_not_quote_it(path: Path, content: bytes) -> None:
    assume(len(content) > 3)
    put(path, content)
    try:
        assert len(read_or_create(path)) == 32
    except KeyFileError as error:
        assert content.hex() not in str(error)


def test_a_path_that_can_not_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyFileError, match=r"root\.key") as caught:
        read_or_create(tmp_path / "file" / "root.key")
    assert "OP26X_KEY_FILE" in caught.value.remedy


def test_a_directory_is_no_key(path: Path) -> None:
    path.mkdir(parents=True, mode=0o700)
    with pytest.raises(KeyFileError):
        read_or_create(path)


def test_who_comes_second_takes_the_key_of_who_came_first(path: Path) -> None:
    def late(length: int) -> bytes:
        put(path, KEY.hex().encode())
        return bytes(length)

    assert read_or_create(path, late) == KEY
    assert list(path.parent.iterdir()) == [path]


def _read_at_once(path: Path, modules: list[str], barrier: Barrier, found: "Queue[bytes]") -> None:
    sys.path[:] = modules
    from op26x.vault.key_file import read_or_create

    barrier.wait()
    found.put(read_or_create(path))


def test_processes_that_start_at_once_get_the_same_key(path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier, found = spawn.Barrier(3), spawn.Queue()
    processes = [spawn.Process(target=_read_at_once, args=(path, sys.path, barrier, found)) for _ in range(3)]
    for process in processes:
        process.start()
    keys = {found.get(timeout=60) for _ in processes}
    for process in processes:
        process.join(60)
    assert keys == {read_or_create(path)}
    assert list(path.parent.iterdir()) == [path]
