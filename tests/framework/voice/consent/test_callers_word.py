"""The caller's word: what is demanded is done and confirmed by the sentence that is true."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from op26x.agents import HumanChoice, HumanMode
from op26x.audit import Access
from op26x.calls import Call, CallLog
from op26x.consent import ConsentLedger, Evidence, Notice, Proof, Right
from op26x.errors import BlobError, IllegalTransition, NotErased, NotNoted, ProviderError, UsageError
from op26x.policy import EffectivePolicy
from op26x.types import PhoneNumber
from op26x.voice.consent.callers_word import CallersWord
from op26x.voice.consent.person_request import PersonRequest, owed
from op26x.voice.consent.recorded_call import RecordedCall

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PROOF = Proof(Evidence.WORDS, "stop", AT)
OPERATOR = Access("api-key:1", "asked by letter")


class FakeRecorded:
    """Does what is demanded, or has nothing recorded, or fails; it may be slow."""

    def __init__(self, answer: bool | Exception, *, paused: bool = False) -> None:
        self.answer = answer
        self.paused = paused
        self.asked: list[tuple[Any, ...]] = []
        self.may_act = asyncio.Event()
        self.may_act.set()

    async def _do(self, *what: Any) -> bool:
        self.asked.append(what)
        await self.may_act.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def stop(self, evidence: Proof, access: Access) -> bool:
        return await self._do("stop", evidence, access)

    async def erase(self, evidence: Proof, access: Access) -> bool:
        return await self._do("erase", evidence, access)

    async def pause(self, *, by_caller: bool) -> bool:
        return await self._do("pause", by_caller)

    async def resume(self, *, by_caller: bool) -> bool:
        return await self._do("resume", by_caller)


class FakeLedger:
    """A do-not-call list."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.suppressed: list[tuple[str, str]] = []

    async def add(self, subject_index: str, call_id: str, *, policy: str) -> None:
        if self.error:
            raise self.error
        self.suppressed.append((subject_index, call_id))


NO_PERSON = HumanChoice()


class FakeCalls:
    """Notes who wants a person, or fails."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.noted: list[tuple[str, str, str]] = []

    async def person_requested(self, call_id: str, answer: str, who: str) -> None:
        if self.error:
            raise self.error
        self.noted.append((call_id, answer, who))


class Desk:
    """A caller's word, and what was said."""

    def __init__(
        self,
        answer: bool | Exception = True,
        ledger: FakeLedger | None = None,
        *,
        paused: bool = False,
        human: HumanChoice = NO_PERSON,
        leave: Callable[[], Awaitable[None]] | None = None,
        **call: Any,
    ) -> None:
        self.calls, self.put_through = FakeCalls(), list[str]()
        self.transfer_fails: Exception | None = None
        self.recorded, self.ledger = FakeRecorded(answer, paused=paused), ledger or FakeLedger()
        self.said: list[Notice] = []
        self.may_say = asyncio.Event()
        self.may_say.set()
        fields = {"agent": "clinic", "provider": "twilio", "organization_id": "o", "created_at": AT, "expires_at": AT}
        people = {"caller_index": "them", "called_index": "we"}
        stored = Call(id="CALL", **(people | fields | call))
        recorded, ledger_ = cast("RecordedCall", self.recorded), cast("ConsentLedger", self.ledger)
        self.later: list[Awaitable[object]] = []
        person = PersonRequest(stored, human, cast("CallLog", self.calls), self._transfer)
        self.word = CallersWord(stored, recorded, ledger_, self._say, self.later.append, person, leave)

    async def demands(self, right: Right, evidence: Proof) -> None:
        """Returns when the caller was told."""
        self.word.demand(right, evidence)
        await self.word.told()

    async def _transfer(self, number: PhoneNumber) -> None:
        if self.transfer_fails:
            raise self.transfer_fails
        self.put_through.append(number.reveal())

    async def _say(self, notice: Notice) -> str:
        await self.may_say.wait()
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
        (Right.DELETE, NotErased("later"), Notice.NOT_DELETED),
        (Right.DELETE, NotNoted("nowhere"), Notice.NOT_NOTED),
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
    [
        (UsageError("withheld"), Notice.NOT_SUPPRESSED),
        (OSError("dead"), Notice.NOT_NOTED),
        (NotNoted("nowhere"), Notice.NOT_NOTED),
    ],
)
async def test_a_suppression_that_can_not_be_noted_is_not_promised(error: Exception, notice: Notice) -> None:
    desk = Desk(ledger=FakeLedger(error))
    await desk.demands(Right.SUPPRESS, PROOF)
    assert desk.said == [notice]


@pytest.mark.parametrize("right", [Right.PAUSE, Right.RESUME])
async def test_a_pause_knows_whose_it_is(right: Right) -> None:
    desk = Desk()
    await desk.demands(right, PROOF)
    await desk.word.order(right, PROOF, OPERATOR)
    await desk.later[0]
    assert [by_caller for _, by_caller in desk.recorded.asked] == [True, False]


async def test_an_operator_does_not_resume_what_the_caller_paused() -> None:
    desk = Desk(IllegalTransition("the caller's pause"))
    with pytest.raises(IllegalTransition):
        await desk.word.order(Right.RESUME, PROOF, OPERATOR)
    assert (desk.later, desk.said) == ([], []), "and the caller hears nothing of it"


async def test_what_is_paused_still_is_not_said_to_go_on() -> None:
    desk = Desk(answer=False, paused=True)
    await desk.demands(Right.RESUME, PROOF)
    assert desk.said == [Notice.PAUSED]


