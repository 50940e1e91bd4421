"""A call per place: what is said first, what is asked, and what is recorded, as the law tables have it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from op26x import Processor, Provider, hookimpl
from op26x.audit import Access
from op26x.calls import NewCall
from op26x.consent import ConsentGiven, ConsentPurpose, Notice
from op26x.consent.registry_formats import PLAIN
from op26x.consent.texts import texts
from op26x.errors import AdmissionRefused
from op26x.policy import read_own_rows
from op26x.testing import Telephone
from op26x.testing.agreed import agree
from op26x.testing.phone_call import PhoneCall
from op26x.testing.stand_ins import TEST_LINE, CallersWords
from op26x.types import PhoneNumber

CALIFORNIA, TEXAS, WASHINGTON, FLORIDA = "+14155550121", "+15125550123", "+12065550123", "+13055550123"
CONNECTICUT, NEW_YORK = "+12035550123", "+12125550123"
GERMANY, FRANCE, SPAIN, BRITAIN, INDIA = (
    *("+4930901820123", "+33142345678", "+34912345678"),
    *("+442079460123", "+919812345678"),
)
UNKNOWN = ("", "+18005550123", "+15555550123", "+881612345678")
NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)
"""Where most of North America is at work, and Europe not yet asleep."""

SENTENCES = texts("en")
assert SENTENCES is not None


@pytest.fixture
def telephone(tmp_path: Path) -> Iterator[Telephone]:
    """A line on which any number may ring."""
    made = Telephone(tmp_path)
    yield made
    made.close()


def notices(call: PhoneCall) -> list[str]:
    """What was said before the greeting, by the names of the notices; with the second language, if there was one."""
    assert SENTENCES is not None
    named = {text.replace("{organization}", "Default"): notice.value for notice, text in SENTENCES.sentences.items()}
    for language in ("de", "es", "fr", "hi"):
        short = texts(language)
        assert short is not None
        for notice, text in short.second.items():
            named[f"{SENTENCES.sentences[notice]} {text}"] = f"{notice.value}+{language}"
    said = call.agent_said
    return [named[text] for text in said[: said.index("Hello.")]]


INBOUND = [
    (NEW_YORK, [], "one-party"),
    (TEXAS, [], "one-party"),
    (CALIFORNIA, ["machine", "announce"], "announce"),
    (WASHINGTON, ["announce"], "announce"),
    (FLORIDA, ["announce"], "announce"),
    (CONNECTICUT, ["announce"], "announce"),
    (BRITAIN, ["announce"], "announce"),
    (GERMANY, ["machine", "assent+de", "granted"], "assent"),
    (FRANCE, ["machine", "assent+fr", "granted"], "assent"),
    (SPAIN, ["machine", "assent+es", "granted"], "assent"),
    (INDIA, ["machine", "assent+hi", "granted"], "assent"),
    *((number, ["machine", "listening", "assent", "granted"], "assent") for number in UNKNOWN),
]


@pytest.mark.parametrize(("number", "said", "mode"), INBOUND, ids=[one[0] or "withheld" for one in INBOUND])
def test_who_calls_hears_what_the_law_of_their_place_wants_said(
    telephone: Telephone, number: str, said: list[str], mode: str
) -> None:
    telephone.set_up(recording="one-party", at=NOON)
    call = telephone.ring(number)
    if mode == "assent":
        call.press("1")
    call.say("Good morning.")
    call.hang_up()

    assert notices(call) == said
    assert (call.record.recording_mode, call.record.recording_outcome) == (mode, "recorded")
    assert len(call.record.policy) == 64
    assert {consent.policy for consent in call.consents} <= {call.record.policy}


@pytest.mark.parametrize("number", [GERMANY, FRANCE, SPAIN, INDIA, ""])
def test_where_assent_is_needed_silence_leaves_nothing_recorded(telephone: Telephone, number: str) -> None:
    telephone.set_up(recording="one-party", at=NOON)
    call = telephone.ring(number)
    call.wait(30)
    call.hang_up()
    assert (call.record.recording_outcome, call.recording) == ("silence", b"")


@pytest.mark.parametrize("mode", ["off", "assent"])
def test_no_place_loosens_what_the_agent_wants(telephone: Telephone, mode: str) -> None:
    telephone.set_up(recording=mode, at=NOON)
    call = telephone.ring(TEXAS)
    if mode == "assent":
        call.press("1")
    call.hang_up()
    assert call.record.recording_mode == mode


class TrainsOnCalls:
    """Speech recognition by a company whose terms let it learn from what it hears."""

    def __init__(self) -> None:
        self.heard = CallersWords()

    @hookimpl
    def op26x_stt_service(self) -> Provider[object]:
        """What this company understands."""
        return Provider("learner", lambda request: self.heard)

    @hookimpl
    def op26x_processors(self) -> list[Processor]:
        """Who that is."""
        terms = "https://learner.example/terms"
        return [Processor("Learner", ("learner.example",), "speech", ("communications",), terms, trains_on_data=True)]


def test_in_california_a_machine_that_learns_is_announced_before_it_hears(telephone: Telephone) -> None:
    telephone.set_up(TrainsOnCalls(), stt="learner", at=NOON)
    call = telephone.ring(CALIFORNIA)
    call.hang_up()
    assert notices(call) == ["machine", "listening"]


OUTBOUND = [
    (TEXAS, ["identify", "opt_out"]),
    (CALIFORNIA, ["identify", "opt_out", "machine"]),
    (FLORIDA, ["identify", "opt_out"]),
    (CONNECTICUT, ["identify", "opt_out"]),
    (BRITAIN, ["identify", "opt_out"]),
    (GERMANY, ["identify", "opt_out", "machine"]),
]
"""The line is in New York: what federal law demands of it is said everywhere."""


@pytest.mark.parametrize(("number", "said"), OUTBOUND, ids=[number for number, _ in OUTBOUND])
def test_whoever_is_called_is_told_by_whom_and_how_to_be_left_alone(
    telephone: Telephone, number: str, said: list[str]
) -> None:
    telephone.set_up(purpose="solicitation", at=NOON)
    call = telephone.place(number)
    call.hang_up()
    assert notices(call) == said


@pytest.mark.parametrize(
    ("number", "at", "why"),
    [
        (WASHINGTON, NOON, "forbidden by law"),
        (TEXAS, datetime(2026, 12, 1, 14, tzinfo=UTC), "outside calling hours"),
        (CALIFORNIA, datetime(2026, 12, 1, 16, 30, tzinfo=UTC), "outside calling hours"),
        (GERMANY, datetime(2026, 12, 6, 12, tzinfo=UTC), "outside calling hours"),
        (SPAIN, datetime(2026, 12, 8, 12, tzinfo=UTC), "outside calling hours"),
        (UNKNOWN[1], NOON, "outside calling hours"),
    ],
    ids=["Washington", "Texas at eight", "California half past eight", "a Sunday", "a holiday", "anywhere"],
)
def test_nobody_is_called_where_or_when_the_law_forbids_it(
    telephone: Telephone, number: str, at: datetime, why: str
) -> None:
    telephone.set_up(purpose="solicitation", at=at)
    call = telephone.place(number)
    assert call.rejected == f"The call was refused: {why}."
    assert call.record.end_reason == f"refused: {why}"


def test_nobody_is_called_who_did_not_agree(telephone: Telephone) -> None:
    telephone.set_up(purpose="solicitation", at=NOON)
    assert telephone.place(TEXAS, agreed=False).rejected == "The call was refused: no written consent to be called."


def test_nobody_is_called_more_often_than_the_law_allows(telephone: Telephone) -> None:
    telephone.set_up(purpose="solicitation", at=NOON)
    for _ in range(3):
        telephone.place(FLORIDA).hang_up()
    assert telephone.place(FLORIDA).rejected == "The call was refused: called too often."
    assert not telephone.place(TEXAS).rejected


def test_what_is_ordered_in_time_and_dialled_too_late_is_not_dialled(telephone: Telephone) -> None:
    telephone.set_up(purpose="solicitation", at=datetime(2026, 12, 1, 20, 59, 30, tzinfo=UTC))
    rig = telephone._rig
    assert rig is not None
    there, to = rig.workspace, PhoneNumber(BRITAIN)

    async def order() -> tuple[object, str]:
        await agree(there, to, ConsentPurpose.MARKETING)
        call_id = await rig.switchboard.place(there.organization_id, NewCall(to, rig.agent, TEST_LINE))
        call, _ = await there.calls.get(call_id)
        await asyncio.sleep(60)
        admitted = await rig.switchboard.admission_of(TEST_LINE, call.provider_call_id or "")
        call, _ = await there.calls.get(call_id)
        return admitted, call.end_reason

    assert telephone.run(order()) == (None, "refused: outside calling hours")
    with pytest.raises(AdmissionRefused, match="outside calling hours"):
        telephone.run(rig.switchboard.place(there.organization_id, NewCall(to, rig.agent, TEST_LINE)))


# What the law wants of the rest of the call.


def said_of(notice: Notice) -> str:
    """A notice as it is said."""
    assert SENTENCES is not None
    return SENTENCES.sentences[notice]


def test_whoever_is_called_and_wants_no_calls_is_let_go_at_once_and_not_called_again(telephone: Telephone) -> None:
    telephone.set_up(purpose="solicitation", at=NOON)
    call = telephone.place(CONNECTICUT)
    call.say("Please don't call me again.")
    call.wait(10)
    assert call.over, "42-288a: within ten seconds"
    assert call.agent_said[-1] == said_of(Notice.SUPPRESSED)
    assert call.record.end_reason == "opted-out"
    assert telephone.place(CONNECTICUT).rejected == "The call was refused: do-not-call."


def test_whoever_calls_us_and_wants_no_calls_may_talk_on(telephone: Telephone) -> None:
    telephone.set_up(at=NOON)
    call = telephone.ring(CONNECTICUT)
    call.say("Please don't call me again.")
    call.say("Good morning.")
    assert not call.over
    call.hang_up()
    assert said_of(Notice.SUPPRESSED) in call.agent_said
    assert call.record.end_reason == "caller-hung-up"


@pytest.mark.parametrize(("number", "notice"), [(SPAIN, Notice.CALLED_BACK), (TEXAS, Notice.NO_PERSON)])
def test_where_the_law_wants_a_person_nobody_who_asks_for_one_is_sent_away(
    telephone: Telephone, number: str, notice: Notice
) -> None:
    telephone.set_up(human="none", recording="off", at=NOON)
    call = telephone.ring(number)
    call.say("I want to talk to a human being.")
    call.hang_up()
    assert said_of(notice) in call.agent_said


def test_whoever_is_in_a_registry_is_not_called_nor_is_anybody_while_it_is_old(telephone: Telephone) -> None:
    telephone.set_up(purpose="solicitation", at=NOON)
    rig = telephone._rig
    assert rig is not None
    there, to = rig.workspace, PhoneNumber(TEXAS)

    async def order(listed: str, days_old: int) -> str:
        await there.consents.add(ConsentGiven.in_writing(there.index.of(to), ConsentPurpose.MARKETING))
        as_of = there.clock.now() - timedelta(days=days_old)
        await there.registries.read("us", [listed], PLAIN, as_of, Access("test", "test"))
        try:
            await rig.switchboard.place(there.organization_id, NewCall(to, rig.agent, TEST_LINE))
        except AdmissionRefused as refused:
            return refused.message
        return ""

    assert telephone.run(order(NEW_YORK, 32)) == "The call was refused: not looked up in the do-not-call registry."
    assert telephone.run(order(TEXAS, 1)) == "The call was refused: in the do-not-call registry."
    assert telephone.run(order(NEW_YORK, 0)) == ""


def test_rows_and_overrides_of_the_organization_hold_in_its_calls(telephone: Telephone) -> None:
    telephone.set_up(recording="one-party", at=NOON)
    rig = telephone._rig
    assert rig is not None
    own, decision = rig.workspace.own_rows, Access("test", "counsel says so")
    document = b"- {name: texans-agree, why: counsel, place: US-TX, mode: assent}"
    until = rig.workspace.clock.now() + timedelta(days=1)

    async def decide() -> str:
        await own.add(read_own_rows(document), decision)
        return (await own.override("us-ca-recording", decision, approved_by="user:1", until=until)).id

    override = telephone.run(decide())
    modes = []
    for number in (TEXAS, CALIFORNIA):
        call = telephone.ring(number)
        call.hang_up()
        modes.append(call.record.recording_mode)
    assert modes == ["assent", "one-party"]
    policy = telephone.run(rig.workspace.policies.get(call.record.policy))
    assert policy.lifted["us-ca-recording"].startswith(f"override {override} until ")


def test_a_call_that_may_not_be_held_by_the_agents_services_is_refused(telephone: Telephone) -> None:
    telephone.set_up(at=NOON)
    rig = telephone._rig
    assert rig is not None
    document = b"- {name: stays-here, why: counsel, place: DE, providers: {llm: [our-own]}}"
    telephone.run(rig.workspace.own_rows.add(read_own_rows(document), Access("test", "counsel says so")))
    refused = telephone.ring(GERMANY)
    assert refused.rejected == "The call was refused: a provider that the policy does not allow."
    assert refused.record.end_reason == "refused: a provider that the policy does not allow"
    assert not telephone.ring(TEXAS).rejected
