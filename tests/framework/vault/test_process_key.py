"""Keys of processes: two understand each other, nobody else understands them, and none leaves its process."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.errors import Tampered
from op26x.vault import ProcessKey
from op26x.vault.aead import bind

ONE, OTHER, STRANGER = ProcessKey(), ProcessKey(), ProcessKey()
HERE = bind("here")


@given(st.binary(max_size=500))
def test_what_one_seals_the_other_opens_both_ways(plain: bytes) -> None:
    for sender, receiver in ((ONE, OTHER), (OTHER, ONE)):
        sealed = sender.seal_for(receiver.public, plain, HERE)
        assert receiver.open_from(sender.public, sealed, HERE) == plain
        assert len(plain) < 4 or plain not in sealed


def test_nobody_else_opens_it_and_nobody_as_something_else() -> None:
    sealed = ONE.seal_for(OTHER.public, b"words", HERE)
    for opens in (
        lambda: STRANGER.open_from(ONE.public, sealed, HERE),
        lambda: OTHER.open_from(STRANGER.public, sealed, HERE),
        lambda: OTHER.open_from(ONE.public, sealed, bind("there")),
        lambda: OTHER.open_from(ONE.public, sealed[:-1] + bytes([sealed[-1] ^ 1]), HERE),
    ):
        with pytest.raises(Tampered):
            opens()


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32)])
def test_what_is_no_public_key_is_refused(public: bytes) -> None:
    with pytest.raises(ValueError):
        ONE.seal_for(public, b"words", HERE)


def test_it_does_not_leave_the_process_and_does_not_print_itself() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(ONE)
    assert repr(ONE) == "ProcessKey(…)"