async def test_demands_are_done_in_the_order_in_which_they_were_made() -> None:
    desk = Desk()
    desk.recorded.may_act.clear()
    for right in (Right.PAUSE, Right.RESUME, Right.STOP):
        desk.word.demand(right, PROOF)
    await asyncio.sleep(0.01)
    assert [what for what, *_ in desk.recorded.asked] == ["pause"]
    desk.recorded.may_act.set()
    await desk.word.told()
    assert [what for what, *_ in desk.recorded.asked] == ["pause", "resume", "stop"]
    assert desk.said == [Notice.PAUSED, Notice.RESUMED, Notice.STOPPED]


async def test_a_demand_does_not_wait_until_the_last_one_was_confirmed() -> None:
    desk = Desk()
    desk.may_say.clear()
    desk.word.demand(Right.PAUSE, PROOF)
    desk.word.demand(Right.DELETE, PROOF)
    await desk.word.settled()
    assert [what for what, *_ in desk.recorded.asked] == ["pause", "erase"]
    assert desk.said == []
    telling = asyncio.create_task(desk.word.told())
    await asyncio.sleep(0.01)
    assert not telling.done()
    desk.may_say.set()
    await telling
    assert desk.said == [Notice.PAUSED, Notice.DELETED]


async def test_nothing_demanded_is_settled_at_once() -> None:
    desk = Desk()
    await desk.word.settled()
    await desk.word.told()
    assert desk.said == []


async def test_a_demand_that_fails_does_not_stop_the_next() -> None:
    desk = Desk(OSError("dead"))
    desk.word.demand(Right.STOP, PROOF)
    desk.word.demand(Right.SUPPRESS, PROOF)
    await desk.word.told()
    assert desk.ledger.suppressed == [("them", "CALL")]
    assert desk.said[-1] is Notice.SUPPRESSED


async def test_whoever_wants_no_calls_leaves_once_they_were_told_of_everything() -> None:
    left: list[list[Notice]] = []

    async def leave() -> None:
        left.append(list(desk.said))

    desk = Desk(leave=leave)
    for right in (Right.SUPPRESS, Right.DELETE):
        desk.word.demand(right, PROOF)
    await desk.word.settled()
    (leaving,) = desk.later
    await leaving
    assert left == [[Notice.SUPPRESSED, Notice.DELETED]]


@pytest.mark.parametrize("right", [right for right in Right if right is not Right.SUPPRESS])
async def test_whoever_wants_something_else_stays(right: Right) -> None:
    async def leave() -> None:
        raise AssertionError

    desk = Desk(leave=leave)
    await desk.demands(right, PROOF)
    assert desk.later == []


# A person, please.


@pytest.mark.parametrize("mode", HumanMode)
@pytest.mark.parametrize("wanted", [True, False])
def test_a_law_that_wants_a_person_leaves_nobody_without_one(mode: HumanMode, wanted: bool) -> None:
    choice = HumanChoice(mode, "+12125550100" if mode is HumanMode.TRANSFER else "")
    policy = EffectivePolicy(human_on_request=wanted, decided_by={}, places=(), zones=(), tables={})
    called_back = wanted and mode is HumanMode.NONE
    assert owed(choice, policy) == (HumanChoice(HumanMode.CALL_BACK) if called_back else choice)


TRANSFER = HumanChoice(HumanMode.TRANSFER, "+12125550100")


@pytest.mark.parametrize(
    ("human", "call", "notice", "answer"),
    [
        (HumanChoice(), {}, Notice.NO_PERSON, "none"),
        (HumanChoice(HumanMode.CALL_BACK), {}, Notice.CALLED_BACK, "call-back"),
        (HumanChoice(HumanMode.CALL_BACK), {"caller_index": ""}, Notice.NO_PERSON, "none"),
        (TRANSFER, {}, Notice.PUT_THROUGH, "transfer"),
    ],
)
async def test_whoever_wants_a_person_is_told_what_becomes_of_it(
    human: HumanChoice, call: dict[str, str], notice: Notice, answer: str
) -> None:
    """Nobody is promised to be called back whose number was withheld."""
    desk = Desk(human=human, **call)
    await desk.demands(Right.HUMAN, PROOF)
    assert desk.said == [notice]
    assert desk.calls.noted == [("CALL", answer, "caller")]
    assert desk.put_through == ([TRANSFER.number] if human is TRANSFER else [])


async def test_nobody_is_put_through_before_they_were_told_or_twice() -> None:
    desk = Desk(human=TRANSFER)
    desk.may_say.clear()
    desk.word.demand(Right.HUMAN, PROOF)
    desk.word.demand(Right.HUMAN, PROOF)
    await desk.word.settled()
    assert desk.put_through == []
    desk.may_say.set()
    await desk.word.told()
    assert desk.put_through == [TRANSFER.number]


@pytest.mark.parametrize("error", [ProviderError("down"), OSError("no such host")])
async def test_who_could_not_be_put_through_is_told_so_and_may_ask_again(error: Exception) -> None:
    desk = Desk(human=TRANSFER)
    desk.transfer_fails = error
    await desk.demands(Right.HUMAN, PROOF)
    assert desk.said == [Notice.PUT_THROUGH, Notice.NOT_PUT_THROUGH]
    desk.transfer_fails = None
    await desk.demands(Right.HUMAN, PROOF)
    assert desk.put_through == [TRANSFER.number]


@pytest.mark.parametrize(
    ("human", "notice"),
    [(HumanChoice(HumanMode.CALL_BACK), Notice.NOT_NOTED), (TRANSFER, Notice.PUT_THROUGH)],
)
async def test_what_can_not_be_noted_is_not_promised(human: HumanChoice, notice: Notice) -> None:
    """But whoever can be put through is, whatever the disk says."""
    desk = Desk(human=human)
    desk.calls.error = OSError("full")
    await desk.demands(Right.HUMAN, PROOF)
    assert desk.said == [notice]
