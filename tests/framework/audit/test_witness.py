"""A witness co-signs what only grew, and nothing else; what it answers is what its specification has."""

import base64
import hashlib
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from op26x.audit import merkle
from op26x.audit.notes import Checkpoint, Cosigner, Signer, Verifier, divided, opened, signers
from op26x.audit.tiles import Tiles
from op26x.audit.witness import Answer, Asked, Witness
from op26x.clock import ManualClock
from op26x.errors import Tampered, UsageError

LOG = Signer("log.example/one", bytes(range(32)))
OWN = Cosigner("witness.example/w1", bytes(range(1, 33)))
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Grows:
    """A log that grows: its tree, and what it says of itself."""

    def __init__(self, seed: int = 1, signer: Signer = LOG) -> None:
        self.size = 0
        self._entropy = random.Random(seed)
        self._tiles = Tiles(lambda level, number: b"")
        self._signer = signer

    def grow(self, count: int) -> "Grows":
        self.size = self._tiles.append(self.size, [self._entropy.randbytes(32) for _ in range(count)])
        return self

    def note(self, size: int | None = None) -> str:
        size = self.size if size is None else size
        root = merkle.root(size, self._tiles.subtree)
        return self._signer.sign(Checkpoint(self._signer.verifier.name, size, root, NOON).text)

    def asks(self, old: int, size: int | None = None) -> str:
        size = self.size if size is None else size
        proof = merkle.consistency_proof(old, size, self._tiles.subtree) if old <= size else []
        return Asked(old, proof, self.note(size)).body


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(OWN, [LOG.verifier], tmp_path, ManualClock(NOON))


def _same(one: Answer, other: tuple[int, str]) -> None:
    assert (one.status, one.body) == other


def test_a_co_signature_is_what_the_specification_has(witness: Witness) -> None:
    log = Grows().grow(5)
    answer = witness.add(log.asks(0))
    dash, name, encoded = answer.body.split(" ")
    data = base64.b64decode(encoded)
    identifier, seconds, signature = data[:4], data[4:12], data[12:]
    public = OWN.verifier.key
    assert (answer.status, dash, name, answer.body[-1]) == (200, "\u2014", "witness.example/w1", "\n")
    assert identifier == hashlib.sha256(b"witness.example/w1\n\x04" + public).digest()[:4]
    assert int.from_bytes(seconds, "big") == int(NOON.timestamp())
    text, _ = divided(log.note())
    said = f"cosignature/v1\ntime {int(NOON.timestamp())}\n{text}"
    Ed25519PublicKey.from_public_bytes(public).verify(signature, said.encode())
    note = log.note() + answer.body
    assert opened(note, [LOG.verifier]) == text
    assert signers(note, [OWN.verifier, LOG.verifier]) == {OWN.verifier, LOG.verifier}
    assert Verifier.parse(str(OWN.verifier)) == OWN.verifier


def test_what_was_co_signed_at_another_time_or_of_another_text_is_wrong() -> None:
    text, _ = divided(Grows().grow(5).note())
    line = OWN.cosign(text, NOON)
    data = base64.b64decode(line.split(" ")[2])
    later = data[:4] + (int(NOON.timestamp()) + 1).to_bytes(8, "big") + data[12:]
    moved = f"{line.rpartition(' ')[0]} {base64.b64encode(later).decode()}\n"
    for wrong in (f"{text}\n{moved}", f"{text}more\n\n{line}"):
        with pytest.raises(Tampered, match="is wrong"):
            signers(wrong, [OWN.verifier])
    as_a_signature = Verifier(OWN.verifier.name, OWN.verifier.key)
    assert not as_a_signature.has_signed(text, data[4:])


def test_it_sees_a_log_grow(witness: Witness) -> None:
    log = Grows()
    old = 0
    for count in (3, 0, 4, 250, 1):
        log.grow(count)
        assert witness.add(log.asks(old)).status == 200
        old = log.size
    assert witness.last(LOG.verifier.name).size == 258


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("old\n\n" + Grows().grow(2).note(), 400),
        ("old 01\n\n" + Grows().grow(2).note(), 400),
        ("old -1\n\n" + Grows().grow(2).note(), 400),
        ("old 0\nAAAA\n\n" + Grows().grow(2).note(), 400),
        ("old 0\nno base64\n\n" + Grows().grow(2).note(), 400),
        ("old 3\n\n" + Grows().grow(2).note(), 400),
        ("old 0\n" + ("A" * 43 + "=\n") * 64 + "\n" + Grows().grow(2).note(), 400),
        ("old 0\n\n" + LOG.sign(f"{LOG.verifier.name}\nno size\n"), 400),
        ("old 0\n\n" + Grows().grow(2).note().rpartition("\n\n")[0], 403),
        ("old 0\n\n" + Grows(signer=Signer("log.example/one", bytes(32))).grow(2).note(), 403),
        ("old 0\n\n" + Grows().grow(2).note().replace("2", "3", 1), 403),
        ("old 0\n\n" + Grows(signer=Signer("log.example/two", bytes(32))).grow(2).note(), 404),
        ("old 0\n" + "A" * 43 + "=\n\n" + Grows().grow(2).note(), 422),
        (Asked(0, [], Grows(2).grow(1).note()).body, 200),
    ],
)
def test_each_fault_has_the_status_of_the_specification(witness: Witness, body: str, status: int) -> None:
    assert witness.add(body).status == status


