"""The keyring: a key is given out while its time lasts, and once destroyed it is nowhere."""

import asyncio
import copy
import json
import multiprocessing
import pickle
import random
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from op26x.clock import ManualClock
from op26x.errors import KeyFileError, KeyGone, StorageLost, Tampered, VaultError
from op26x.settings import Settings
from op26x.vault import DataKey, FileKeyStore, KeyKind, Keyring, RootKey
from op26x.vault.key_tables import KeyEntry
from workspaces import close_workspace, open_workspace

ORGANIZATION, ANOTHER = "01JD0000000000000000000000", "01JD0000000000000000000001"
CALL, SUBJECT = KeyKind.CALL, KeyKind.SUBJECT
OWNER, OTHER = "01JE0000000000000000000000", "01JE0000000000000000000001"
STORE = RootKey(bytes(range(32)))
PATIENCE_S = 60

Open = Callable[..., Keyring]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The key database."""
    return tmp_path / "data.keys" / "keys.db"


@pytest.fixture
def open_keyring(file: Path, clock: ManualClock) -> Iterator[Open]:
    """Opens keyrings on the key database."""
    opened: list[Keyring] = []

    def open_one(organization: str = ORGANIZATION, store: object = STORE) -> Keyring:
        opened.append(Keyring.open(file, store, organization, clock))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for keyring in opened:
        keyring.close()


@pytest.fixture
def keys(open_keyring: Open) -> Keyring:
    """The keyring of one organization."""
    return open_keyring()


def material(key: DataKey) -> bytes:
    return key.for_purpose("test")


def sql(file: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """What somebody does who has the key database but no key."""
    connection = sqlite3.connect(file)
    with connection:
        rows = connection.execute(statement, values).fetchall()
    connection.close()
    return rows


def wrapped(file: Path, owner: str) -> bytes:
    """A key as it lies there."""
    query = "SELECT wrapped FROM key_slot JOIN key_entry ON slot = key_slot.id WHERE owner = ?"
    ((found,),) = sql(file, query, owner)
    assert isinstance(found, bytes)
    return found


def shows(file: Path, wrapped_key: bytes) -> list[str]:
    """The files of the key database that hold the middle of a wrapped key, so that half overwritten ones count."""
    piece = wrapped_key[20:40]
    return [path.name for path in file.parent.iterdir() if piece in path.read_bytes()]


async def test_a_key_stays_the_same_for_whoever_opens_the_database(keys: Keyring, open_keyring: Open) -> None:
    made = material(await keys.create(CALL, OWNER))

    assert material(await keys.create(CALL, OWNER)) == made
    assert material(await keys.get(CALL, OWNER)) == made
    assert material(await open_keyring().get(CALL, OWNER)) == made


async def test_every_owner_kind_and_organization_has_keys_of_its_own(keys: Keyring, open_keyring: Open) -> None:
    another = open_keyring(ANOTHER)
    made = [
        await keys.create(CALL, OWNER),
        await keys.create(CALL, OTHER),
        await keys.create(SUBJECT, OWNER),
        await another.create(CALL, OWNER),
        await another.create(SUBJECT, OWNER),
    ]
    assert len({material(key) for key in made}) == len(made)


@pytest.mark.parametrize("kind", [CALL, SUBJECT])
async def test_a_key_that_was_never_made_is_gone(keys: Keyring, kind: KeyKind) -> None:
    await keys.create(kind, OTHER)
    with pytest.raises(KeyGone):
        await keys.get(kind, OWNER)
    assert await keys.destroy(kind, OWNER) is False


async def test_the_key_of_another_organization_is_not_given_out(keys: Keyring, open_keyring: Open) -> None:
    await open_keyring(ANOTHER).create(CALL, OWNER)
    with pytest.raises(KeyGone):
        await keys.get(CALL, OWNER)
    assert await keys.destroy(CALL, OWNER) is False
    assert await open_keyring(ANOTHER).get(CALL, OWNER)


async def test_a_destroyed_call_key_can_not_come_back(keys: Keyring, open_keyring: Open) -> None:
    await keys.create(CALL, OWNER)

    assert await keys.destroy(CALL, OWNER) is True
    assert await keys.destroy(CALL, OWNER) is False

    for keyring in (keys, open_keyring()):
        with pytest.raises(KeyGone):
            await keyring.get(CALL, OWNER)
        with pytest.raises(KeyGone):
            await keyring.create(CALL, OWNER)


async def test_a_subject_who_calls_again_gets_another_key(keys: Keyring) -> None:
    first = material(await keys.create(SUBJECT, OWNER))

    assert await keys.destroy(SUBJECT, OWNER) is True

    with pytest.raises(KeyGone):
        await keys.get(SUBJECT, OWNER)
    assert material(await keys.create(SUBJECT, OWNER)) != first


async def test_destroying_one_key_leaves_the_others(keys: Keyring) -> None:
    kept = [material(await keys.create(CALL, OTHER)), material(await keys.create(SUBJECT, OWNER))]
    await keys.create(CALL, OWNER)
    await keys.destroy(CALL, OWNER)
    assert [material(await keys.get(CALL, OTHER)), material(await keys.get(SUBJECT, OWNER))] == kept


async def test_an_expired_key_is_not_given_out_from_that_very_second(keys: Keyring, clock: ManualClock) -> None:
    await keys.create(CALL, OWNER, clock.now() + timedelta(seconds=60))
    clock.advance(59.999999)
    assert await keys.get(CALL, OWNER)
    clock.advance(0.000001)
    with pytest.raises(KeyGone):
        await keys.get(CALL, OWNER)
    with pytest.raises(KeyGone):
        await keys.create(CALL, OWNER, clock.now() + timedelta(days=30))


async def test_an_expired_key_can_still_be_destroyed(keys: Keyring, clock: ManualClock, file: Path) -> None:
    await keys.create(CALL, OWNER, clock.now())
    lain = wrapped(file, OWNER)
    assert await keys.destroy(CALL, OWNER) is True
    assert shows(file, lain) == []


@pytest.mark.parametrize(("before", "after", "ends"), [(60, 30, 30), (30, 60, 30), (None, 30, 30), (30, 30, 30)])
async def test_the_end_of_a_key_moves_forward_only(
    keys: Keyring, clock: ManualClock, before: int | None, after: int, ends: int
) -> None:
    start = clock.now()

    def at(seconds: int | None) -> datetime | None:
        return None if seconds is None else start + timedelta(seconds=seconds)

    await keys.create(CALL, OWNER, at(before))
    await keys.bring_forward(CALL, {OWNER: start + timedelta(seconds=after)})
    clock.advance(ends - 1)
    assert await keys.get(CALL, OWNER)
    clock.advance(1)
    with pytest.raises(KeyGone):
        await keys.get(CALL, OWNER)


async def test_shortening_makes_no_key(keys: Keyring, clock: ManualClock) -> None:
    await keys.bring_forward(CALL, {OWNER: clock.now()})
    with pytest.raises(KeyGone):
        await keys.get(CALL, OWNER)


@pytest.mark.parametrize("kind", [CALL, SUBJECT])
async def test_a_destroyed_key_is_in_no_file_of_the_database(keys: Keyring, file: Path, kind: KeyKind) -> None:
    await keys.create(kind, OWNER)
    lain = wrapped(file, OWNER)
    assert shows(file, lain)
    await keys.destroy(kind, OWNER)
    assert shows(file, lain) == []


async def test_no_copy_is_left_when_rows_were_moved_between_pages(keys: Keyring, file: Path) -> None:
    """Many keys come and go, in an order that makes SQLite move rows of a table whose rows shrink and are deleted."""
    order = random.Random(0)
    owners = [(order.choice([CALL, SUBJECT]), order.randbytes(32).hex()) for _ in range(150)]
    destroyed: list[bytes] = []
    live: list[tuple[KeyKind, str]] = []

    async def destroy(at: int) -> None:
        kind, owner = live.pop(at)
        destroyed.append(wrapped(file, owner))
        await keys.destroy(kind, owner)
        held = b"".join(path.read_bytes() for path in file.parent.iterdir())
        assert not [key for key in destroyed if key[20:40] in held]

    for kind, owner in owners:
        live.append((kind, owner[:26] if kind is CALL else owner))
        await keys.create(*live[-1])
        if order.random() < 0.5:
            await destroy(order.randrange(len(live)))
    while live:
        await destroy(order.randrange(len(live)))
    assert len(destroyed) == len(owners)


async def test_a_log_that_another_process_holds_open_is_not_passed_over(
    file: Path, open_keyring: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("op26x.storage.sqlite.BUSY_TIMEOUT_MS", 20)
    keys = open_keyring()
    await keys.create(CALL, OWNER)
    lain = wrapped(file, OWNER)
    reader = sqlite3.connect(file)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM key_entry").fetchall()

    with pytest.raises(VaultError, match="log") as caught:
        await keys.destroy(CALL, OWNER)

    assert caught.value.remedy
    with pytest.raises(KeyGone):
        await keys.get(CALL, OWNER)
    reader.close()
    assert await keys.destroy(CALL, OWNER) is False
    assert shows(file, lain) == []


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE key_entry SET slot = (SELECT slot FROM key_entry WHERE owner = '{OTHER}') WHERE owner = '{OWNER}'",
        "UPDATE key_entry SET kind = 'call' WHERE kind = 'subject'",
        f"UPDATE key_entry SET organization_id = '{ORGANIZATION}' WHERE owner = '{OWNER}'",
        "UPDATE key_slot SET wrapped = zeroblob(length(wrapped)) WHERE id > 1",
        "UPDATE key_slot SET wrapped = substr(wrapped, 1, 40) WHERE id > 1",
        "UPDATE key_slot SET wrapped = x'' WHERE id > 1",
    ],
    ids=["other owner", "other kind", "other organization", "zeros", "cut", "empty"],
)
async def test_a_row_that_was_changed_or_swapped_is_refused(
    open_keyring: Open, file: Path, change: str, request: pytest.FixtureRequest
) -> None:
    keys, another = open_keyring(), open_keyring(ANOTHER)
    if "organization" in request.node.callspec.id:
        await another.create(CALL, OWNER)
    elif "kind" in request.node.callspec.id:
        await keys.create(SUBJECT, OWNER)
    else:
        await keys.create(CALL, OWNER)
    await keys.create(CALL, OTHER)
    sql(file, change)
    with pytest.raises(Tampered) as caught:
        await keys.get(CALL, OWNER)
    assert caught.value.remedy


async def test_any_changed_byte_of_a_wrapped_key_is_refused(keys: Keyring, file: Path) -> None:
    await keys.create(CALL, OWNER)
    lain = wrapped(file, OWNER)
    for at in range(len(lain)):
        changed = bytearray(lain)
        changed[at] ^= 1
        sql(file, "UPDATE key_slot SET wrapped = ? WHERE id = (SELECT max(id) FROM key_slot)", bytes(changed))
        with pytest.raises(Tampered):
            await keys.get(CALL, OWNER)


async def test_the_database_can_not_be_opened_with_another_root_key(keys: Keyring, open_keyring: Open) -> None:
    await keys.create(CALL, OWNER)
    with pytest.raises(Tampered):
        open_keyring(store=RootKey(bytes(32)))


async def test_an_organization_can_not_take_the_key_of_another(open_keyring: Open, file: Path) -> None:
    open_keyring()
    open_keyring(ANOTHER)
    query = "UPDATE key_entry SET slot = (SELECT slot FROM key_entry WHERE owner = ?) WHERE owner = ?"
    sql(file, query, ANOTHER, ORGANIZATION)
    with pytest.raises(Tampered):
        open_keyring()


@pytest.mark.sqlite
async def test_the_keys_of_a_database_are_no_use_in_clear(keys: Keyring, file: Path) -> None:
    made = await keys.create(CALL, OWNER)
    held = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert wrapped(file, OWNER) in held
    assert material(made) not in held


async def test_an_auditor_gets_from_the_root_key_to_a_streams_by_the_primitives_of_the_page(
    keys: Keyring, file: Path
) -> None:
    def bind(*parts: str) -> bytes:
        return b"".join(len(part.encode()).to_bytes(2, "big") + part.encode() for part in parts)

    def expanded(key: bytes, purpose: str) -> bytes:
        return HKDFExpand(hashes.SHA256(), 32, bind("op26x", purpose)).derive(key)

    def opened(key: bytes, sealed: bytes, *place: str) -> bytes:
        return AESGCM(key).decrypt(sealed[1:13], sealed[13:], sealed[:1] + bind(*place))

    made = await keys.create(CALL, OWNER)
    wrapping = expanded(bytes(range(32)), "wrapping")
    organization = opened(wrapping, wrapped(file, ORGANIZATION), "wrapped key", f"organization {ORGANIZATION}")
    call = opened(organization, wrapped(file, OWNER), "data key", ORGANIZATION, "call", OWNER)

    assert expanded(call, "recording") == made.for_purpose("recording")


def test_a_missing_key_file_is_refused_and_no_new_one_is_made(open_keyring: Open, tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    open_keyring(store=FileKeyStore(path)).close()
    path.rename(tmp_path / "elsewhere.key")

    with pytest.raises(KeyFileError, match="missing") as caught:
        open_keyring(store=FileKeyStore(path))

    assert "backup" in caught.value.remedy
    assert not path.exists()
    (tmp_path / "elsewhere.key").rename(path)
    assert open_keyring(store=FileKeyStore(path))


def test_a_key_file_that_others_may_read_is_refused(open_keyring: Open, tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    store = FileKeyStore(path)
    open_keyring(store=store).close()
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="644"):
        open_keyring(store=store)
    with pytest.raises(KeyFileError, match="644"):
        FileKeyStore(path)


def test_a_workspace_whose_key_file_is_missing_does_not_open_and_makes_none(
    settings: Settings, clock: ManualClock
) -> None:
    close_workspace(open_workspace(settings, clock))
    settings.core.key_path.unlink()
    with pytest.raises(KeyFileError, match="missing"):
        open_workspace(settings, clock)
    assert not settings.core.key_path.exists()


def test_the_migrated_schema_is_what_the_models_say(keys: Keyring, file: Path) -> None:
    assert keys
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, KeyEntry.metadata) == []
    engine.dispose()


@pytest.mark.sqlite
def test_the_key_database_is_for_its_owner_alone(keys: Keyring, file: Path) -> None:
    assert keys
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_data_key_does_not_print_itself() -> None:
    key = bytes(range(32))
    shown = f"{DataKey(key)} {DataKey(key)!r} {[DataKey(key)]}"
    assert key.hex() not in shown
    assert repr(key) not in shown
    assert not hasattr(DataKey(key), "__dict__")


@pytest.mark.parametrize(
    "encode",
    [pickle.dumps, copy.copy, copy.deepcopy, msgspec.json.encode, msgspec.msgpack.encode, json.dumps],
)
def test_a_data_key_does_not_leave_the_process(encode: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        encode(DataKey(bytes(range(32))))


@pytest.mark.parametrize("encode", [pickle.dumps, copy.deepcopy, msgspec.json.encode, json.dumps])
def test_a_keyring_does_not_leave_the_process(keys: Keyring, encode: Callable[[object], object]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        encode(keys)


async def test_a_database_that_can_not_be_written_is_a_clear_error(keys: Keyring, file: Path) -> None:
    sql(file, "DROP TABLE key_entry")
    for use in (keys.create(CALL, OWNER), keys.get(CALL, OWNER), keys.destroy(CALL, OWNER)):
        with pytest.raises(VaultError) as caught:
            await use
        assert caught.value.remedy
        assert OWNER not in str(caught.value)


def _use_at_once(file: Path, modules: list[str], barrier: Barrier, found: "Queue[tuple[bytes, bytes, bool]]") -> None:
    sys.path[:] = modules
    from op26x.clock import ManualClock
    from op26x.vault import KeyKind, Keyring, RootKey

    async def use() -> tuple[bytes, bytes, bool]:
        keys = Keyring.open(file, RootKey(bytes(range(32))), ORGANIZATION, ManualClock())
        barrier.wait(PATIENCE_S)
        call = await keys.create(KeyKind.CALL, OWNER)
        barrier.wait(PATIENCE_S)
        subject = await keys.create(KeyKind.SUBJECT, OTHER)
        barrier.wait(PATIENCE_S)
        destroyed = await keys.destroy(KeyKind.CALL, OWNER)
        barrier.wait(PATIENCE_S)
        keys.close()
        return call.for_purpose("test"), subject.for_purpose("test"), destroyed

    found.put(asyncio.run(use()))


@pytest.mark.sqlite
async def test_processes_at_once_share_keys_and_destroy_one_once(keys: Keyring, file: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier, found = spawn.Barrier(3), spawn.Queue()
    processes = [spawn.Process(target=_use_at_once, args=(file, sys.path, barrier, found)) for _ in range(3)]
    for process in processes:
        process.start()
    used = [found.get(timeout=PATIENCE_S) for _ in processes]
    for process in processes:
        process.join(PATIENCE_S)

    assert len({call for call, _, _ in used}) == 1
    assert {subject for _, subject, _ in used} == {material(await keys.get(SUBJECT, OTHER))}
    assert sorted(destroyed for _, _, destroyed in used) == [False, False, True]
    with pytest.raises(KeyGone):
        await keys.get(CALL, OWNER)


@pytest.mark.sqlite
@pytest.mark.parametrize("replaced", [False, True])
async def test_a_key_database_that_is_gone_gives_and_takes_no_key(
    file: Path, open_keyring: Open, replaced: bool
) -> None:
    keyring = open_keyring()
    await keyring.create(CALL, OWNER)
    for part in file.parent.glob("keys.db*"):
        part.rename(part.with_name(f"moved-{part.name}"))
    if replaced:
        open_keyring(store=RootKey(bytes(32)))
    for act in (keyring.get(CALL, OWNER), keyring.create(CALL, OTHER), keyring.destroy(CALL, OWNER)):
        with pytest.raises(VaultError, match="is gone") as caught:
            await act
        assert not isinstance(caught.value, KeyGone)


# What there is, and whether it can be used.


async def test_all_keys_are_those_that_can_be_had_expired_ones_included(
    keys: Keyring, open_keyring: Open, clock: ManualClock
) -> None:
    end = clock.now() + timedelta(seconds=60)
    await keys.create(CALL, OWNER, end)
    await keys.create(CALL, OTHER)
    await keys.create(SUBJECT, OWNER)
    await open_keyring(ANOTHER).create(CALL, ANOTHER)
    clock.advance(61)
    found = await keys.all(CALL)
    assert found.keys() == {OWNER, OTHER}
    assert (found[OWNER].expires_at, found[OTHER].expires_at) == (end, None)
    assert found[OWNER].created_at == end - timedelta(seconds=60)
    assert (await keys.all(SUBJECT)).keys() == {OWNER}
    assert (await keys.all(KeyKind.ORGANIZATION)).keys() == {ORGANIZATION}


@pytest.mark.parametrize("kind", [CALL, SUBJECT])
async def test_a_destroyed_key_is_not_among_them(keys: Keyring, kind: KeyKind) -> None:
    await keys.create(kind, OWNER)
    await keys.create(kind, OTHER)
    await keys.destroy(kind, OWNER)
    assert (await keys.all(kind)).keys() == {OTHER}


async def test_all_keys_of_a_database_that_can_not_be_read_is_a_clear_error(keys: Keyring, file: Path) -> None:
    sql(file, "DROP TABLE key_entry")
    with pytest.raises(VaultError) as caught:
        await keys.all(CALL)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path, another: path.unlink(), "missing"),
        (lambda path, another: path.write_bytes(another), "exchanged"),
        (lambda path, another: path.write_bytes(b"no key"), ""),
        (lambda path, another: path.write_bytes(b""), ""),
        (lambda path, another: path.chmod(0o644), "644"),
    ],
    ids=["removed", "exchanged", "spoiled", "emptied", "open to others"],
)
def test_the_root_key_is_watched_until_it_is_put_back(
    open_keyring: Open, tmp_path: Path, spoil: Callable[[Path, bytes], object], said: str
) -> None:
    path, another = tmp_path / "root.key", tmp_path / "another.key"
    keys = open_keyring(store=FileKeyStore(path))
    content = path.read_bytes()
    FileKeyStore(another).wrap(bytes(32), "made with the first use")
    keys.check_root()
    spoil(path, another.read_bytes())
    for _ in range(2):
        with pytest.raises(KeyFileError, match=said) as caught:
            keys.check_root()
        assert caught.value.remedy
    path.write_bytes(content)
    path.chmod(0o600)
    keys.check_root()


async def test_what_is_in_use_goes_on_while_the_root_key_is_missing(open_keyring: Open, tmp_path: Path) -> None:
    """Calls in progress are not lost because of it; that is why it must be said."""
    path = tmp_path / "root.key"
    keys = open_keyring(store=FileKeyStore(path))
    await keys.create(CALL, OWNER)
    path.unlink()
    assert await keys.get(CALL, OWNER)
    assert await keys.create(CALL, OTHER)
    with pytest.raises(KeyFileError):
        keys.check_root()


@pytest.mark.sqlite
@pytest.mark.parametrize("whole", [False, True])
async def test_the_key_database_is_checked_as_any_other(keys: Keyring, file: Path, whole: bool) -> None:
    await keys.create(CALL, OWNER)
    keys.check(whole=whole)
    file.rename(file.with_name("aside.db"))
    with pytest.raises(StorageLost, match="gone"):
        keys.check(whole=whole)
    file.with_name("aside.db").rename(file)
    keys.check(whole=whole)
    with file.open("r+b") as opened:
        opened.write(b"nonsense")
    with pytest.raises(StorageLost, match="damaged"):
        keys.check(whole=whole)
