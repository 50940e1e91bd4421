"""The demo's proof: what the caller said is looked for, in clear, in every file that the service wrote."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

RUN = 3
"""Words in a row: single ones, such as "appointment", may stand in a record that holds nothing personal."""


@dataclass(frozen=True)
class Proof:
    """What the search came to.

    Attributes:
        phrases: How many were looked for.
        files: How many files were read.
        found: Names of files in which one was found.
        read_back: How many of them the transcript gives back to who has the key.
    """

    phrases: int
    files: int
    found: tuple[str, ...]
    read_back: int


def search(said: Iterable[str], folders: Sequence[Path], transcript: str) -> Proof:
    """Looks for what was said.

    Args:
        said: The caller's turns.
        folders: Where to look.
        transcript: What was stored of the call, decrypted; empty if nothing was.
    """
    phrases = sorted({phrase for turn in said for phrase in _runs(turn)})
    files = [file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file()]
    found = [file.name for file in files if _holds(file.read_bytes(), phrases)]
    return Proof(len(phrases), len(files), tuple(found), sum(phrase in transcript.lower() for phrase in phrases))


def _runs(turn: str) -> Iterator[str]:
    words = turn.lower().split()
    for start in range(max(1, len(words) - RUN + 1)):
        run = words[start : start + RUN]
        if len(run) > 1:
            yield " ".join(run)


def _holds(content: bytes, phrases: Sequence[str]) -> bool:
    content = content.lower()
    return any(phrase.encode() in content or phrase.encode("utf-16-le") in content for phrase in phrases)
