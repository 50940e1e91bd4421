"""Key stores: what they wrapped opens with the same root key in the same context; nothing shows the root key."""

import copy
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from op26x.calls.core_plugins import register_core
from op26x.errors import KeyFileError, Tampered, VaultError
from op26x.plugins import Plugins, build_registry
from op26x.settings import Settings
from op26x.types import ServiceRequest
from op26x.vault import FileKeyStore, KeyStore, RootKey
from op26x.vault.key_store import check_key_store

KEYS = st.binary(min_size=32, max_size=32)
CONTEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
ROOT, KEY = bytes(range(32)), bytes(range(32, 64))
ENCODERS: list[Callable[[object], object]] = [
    pickle.dumps,
    copy.copy,
    copy.deepcopy,
    msgspec.json.encode,
    msgspec.msgpack.encode,
    json.dumps,
]


@given(KEYS, KEYS, CONTEXTS)
def test_a_wrapped_key_comes_back(root: bytes, key: bytes, context: str) -> None:
    wrapped = RootKey(root).wrap(key, context)
    assert RootKey(root).unwrap(wrapped, context) == key
    assert key not in wrapped
    assert root not in wrapped


@given(KEYS, KEYS, KEYS, CONTEXTS)
def test_another_root_key_is_refused(root: bytes, other: bytes, key: bytes, context: str) -> None:
    assume(root != other)
    with pytest.raises(Tampered):
        RootKey(other).unwrap(RootKey(root).wrap(key, context), context)


@given(KEYS, KEYS, CONTEXTS, CONTEXTS)
def test_another_context_is_refused(root: bytes, key: bytes, context: str, other: str) -> None:
    assume(context != other)
    with pytest.raises(Tampered):
        RootKey(root).unwrap(RootKey(root).wrap(key, context), other)


@given(KEYS, KEYS, CONTEXTS, st.data())
def test_any_changed_byte_of_a_wrapped_key_is_refused(
    root: bytes, key: bytes, context: str, data: st.DataObject
) -> None:
    wrapped = bytearray(RootKey(root).wrap(key, context))
    wrapped[data.draw(st.integers(0, len(wrapped) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Tampered):
        RootKey(root).unwrap(bytes(wrapped), context)


@given(KEYS, st.lists(st.binary(max_size=40), min_size=2, max_size=2, unique=True))
def test_what_is_derived_depends_on_the_label_and_is_not_the_root_key(root: bytes, labels: list[bytes]) -> None:
    one, other = (RootKey(root).derive(label) for label in labels)
    assert one != other
    assert root not in (one, other)


@pytest.mark.parametrize("encode", ENCODERS)
def test_a_root_key_does_not_leave_the_process(encode: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        encode(RootKey(ROOT))


def test_a_root_key_does_not_print_itself() -> None:
    shown = f"{RootKey(ROOT)} {RootKey(ROOT)!r} {[RootKey(ROOT)]}"
    assert ROOT.hex() not in shown
    assert repr(ROOT) not in shown
    assert not hasattr(RootKey(ROOT), "__dict__")


def test_a_store_of_a_file_keeps_no_key_that_it_could_show(tmp_path: Path) -> None:
    store = FileKeyStore(tmp_path / "root.key")
    store.wrap(KEY, "a context")
    root = (tmp_path / "root.key").read_text().strip()
    held = pickle.dumps(store)
    assert bytes.fromhex(root) not in held
    assert root.encode() not in held
    assert root not in repr(store)


def test_the_file_is_made_by_the_first_wrapping_and_by_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "root.key"
    store = FileKeyStore(path)
    for use in (lambda: store.unwrap(RootKey(ROOT).wrap(KEY, "c"), "c"), lambda: store.derive(b"label")):
        with pytest.raises(KeyFileError, match="missing"):
            use()
    assert not path.parent.exists()

    wrapped = store.wrap(KEY, "c")

    assert FileKeyStore(path).unwrap(wrapped, "c") == KEY


def test_a_file_that_others_may_read_is_refused_at_once_and_whenever_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    store = FileKeyStore(path)
    wrapped = store.wrap(KEY, "c")
    path.chmod(0o640)
    for use in (
        lambda: FileKeyStore(path),
        lambda: store.wrap(KEY, "c"),
        lambda: store.unwrap(wrapped, "c"),
        lambda: store.derive(b"label"),
    ):
        with pytest.raises(KeyFileError, match="640") as caught:
            use()
        assert isinstance(caught.value, VaultError)
        assert caught.value.remedy == f"chmod 600 {path}"


def test_the_default_store_is_the_file_beside_the_data_directory(settings: Settings, data: Path) -> None:
    provider = build_registry(register_core(Plugins())).provider("key store", settings.core.key_store)
    store: KeyStore = provider.build(ServiceRequest(settings_of=settings.of))
    wrapped = store.wrap(KEY, "c")
    assert FileKeyStore(data.with_name(f"{data.name}.key")).unwrap(wrapped, "c") == KEY
    assert not data.exists()


class Broken(RootKey):
    """A store that keeps all promises but one."""

    def __init__(self, broken: str) -> None:
        super().__init__(b"k" * 32)
        self.broken = broken

    def wrap(self, key: bytes, context: str) -> bytes:
        if self.broken == "clear":
            return b"wrapped " + key
        if self.broken == "away":
            raise OSError("kms away")
        return super().wrap(key, "" if self.broken == "unbound" else context)

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        if self.broken == "lost":
            return os.urandom(32)
        if self.broken == "untyped":
            try:
                return super().unwrap(wrapped, context)
            except Tampered:
                raise ValueError("InvalidTag") from None
        return super().unwrap(wrapped, "" if self.broken == "unbound" else context)

    def derive(self, label: bytes) -> bytes:
        kinds = {"random": os.urandom(32), "short": b"x", "one": b"d" * 32}
        return kinds.get(self.broken) or super().derive(label)


@pytest.mark.parametrize("broken", ["clear", "lost", "unbound", "untyped", "random", "short", "one", "away"])
def test_a_store_that_breaks_a_promise_is_entrusted_with_nothing(broken: str) -> None:
    with pytest.raises(VaultError, match="kms away" if broken == "away" else "is not safe"):
        check_key_store(Broken(broken))


def test_a_store_that_keeps_them_all_is_safe(tmp_path: Path) -> None:
    check_key_store(Broken(""))
    check_key_store(FileKeyStore(tmp_path / "root.key"))
