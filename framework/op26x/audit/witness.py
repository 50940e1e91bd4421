"""A witness: it sees that logs only grow, and co-signs what it has seen. https://c2sp.org/tlog-witness

It keeps the newest checkpoint of each log that it knows. Whoever shows two people two histories of a log must show the
witness one of them, and it never co-signs the other.
"""

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from op26x import logs
from op26x.audit import merkle
from op26x.audit.notes import Checkpoint, Cosigner, Verifier, opened, read_checkpoint
from op26x.clock import Clock
from op26x.errors import Tampered
from op26x.storage.durable import write_whole

log = logs.get("witness")

OLD = "old "
MOST_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"
DONE, MALFORMED, NOT_SIGNED, UNKNOWN, CONFLICT, NOT_PROVED = 200, 400, 403, 404, 409, 422
REFUSED = ".refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a log asks for.

    Attributes:
        old: How large it was when this witness saw it last.
        proof: That it grew out of that, RFC 9162, 2.1.4.
        note: Its newest checkpoint.
    """

    old: int
    proof: Sequence[bytes]
    note: str

    @property
    def body(self) -> str:
        """As it is sent."""
        proof = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.proof)
        return f"{OLD}{self.old}\n{proof}\n{self.note}"

    @classmethod
    def parse(cls, body: str) -> "Asked | None":
        """Reads what ``body`` wrote; nothing if it is not of that form."""
        head, empty, note = body.partition("\n\n")
        said, *hashes = head.split("\n")
        number = said.removeprefix(OLD)
        try:
            old, proof = int(number), [base64.b64decode(one, validate=True) for one in hashes]
        except ValueError:
            return None
        fits = said == f"{OLD}{old}" and old >= 0 and all(len(one) == merkle.HASH_BYTES for one in proof)
        return cls(old, proof, note) if empty and fits and len(proof) <= MOST_HASHES else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers.

    Attributes:
        status: Of HTTP.
        body: The lines to be added to the note; of a conflict, the size that the witness knows.
        media_type: Of the body.
    """

    status: int
    body: str = ""
    media_type: str = "text/plain"


class Witness:
    """Co-signs the checkpoints of some logs.

    Args:
        signer: Its own key.
        verifiers: The keys of the logs that it knows; the name of each is the origin of its log.
        directory: Where it keeps the newest checkpoint of each; no other witness may use it.
        clock: Tells when.
    """

    def __init__(self, signer: Cosigner, verifiers: Sequence[Verifier], directory: Path, clock: Clock) -> None:
        self._signer = signer
        self._verifiers = {one.name: one for one in verifiers}
        self._directory = directory
        self._clock = clock
        self._deciding = threading.Lock()

    @property
    def verifier(self) -> Verifier:
        """What its co-signatures are checked with."""
        return self._signer.verifier

    def add(self, body: str) -> Answer:
        """Co-signs a checkpoint if it follows from the one that was co-signed before.

        Args:
            body: As ``Asked.body`` has it.

        Raises:
            OSError: The checkpoint can't be kept; then nothing is co-signed.
            Tampered: What was kept of the log is no checkpoint.
        """
        asked = Asked.parse(body)
        if asked is None:
            return Answer(MALFORMED)
        verifier = self._verifiers.get(asked.note.partition("\n")[0])
        if verifier is None:
            return Answer(UNKNOWN)
        try:
            text = opened(asked.note, [verifier])
        except Tampered:
            return Answer(NOT_SIGNED)
        try:
            checkpoint = read_checkpoint(text)
        except Tampered:
            return Answer(MALFORMED)
        if checkpoint.origin != verifier.name or asked.old > checkpoint.size:
            return Answer(MALFORMED)
        with self._deciding:
            return self._decide(asked, checkpoint, text)

    def last(self, origin: str) -> Checkpoint:
        """The newest checkpoint of a log that was co-signed; that of an empty log before the first.

        Raises:
            Tampered: What was kept is no checkpoint.
        """
        file = self._file(origin)
        try:
            return read_checkpoint(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Checkpoint(origin, 0, merkle.EMPTY)
        except (Tampered, UnicodeDecodeError):
            raise Tampered(
                f"What the witness kept in {file} is no checkpoint.",
                "Put it back from a backup. A witness that begins anew would co-sign another history.",
            ) from None

    def refused(self) -> list[Path]:
        """Checkpoints that a log has signed and that do not follow from what was co-signed: proof that it forked."""
        return sorted(self._directory.glob(f"*{REFUSED}"))

    def _decide(self, asked: Asked, checkpoint: Checkpoint, text: str) -> Answer:
        last = self.last(checkpoint.origin)
        conflict = Answer(CONFLICT, f"{last.size}\n", SIZE_TYPE)
        if asked.old != last.size:
            return conflict
        if checkpoint.size == last.size and checkpoint.root != last.root:
            self._refuse(checkpoint, asked.note)
            return conflict
        if not merkle.verify_consistency(last.size, checkpoint.size, asked.proof, last.root, checkpoint.root):
            self._refuse(checkpoint, asked.note)
            return Answer(NOT_PROVED)
        self._keep(checkpoint.origin, asked.note)
        return Answer(DONE, self._signer.cosign(text, self._clock.now()))

    def _refuse(self, checkpoint: Checkpoint, note: str) -> None:
        log.error("a log does not follow from what was seen of it", origin=checkpoint.origin, size=checkpoint.size)
        file = self._file(checkpoint.origin)
        evidence = file.with_name(file.name + REFUSED)
        if not evidence.exists():  # the first is enough
            evidence.write_text(note, encoding="utf-8")

    def _keep(self, origin: str, note: str) -> None:
        write_whole(self._file(origin), note)

    def _file(self, origin: str) -> Path:
        return self._directory / quote(origin, safe="")
