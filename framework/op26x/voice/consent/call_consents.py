"""What the caller of one call agrees to, refuses and takes back, for the consent ledger."""

from op26x import logs
from op26x.calls import Call
from op26x.consent import ConsentGiven, ConsentLedger, ConsentState, NoAnswer, Proof
from op26x.errors import NotNoted

log = logs.get("recording")


class CallConsents:
    """Enters what one caller decides.

    Args:
        call: As stored; the person is known by a blind index only.
        ledger: Where it is entered.
    """

    def __init__(self, call: Call, ledger: ConsentLedger) -> None:
        self._call = call
        self._ledger = ledger

    def given(self, state: ConsentState, proof: Proof | NoAnswer, version: str = "") -> ConsentGiven:
        """A decision as the ledger takes it.

        Args:
            state: What they decided.
            proof: By what it shows; or that there was no answer, which counts as a refusal.
            version: Of the announcement that they decided after.
        """
        return ConsentGiven(
            subject_index=self._call.subject_index,
            call_id=self._call.id,
            state=state,
            evidence=proof.value if isinstance(proof, NoAnswer) else proof.evidence.value,
            value="" if isinstance(proof, NoAnswer) else proof.value,
            announcement=version,
            policy=self._call.policy,
        )

    async def note(self, state: ConsentState, proof: Proof, version: str) -> None:
        """Enters an answer; raises if it can't be entered, and nothing may be recorded then."""
        await self._ledger.add(self.given(state, proof, version))

    async def note_word(self, state: ConsentState, proof: Proof | NoAnswer, version: str = "") -> None:
        """Enters a refusal or withdrawal, which holds even if it can't be entered."""
        try:
            await self._ledger.add_surely(self.given(state, proof, version))
        except NotNoted as error:
            log.error("the caller's word is in memory alone", call=self._call.id, state=state.value, exc_info=error)