def test_whoever_does_not_know_what_it_saw_is_told_the_size(witness: Witness) -> None:
    log = Grows().grow(7)
    witness.add(log.asks(0))
    log.grow(5)
    answer = witness.add(log.asks(0))
    _same(answer, (409, "7\n"))
    assert answer.media_type == "text/x.tlog.size"
    assert witness.add(log.asks(7)).status == 200
    _same(witness.add(log.asks(3, 7)), (409, "12\n"))


def test_it_never_co_signs_a_second_history_and_keeps_the_proof_of_one(witness: Witness) -> None:
    first, second = Grows(1).grow(7), Grows(2).grow(7)
    assert witness.add(first.asks(0)).status == 200
    _same(witness.add(second.asks(7)), (409, "7\n"))
    second.grow(3)
    assert witness.add(second.asks(7)).status == 422
    (evidence,) = witness.refused()
    assert evidence.read_text() == second.note(7)
    assert witness.add(first.grow(1).asks(7)).status == 200, "the log that it saw goes on"


def test_it_remembers_over_a_restart_and_says_so_if_it_can_not(witness: Witness, tmp_path: Path) -> None:
    log = Grows().grow(7)
    witness.add(log.asks(0))
    again = Witness(OWN, [LOG.verifier], tmp_path, ManualClock(NOON))
    _same(again.add(log.asks(0)), (409, "7\n"))
    (kept,) = [file for file in tmp_path.iterdir() if file.is_file()]
    kept.write_text("nothing")
    with pytest.raises(Tampered, match="co-sign another history"):
        again.add(log.asks(7))


def test_what_can_not_be_kept_is_not_co_signed(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        witness.add(Grows().grow(2).asks(0))
    monkeypatch.undo()
    assert witness.last(LOG.verifier.name).size == 0


def test_keys_of_another_kind_are_none() -> None:
    with pytest.raises(UsageError):
        Verifier.parse(str(Verifier("a", bytes(32), b"\x06")))


class TwoHistories(RuleBasedStateMachine):
    """A log that shows its witness now one history, now another; both begin alike."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.witness = Witness(OWN, [LOG.verifier], Path(self.folder.name), ManualClock(NOON))
        self.histories = Grows(1), Grows(1)
        self.forked_at: int | None = None
        self.cosigned: list[tuple[int, str]] = []

    @rule(count=st.integers(0, 40))
    def both_grow(self, count: int) -> None:
        if self.forked_at is None:
            for one in self.histories:
                one.grow(count)

    @rule(which=st.integers(0, 1), count=st.integers(1, 40))
    def one_grows(self, which: int, count: int) -> None:
        if self.forked_at is None:
            self.forked_at = self.histories[0].size
            self.histories[1]._entropy.seed(2)
        self.histories[which].grow(count)

    @rule(which=st.integers(0, 1), data=st.data())
    def asks(self, which: int, data: st.DataObject) -> None:
        history = self.histories[which]
        size = data.draw(st.integers(0, history.size))
        old = data.draw(st.sampled_from([0, self.witness.last(LOG.verifier.name).size, size]))
        if self.witness.add(history.asks(old, size)).status == 200:
            self.cosigned.append((size, history.note(size)))

    @invariant()
    def all_that_was_co_signed_is_one_history(self) -> None:
        sizes = [size for size, _ in self.cosigned]
        assert sizes == sorted(sizes), "never a smaller log after a larger one"
        for history in self.histories:
            if all(history.size >= size and history.note(size) == note for size, note in self.cosigned):
                return
        raise AssertionError("two histories were co-signed")

    def teardown(self) -> None:
        self.folder.cleanup()


TestTwoHistories = TwoHistories.TestCase
TestTwoHistories.settings = settings(deadline=None, max_examples=60)
