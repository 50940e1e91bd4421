"""Signed notes and checkpoints: read as their specifications have them, and nothing is read that was changed."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from op26x.audit.merkle import leaf_hash
from op26x.audit.notes import Checkpoint, Signer, Verifier, opened, read_checkpoint
from op26x.errors import Tampered, UsageError

GO = Verifier.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_NOTE = f"{GO_TEXT}\n— PeterNeumann {GO_SIGNATURE}\n"
ZEROS = "A" * 43 + "="
NO_NOTES = [
    "",
    "text",
    "text\n\n",
    "text\n\nno dash\n",
    "text\n\n— name\n",
    "text\n\n— name é\n",
    "text\n\n— name !!!\n",
    "t\n\n— name AAAA\n",
]
SIGNER = Signer("log.example/one", bytes(range(32)))
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CHECKPOINT = Checkpoint("log.example/one", 7, leaf_hash(b""), NOON)


def test_a_note_of_gos_own_package_is_read() -> None:
    """The example of golang.org/x/mod/sumdb/note, where the format comes from."""
    assert opened(GO_NOTE, [GO]) == GO_TEXT
    assert str(GO) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_what_we_sign_is_read_by_the_words_of_the_specification() -> None:
    note = SIGNER.sign(CHECKPOINT.text)
    *lines, empty, signature, end = note.split("\n")
    root = base64.b64encode(leaf_hash(b"")).decode()
    assert (lines, empty, end) == (["log.example/one", "7", root, "at 2026-01-05T12:00:00Z"], "", "")
    dash, name, encoded = signature.split(" ")
    data = base64.b64decode(encoded)
    _, identifier, key = str(SIGNER.verifier).split("+", 2)
    public = base64.b64decode(key)
    assert (dash, name, public[0]) == ("\u2014", "log.example/one", 1)
    assert data[:4].hex() == identifier == hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex()
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(data[4:], ("\n".join(lines) + "\n").encode())
    assert read_checkpoint(opened(note, [SIGNER.verifier])) == CHECKPOINT


def test_signatures_of_others_are_passed_over() -> None:
    note = SIGNER.sign(CHECKPOINT.text)
    with_witness = note + Signer("witness.example", bytes(32)).sign(CHECKPOINT.text).rpartition("\n\n")[2]
    assert opened(with_witness, [SIGNER.verifier]) == CHECKPOINT.text
    with pytest.raises(Tampered, match="None of the known keys"):
        opened(note, [GO])
    with pytest.raises(Tampered, match="None of the known keys"):
        opened(note, [Verifier("log.example/two", SIGNER.verifier.key)])


@given(st.data())
def test_one_other_character_is_noticed(data: st.DataObject) -> None:
    note = SIGNER.sign(CHECKPOINT.text)
    at = data.draw(st.integers(0, len(note) - 1))
    other = data.draw(st.sampled_from("x0 \n=A+").filter(lambda letter: letter != note[at]))
    with pytest.raises(Tampered):
        read_checkpoint(opened(note[:at] + other + note[at + 1 :], [SIGNER.verifier]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "a\n7\n",
        "a\nseven\nAAAA\n",
        "a\n7\nAAAA\n",
        "a\n07\n" + "A" * 43 + "=\n",
        "a\n-1\n" + "A" * 43 + "=\n",
    ],
)
def test_what_is_no_checkpoint_is_none(text: str) -> None:
    with pytest.raises(Tampered, match="no checkpoint"):
        read_checkpoint(text)


@pytest.mark.parametrize("note", NO_NOTES)
def test_what_is_no_note_is_none(note: str) -> None:
    with pytest.raises(Tampered):
        opened(note, [SIGNER.verifier])


@pytest.mark.parametrize("text", ["", "a", "a+b", "a+00000000+AAAA", str(GO)[1:], str(GO)[:-4], "+" + str(GO)])
def test_what_is_no_key_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="no key"):
        Verifier.parse(text)


def test_a_checkpoint_of_others_need_not_say_when_and_may_say_more() -> None:
    text = f"log.example/one\n7\n{ZEROS}\n"
    assert read_checkpoint(text).at is None
    assert read_checkpoint(f"{text}something else\n").at is None
