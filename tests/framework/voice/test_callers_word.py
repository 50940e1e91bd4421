"""The caller's word: what is demanded is done and confirmed by the sentence that is true."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from op26x.audit import Access
from op26x.calls import Call
from op26x.consent import ConsentLedger, Evidence, Notice, Proof, Right
from op26x.errors import BlobError, UsageError
from op26x.voice.callers_word import CallersWord
from op26x.voice.recorded_call import RecordedCall

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PROOF = Proof(Evidence.WORDS, "stop", AT)
OPERATOR = Access("api-key:1", "asked by letter")


class FakeRecorded:
    """Does what is demanded, or has nothing recorded, or fails."""

    def __init__(self, answer: bool | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[Any, ...]] = []

    def _do(self, *what: Any) -> bool:
        self.asked.append(what)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def stop(self, evidence: Proof, who: str) -> bool:
        return self._do("stop", evidence, who)

    async def erase(self, evidence: Proof, who: str) -> bool:
        return self._do("erase", evidence, who)

    async def pause(self, *, by_caller: bool) -> bool:
        return self._do("pause", by_caller)

    async def resume(self, *, by_caller: bool) -> bool:
        return self._do("resume", by_caller)

    paused = False


class FakeLedger:
    """A do-not-call list."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.suppressed: list[tuple[str, str]] = []

    async def suppress(self, subject_index: str, call_id: str) -> None:
        if self.error:
            raise self.error
        self.suppressed.append((subject_index, call_id))


class Desk:
    """A caller's word, and what was said."""

    def __init__(self, answer: bool | Exception = True, ledger: FakeLedger | None = None, **call: Any) -> None:
        self.recorded, self.ledger = FakeRecorded(answer), ledger or FakeLedger()
        self.said: list[Notice] = []
        fields = {"agent": "clinic", "provider": "twilio", "organization_id": "o", "created_at": AT, "expires_at": AT}
        stored = Call(id="CALL", caller_index="them", called_index="we", **(fields | call))
        recorded, ledger_ = cast("RecordedCall", self.recorded), cast("ConsentLedger", self.ledger)
        self.later: list[Awaitable[object]] = []
        self.word = CallersWord(stored, recorded, ledger_, self._say, self.later.append)

    async def demands(self, right: Right, evidence: Proof) -> None:
        """Returns when the caller was told."""
        self.word.demand(right, evidence)
        await self.word.told()

    async def _say(self, notice: Notice) -> str:
        self.said.append(notice)
        return "1"


@pytest.mark.parametrize(
    ("right", "done", "notice"),
    [
        (Right.STOP, True, Notice.STOPPED),
        (Right.STOP, False, Notice.NOT_RECORDED),
        (Right.DELETE, True, Notice.DELETED),
        (Right.DELETE, False, Notice.NOT_RECORDED),
        (Right.DELETE, BlobError("dead"), Notice.NOT_DELETED),
        (Right.DELETE, OSError("dead"), Notice.NOT_DELETED),
        (Right.PAUSE, True, Notice.PAUSED),
        (Right.PAUSE, False, Notice.NOT_RECORDED),
        (Right.RESUME, True, Notice.RESUMED),
        (Right.RESUME, False, Notice.NOT_RECORDED),
        (Right.MACHINE, True, Notice.MACHINE),
        (Right.SUPPRESS, True, Notice.SUPPRESSED),
    ],
)
async def test_what_is_said_is_true(right: Right, done: bool | Exception, notice: Notice) -> None:
    desk = Desk(done)
    await desk.demands(right, PROOF)
    assert desk.said == [notice]


@pytest.mark.parametrize("right", Right)
async def test_an_operator_need_not_wait_for_the_sentence(right: Right) -> None:
    desk = Desk()
    notice = await desk.word.order(right, PROOF, OPERATOR)
    assert desk.said == []
    (saying,) = desk.later
    await saying
    assert desk.said == [notice]


@pytest.mark.parametrize("right", [Right.STOP, Right.DELETE])
async def test_the_evidence_and_who_demands_it_go_along(right: Right) -> None:
    desk = Desk()
    await desk.demands(right, PROOF)
    await desk.word.order(right, PROOF, OPERATOR)
    await desk.later[0]
    assert [asked[1:] for asked in desk.recorded.asked] == [(PROOF, Access("caller", "demanded")), (PROOF, OPERATOR)]


@pytest.mark.parametrize(("direction", "person"), [("inbound", "them"), ("outbound", "we")])
async def test_the_person_is_suppressed_and_not_our_own_number(direction: str, person: str) -> None:
    desk = Desk(direction=direction)
    await desk.demands(Right.SUPPRESS, PROOF)
    assert desk.ledger.suppressed == [(person, "CALL")]
    assert desk.recorded.asked == []


@pytest.mark.parametrize(
    ("error", "notice"),
    [(UsageError("withheld"), Notice.SUPPRESSED), (OSError("dead"), Notice.NOT_NOTED)],
)
async def test_a_suppression_that_can_not_be_noted_is_not_promised(error: Exception, notice: Notice) -> None:
    desk = Desk(ledger=FakeLedger(error))
    await desk.demands(Right.SUPPRESS, PROOF)
    assert desk.said == [notice]
