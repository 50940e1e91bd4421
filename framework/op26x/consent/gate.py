"""The gate: what stands between a call and its recording. It opens once, on proof, and nothing opens it again.

A ``Permit`` is made here and nowhere else; a recorder can't be built without one. Whatever is unknown, lost, late or
wrong keeps the gate shut.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from op26x.consent.reading.answers import Answer
from op26x.errors import GateClosed
from op26x.policy import RecordingMode

_MINT = object()


class Evidence(StrEnum):
    """By what a consent is proved."""

    NONE_NEEDED = "none-needed"
    MARK = "mark"
    DIGIT = "digit"
    WORDS = "words"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence.

    Attributes:
        evidence: Its kind.
        value: The mark's name, the key, or the word that was recognised out of the fixed list; never free speech.
        at: When it came.
    """

    evidence: Evidence
    value: str
    at: datetime


class Permit:
    """Leave to record one call, for as long as it is not withdrawn.

    Args:
        mint: Only the gate has it.
        call_id: The call.
        mode: What was required.
        proofs: How it was met.
        announcement: Version of the announcement; empty if none was required.
    """

    __slots__ = ("_withdrawn", "announcement", "call_id", "mode", "proofs")

    def __init__(
        self, mint: object, call_id: str, mode: RecordingMode, proofs: tuple[Proof, ...], announcement: str
    ) -> None:
        if mint is not _MINT:
            raise TypeError("A permit is given by a gate only.")
        self.call_id = call_id
        self.mode = mode
        self.proofs = proofs
        self.announcement = announcement
        self._withdrawn = False

    def __reduce__(self) -> str:
        raise TypeError("A permit has no double: a copy would outlive its withdrawal.")

    @property
    def valid(self) -> bool:
        """Whether it was not withdrawn."""
        return not self._withdrawn

    def withdraw(self) -> None:
        """Ends it for good."""
        self._withdrawn = True

    def check(self, call_id: str) -> None:
        """Does nothing if this permit allows to record that call now.

        Raises:
            GateClosed: It was withdrawn, or is another call's.
        """
        if self._withdrawn or call_id != self.call_id:
            raise GateClosed("The leave to record this call was withdrawn, or is for another call.")


class Gate:
    """Decides whether one call may be recorded.

    Args:
        call_id: The call.
        mode: What must have happened.
    """

    def __init__(self, call_id: str, mode: RecordingMode) -> None:
        self._call_id = call_id
        self._mode = mode
        self._announcement = ""
        self._proofs: list[Proof] = []
        self._announced = False
        self._agreed = False
        self._shut = mode is RecordingMode.OFF
        self._opened = False

    def announced(self, version: str, proof: Proof | None) -> None:
        """The announcement was played.

        Args:
            version: Which.
            proof: Its mark, as the telephony provider echoed it; without one nothing is proved, and the gate shuts.
        """
        if proof is None or proof.evidence is not Evidence.MARK:
            self._shut = True
            return
        self._announcement = version
        self._announced = True
        self._proofs.append(proof)

    def answered(self, answer: Answer, proof: Proof) -> None:
        """The caller answered; an answer to a question that was not proved asked opens nothing."""
        if answer is Answer.YES and self._announced:
            self._agreed = True
            self._proofs.append(proof)
        else:
            self._shut = True

    def shut(self) -> None:
        """Closes it for good."""
        self._shut = True

    def open(self) -> Permit:
        """The permit, once.

        Raises:
            GateClosed: What is required is not proved, the caller refused, or it was opened before.
        """
        required = {
            RecordingMode.OFF: False,
            RecordingMode.ONE_PARTY: True,
            RecordingMode.ANNOUNCE: self._announced,
            RecordingMode.ASSENT: self._announced and self._agreed,
        }
        if self._shut or self._opened or not required[self._mode]:
            raise GateClosed("This call may not be recorded.")
        self._opened = True
        return Permit(_MINT, self._call_id, self._mode, tuple(self._proofs), self._announcement)
