"""What each company was given in a call: noted before it is, and counted where it is handed over."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from framework.consent.unwritable import unwritable
from op26x import Processor, Provider, hookimpl
from op26x.agents import Tool, ToolCall, ToolResult
from op26x.audit import Access
from op26x.processors import Disclosure
from op26x.testing import Telephone
from op26x.testing.phone_call import PhoneCall
from op26x.testing.scripted_llm import Say, Script, ScriptedLLM, Use
from op26x.testing.stand_ins import CallersWords, ToneTTS

MARK = "my code is swordfish"


def company(name: str, host: str = "") -> Processor:
    host = host or f"{name.lower()}.example"
    return Processor(
        name, (host,), f"{name} in calls", ("communications",), f"https://{host}/dpa", version="2026-01-01"
    )


class Brain:
    """An LLM of a company."""

    def __init__(self, host: str = "") -> None:
        self.host = host

    @hookimpl
    def op26x_llm_service(self) -> Provider[Any]:
        return Provider("brain", lambda request: ScriptedLLM(Script([Say("Certainly.")])))

    @hookimpl
    def op26x_processors(self) -> list[Processor]:
        return [company("Brain", self.host)]


class Speech:
    """An STT and a TTS service of another company."""

    def __init__(self) -> None:
        self.heard = CallersWords()

    @hookimpl
    def op26x_stt_service(self) -> Provider[Any]:
        return Provider("speech", lambda request: self.heard)

    @hookimpl
    def op26x_tts_service(self) -> Provider[Any]:
        return Provider("speech", lambda request: ToneTTS())

    @hookimpl
    def op26x_processors(self) -> list[Processor]:
        return [company("Speech")]


@pytest.fixture
def telephone(tmp_path: Path) -> Iterator[Telephone]:
    """A line."""
    made = Telephone(tmp_path)
    yield made
    made.close()


def given(telephone: Telephone, call: PhoneCall) -> dict[str, Disclosure]:
    """The ledger of a call, by role."""
    ledger = telephone._rig.workspace.disclosures
    found: Sequence[Disclosure] = telephone.run(ledger.list(call_ids=[call.record.id]))
    return {one.role: one for one in found}


def test_every_company_of_a_call_is_in_the_ledger_with_what_it_was_given(telephone: Telephone) -> None:
    speech = Speech()
    telephone.set_up(Brain(), speech, llm="brain", stt="speech", tts="speech")
    speech.heard.words = MARK
    call = telephone.ring()
    call.say(MARK, seconds=2)
    call.hang_up()
    found = given(telephone, call)
    assert {role: (one.processor, one.categories, one.version) for role, one in found.items()} == {
        "llm": ("Brain", "words", "2026-01-01"),
        "stt": ("Speech", "voice", "2026-01-01"),
        "tts": ("Speech", "words", "2026-01-01"),
    }
    assert all(one.whole and one.terms for one in found.values())
    assert found["llm"].requests == 1
    assert found["llm"].bytes_out > len("Be tested." + MARK)
    assert found["llm"].bytes_in == len("Certainly.")
    assert (found["stt"].requests, found["stt"].bytes_in) == (1, len(MARK))
    assert 2 * 8000 * 1.5 < found["stt"].bytes_out < 2 * 8000 * 4, "16-bit samples of some two seconds"
    assert (found["tts"].requests, found["tts"].bytes_out) == (2, len("Hello.Certainly."))
    assert found["tts"].bytes_in > 0
    for one in found.values():
        assert one.first_at is not None
        assert one.last_at is not None
        assert call.record.created_at <= one.first_at <= one.last_at


def test_no_word_of_anybody_is_in_the_ledger(telephone: Telephone, tmp_path: Path) -> None:
    speech = Speech()
    telephone.set_up(Brain(), speech, llm="brain", stt="speech", tts="speech")
    speech.heard.words = MARK
    call = telephone.ring()
    call.say(MARK, seconds=2)
    call.hang_up()
    assert given(telephone, call)
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"swordfish" not in file.read_bytes(), file


def test_whoever_was_given_nothing_after_all_is_not_in_it(telephone: Telephone) -> None:
    telephone.set_up(Brain(), Speech(), llm="brain")
    call = telephone.ring()
    call.hang_up()
    assert given(telephone, call) == {}


def test_what_stays_on_this_machine_is_given_to_nobody(telephone: Telephone) -> None:
    telephone.set_up(Brain("127.0.0.1"), llm="brain")
    call = telephone.ring()
    call.say("Good morning.")
    call.hang_up()
    assert given(telephone, call) == {}


def test_it_is_noted_before_anything_is_given(telephone: Telephone) -> None:
    telephone.set_up(Brain(), llm="brain")
    call = telephone.ring()
    (during,) = given(telephone, call).values()
    assert (during.processor, during.requests, during.whole) == ("Brain", 0, False)
    call.say("Good morning.")
    call.hang_up()
    (after,) = given(telephone, call).values()
    assert (after.id, after.requests, after.whole) == (during.id, 1, True)


def test_where_it_can_not_be_noted_nothing_is_given(telephone: Telephone, monkeypatch: pytest.MonkeyPatch) -> None:
    telephone.set_up(Brain(), llm="brain", may_fail=True)
    ledger = telephone._rig.workspace.disclosures

    async def full(*_arguments: object) -> None:
        raise OperationalError("insert", {}, OSError("disk full"))

    monkeypatch.setattr(ledger, "begin", full)
    call = telephone.ring()
    assert (call.record.state, call.record.end_reason) == ("failed", "no-service")


def test_terms_that_are_taken_back_after_admission_are_heeded(
    telephone: Telephone, monkeypatch: pytest.MonkeyPatch
) -> None:
    telephone.set_up(Brain(), llm="brain", may_fail=True)
    monkeypatch.setattr("op26x.calls.own_policy.not_accepted", lambda *_: ())
    telephone.run(telephone._rig.workspace.processors.withdraw("Brain", Access("test", "")))
    call = telephone.ring()
    assert (call.record.state, call.record.end_reason) == ("failed", "refused: terms that are not accepted")
    assert given(telephone, call) == {}


def test_a_call_ends_though_its_end_can_not_be_noted(telephone: Telephone) -> None:
    telephone.set_up(Brain(), llm="brain", may_fail=True)
    call = telephone.ring()
    call.say("Good morning.")
    database = telephone._rig.workspace.database
    with unwritable(database):
        call.hang_up()
    (one,) = given(telephone, call).values()
    assert (one.processor, one.whole) == ("Brain", False), "that something was given stays"


def test_terms_that_were_accepted_are_named_though_they_change_later(telephone: Telephone) -> None:
    telephone.set_up(Brain(), llm="brain")
    call = telephone.ring()
    call.say("Good morning.")
    call.hang_up()
    workspace = telephone._rig.workspace
    telephone.run(workspace.processors.withdraw("Brain", Access("test", "")))
    assert given(telephone, call)["llm"].terms == company("Brain").fingerprint


class Wanted(msgspec.Struct):
    """Which customer."""

    name: str


class Records:
    """Two tools of a company's: one runs on the loop, the other on a thread."""

    @hookimpl
    def op26x_tools(self) -> list[Tool]:
        async def look_up(call: ToolCall, wanted: Wanted) -> dict[str, str]:
            return {"plan": "gold"}

        def note(call: ToolCall, wanted: Wanted) -> ToolResult:
            return ToolResult({"noted": "yes"}, outcome="noted")

        unused = Tool("unused", "Does nothing.", Wanted, look_up)
        return [Tool("look_up", "Looks up.", Wanted, look_up), Tool("note", "Notes.", Wanted, note), unused]

    @hookimpl
    def op26x_processors(self) -> list[Processor]:
        return [company("Records")]


@pytest.mark.parametrize("knows", [False, True])
def test_what_a_tool_gives_to_a_company_is_in_it_by_the_tool(telephone: Telephone, knows: bool) -> None:
    customer = {"name": "swordfish"}
    answers = [Use("look_up", customer)], [Use("note", customer)], "Done."
    telephone.set_up(Records(), answers=answers, tools_know_number=knows)
    call = telephone.ring()
    call.say("Who am I?")
    call.hang_up()
    found = given(telephone, call)
    out = len(b'{"name":"swordfish"}')
    assert {role: (one.processor, one.requests, one.bytes_out, one.bytes_in) for role, one in found.items()} == {
        "tool look_up": ("Records", 1, out, len(b'{"plan":"gold"}')),
        "tool note": ("Records", 1, out, len(b'{"noted":"yes"}')),
    }
    assert {one.categories for one in found.values()} == {"words, phone numbers" if knows else "words"}
