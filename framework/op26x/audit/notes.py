"""Signed notes and checkpoints, as C2SP has them: https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint.

A note is a text that ends in a newline, an empty line, and one line for each signature: an em dash, the key's name, and
in base64 the first four bytes of the key's hash with the signature. A checkpoint is a note of three lines: the log's
origin, the number of its entries, the root of their Merkle tree in base64; ours has a fourth, which says when. Whoever
signs a log's checkpoint beside the log co-signs it: https://c2sp.org/tlog-cosignature.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from op26x.audit.merkle import HASH_BYTES
from op26x.errors import Tampered, UsageError

SIGNATURE, COSIGNATURE = b"\x01", b"\x04"
"""Kinds of signatures with Ed25519: of whoever writes a note, and, with a time, of who co-signs it."""
ID_BYTES, TIME_BYTES = 4, 8
DASH = "\u2014 "
AT, TIME = "at ", "%Y-%m-%dT%H:%M:%SZ"
"""An extension line: when a checkpoint was signed."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that signatures are checked with.

    Attributes:
        name: Whose it is; without spaces and plus signs.
        key: 32 bytes, Ed25519 (RFC 8032).
        kind: Of what it checks.
    """

    name: str
    key: bytes
    kind: bytes = SIGNATURE

    @property
    def id(self) -> bytes:
        """The first four bytes of the hash of name and key, which a signature carries."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.key).digest()[:ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.kind + self.key).decode()}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        """Whether that is its signature of a note's text."""
        said = text.encode()
        if self.kind == COSIGNATURE:
            said, signature = _timed(text, int.from_bytes(signature[:TIME_BYTES], "big")), signature[TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, said)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Reads what ``str`` wrote: ``name+hash+key``.

        Raises:
            UsageError: It is none.
        """
        name, _, rest = text.strip().partition("+")
        identifier, _, encoded = rest.partition("+")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        found = cls(name, key[1:], key[:1])
        known = found.kind in (SIGNATURE, COSIGNATURE)
        if not name or not known or len(key) != HASH_BYTES + 1 or found.id.hex() != identifier:
            raise UsageError(f"{text[:80]!r} is no key that checks a note.", "Copy all of name+hash+key.")
        return found


class Signer:
    """Signs notes.

    Args:
        name: Its name; without spaces and plus signs.
        seed: 32 secret bytes.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, text: str) -> str:
        """A note of a text that ends in a newline."""
        return f"{text}\n{_line(self.verifier, self._key.sign(text.encode()))}"


class Cosigner:
    """Co-signs checkpoints of others.

    Args:
        name: Its name; without spaces and plus signs.
        seed: 32 secret bytes, for nothing else: a co-signature does not say whose name it was made for.
    """

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = Verifier(name, public, COSIGNATURE)

    def cosign(self, text: str, at: datetime) -> str:
        """The line to be added to the note of a checkpoint's text."""
        seconds = int(at.timestamp())
        signature = self._key.sign(_timed(text, seconds))
        return _line(self.verifier, seconds.to_bytes(TIME_BYTES, "big") + signature)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a log had grown.

    Attributes:
        origin: Names the log.
        size: The number of its entries.
        root: The root of their Merkle tree.
        at: When, by the clock of whoever signed it; nothing if they don't say.
    """

    origin: str
    size: int
    root: bytes
    at: datetime | None = None

    @property
    def text(self) -> str:
        """What is signed."""
        when = "" if self.at is None else f"{AT}{self.at.astimezone(UTC).strftime(TIME)}\n"
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{when}"


def opened(note: str, verifiers: Sequence[Verifier]) -> str:
    """The text of a note that one of these keys has signed; signatures of keys that are not known are passed over.

    Raises:
        Tampered: It is no note, none of them signed it, or a signature of one of them is wrong.
    """
    text, signatures = divided(note)
    if not _signers(text, signatures, verifiers):
        raise Tampered("None of the known keys has signed this note.", "Compare the key with: op26x audit checkpoint.")
    return text


def signers(note: str, verifiers: Sequence[Verifier]) -> set[Verifier]:
    """Which of these keys have signed a note.

    Raises:
        Tampered: It is no note, or a signature of one of them is wrong.
    """
    return _signers(*divided(note), verifiers)


def divided(note: str) -> tuple[str, list[str]]:
    """A note's text, and the lines of its signatures with their ends.

    Raises:
        Tampered: It is no note.
    """
    text, empty, signatures = note.rpartition("\n\n")
    if not empty or not signatures.endswith("\n"):
        raise Tampered("This is no signed note.", "Copy all of it, the last line included.")
    return f"{text}\n", signatures.splitlines(keepends=True)


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint out of the text of a note, or out of a whole note whose signatures need no check, as one's own.

    Raises:
        Tampered: It is none.
    """
    lines = text.split("\n")
    try:
        origin, number, encoded = lines[:3]
        root = base64.b64decode(encoded, validate=True)
        size = int(number)
        said = next((line.removeprefix(AT) for line in lines[3:] if line.startswith(AT)), "")
        at = datetime.strptime(said, TIME).replace(tzinfo=UTC) if said else None
    except ValueError:
        raise Tampered("This note is no checkpoint.", "A checkpoint has an origin, a size and a root.") from None
    if not origin or str(size) != number or size < 0 or len(root) != HASH_BYTES:
        raise Tampered("This note is no checkpoint.", "A checkpoint has an origin, a size and a root.")
    return Checkpoint(origin, size, root, at)


def _signers(text: str, signatures: Sequence[str], verifiers: Sequence[Verifier]) -> set[Verifier]:
    known = {(one.name, one.id): one for one in verifiers}
    found = set()
    for line in signatures:
        name, identifier, signature = _parts(line.removesuffix("\n"))
        verifier = known.get((name, identifier))
        if verifier is None:
            continue
        if not verifier.has_signed(text, signature):
            raise Tampered(f"The signature of {name} is wrong.", "The note was changed after it was signed.")
        found.add(verifier)
    return found


def _timed(text: str, seconds: int) -> bytes:
    """What is signed by who co-signs a checkpoint at a time."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _line(verifier: Verifier, signature: bytes) -> str:
    return f"{DASH}{verifier.name} {base64.b64encode(verifier.id + signature).decode()}\n"


def _parts(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        data = b""
    if not line.startswith(DASH) or not name or len(data) <= ID_BYTES:
        raise Tampered("A signature of this note can't be read.", "Copy all of it, the last line included.")
    return name, data[:ID_BYTES], data[ID_BYTES:]
