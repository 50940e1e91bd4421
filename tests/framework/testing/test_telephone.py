"""The telephone that plugin authors test with: it holds whole calls, and hides nothing that failed in one."""

import io
import re
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from pipecat.frames.frames import ErrorFrame

from op26x import hookimpl
from op26x.agents import Tool, ToolCall
from op26x.calls import Direction, Refuse
from op26x.errors import AgentError, SettingsError
from op26x.testing import Push, Say, Telephone, Use, Wait


@pytest.fixture
def telephone(tmp_path: Path) -> Iterator[Telephone]:
    """The fixture, made by hand: what it says at the end is a test of its own here."""
    made = Telephone(tmp_path)
    yield made
    made.close()


class Refuses:
    """Takes no call from a number that ends in 9."""

    @hookimpl
    def op26x_call_arriving(self, arrival: Any) -> Refuse | None:
        return Refuse("nines") if arrival.caller.reveal().endswith("9") else None


class Breaks:
    """Fails at the end of each turn."""

    @hookimpl
    def op26x_turn_finished(self, turn: Any) -> None:
        raise KeyError("of the plugin")


class Greeting(msgspec.Struct):
    """Settings."""

    words: str = "unset"


class Told:
    """Notes what a call says of itself, and what its settings are."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @hookimpl
    def op26x_settings(self) -> type[msgspec.Struct]:
        return Greeting

    @hookimpl
    async def op26x_call_answered(self, call: Any, settings: Any) -> None:
        self.told.append(f"{call.direction} {settings.of(Greeting).words}")

    @hookimpl
    def op26x_call_ended(self, call: Any) -> None:
        self.told.append(call.state)


def test_without_being_set_up_it_rings_an_agent_that_says_yes(telephone: Telephone) -> None:
    call = telephone.ring()
    call.say("Is anybody there?")
    call.hang_up()

    assert call.agent_said == ["Hello.", "Yes."]
    assert call.caller_said == ["Is anybody there?"]
    assert (call.over, call.rejected, call.record.state) == (True, "", "completed")


def test_answers_come_turn_by_turn_in_words_or_in_steps(telephone: Telephone) -> None:
    telephone.set_up(answers=["One.", [Say("Two"), Wait(1.0), Say(" and a half.")], [Say("Bye."), Use("end_call")]])
    call = telephone.ring()
    for words in ("first", "second", "third"):
        call.say(words)

    assert call.agent_said == ["Hello.", "One.", "Two and a half.", "Bye."]
    assert call.over
    with pytest.raises(AssertionError, match=r"The call is over. The agent's last words: 'Bye\.'"):
        call.say("fourth")


def test_what_the_caller_hears_is_as_long_as_what_is_said(telephone: Telephone) -> None:
    telephone.set_up(greeting="A" * 50)

    heard = np.frombuffer(telephone.ring().heard, "<i2")
    assert np.abs(heard).max() > 4000
    assert (np.abs(heard) > 500).sum() / 8000 == pytest.approx(50 * 0.06, rel=0.1)


def test_a_caller_interrupts_and_is_answered(telephone: Telephone) -> None:
    telephone.set_up(answers=["This is going to take quite a while to say, so listen. " * 4, "Stopped."])
    call = telephone.ring()
    call.say("Tell me.", answered=False)
    call.wait(5)
    call.say("Stop that please.")

    assert call.agent_said[-1] == "Stopped."
    assert [event.interrupted for event in call.events if event.kind == "turn" and event.speaker == "agent"][1]


def test_keys_are_pressed(telephone: Telephone) -> None:
    call = telephone.ring()
    call.press("5")

    assert call.agent_said == ["Hello.", "Yes."]


@pytest.mark.parametrize(("word", "kept"), [("yes", True), ("no", False)])
def test_who_is_asked_says_yes_or_no(word: str, kept: bool, telephone: Telephone) -> None:
    telephone.set_up(recording="assent")
    call = telephone.ring()
    call.say(word)
    call.say("I would like an appointment.")
    call.hang_up()

    assert [consent.state for consent in call.consents] == ["granted" if kept else "refused"]
    assert bool(call.recording) is kept
    if kept:
        with wave.open(io.BytesIO(call.recording)) as wav:
            assert wav.getnchannels() == 2


def test_a_plugin_may_refuse_a_call(telephone: Telephone) -> None:
    telephone.set_up(Refuses())
    refused, taken = telephone.ring("+12125550129"), telephone.ring("+12125550121")

    assert refused.rejected == "The call was refused: nines."
    assert (refused.over, refused.record.state, refused.agent_said) == (True, "failed", [])
    assert (taken.over, taken.agent_said) == (False, ["Hello."])
    with pytest.raises(AssertionError, match="There is no call: The call was refused: nines"):
        refused.say("Hello?")


def test_the_agent_calls_somebody(telephone: Telephone) -> None:
    call = telephone.place("+12125550121")
    call.say("Who is there?")

    assert call.agent_said == [
        "This is an automated call from Default.",
        "To be taken off our list at any time, press star 3, or tell me.",
        "Hello.",
        "Yes.",
    ]
    assert call.record.direction == Direction.OUTBOUND


def test_settings_reach_a_plugin_and_its_hooks_are_over_when_the_call_is(telephone: Telephone) -> None:
    plugin = Told()
    telephone.set_up(plugin, settings={"OP26X_TOLD_WORDS": "good morning"})
    telephone.ring().hang_up()

    assert plugin.told == ["inbound good morning", "completed"]


def test_whoever_asked_not_to_be_called_is_not_called(telephone: Telephone) -> None:
    telephone.ring("+12125550121").press("*3")

    assert "The call was refused: do-not-call" in telephone.place("+12125550121").rejected


def test_an_agent_that_does_not_answer_is_named(telephone: Telephone) -> None:
    telephone.set_up(answers=[[Wait(1000.0)]], limits={"reply_s": 120.0, "silence_s": 300.0})
    call = telephone.ring()

    with pytest.raises(AssertionError, match="The agent did not answer within 60 s"):
        call.say("Hello?")


def test_what_failed_in_a_call_fails_the_test(tmp_path: Path) -> None:
    telephone = Telephone(tmp_path)
    telephone.set_up(Breaks())
    call = telephone.ring()
    call.hang_up()

    assert call.agent_said == ["Hello."], "the call itself goes on"
    with pytest.raises(
        AssertionError, match=r"In the call, hook failed \(plugin breaks, hook op26x_turn_finished.*set_up"
    ) as raised:
        telephone.close()
    assert isinstance(raised.value.__cause__, KeyError)


def test_what_fails_can_be_looked_at(telephone: Telephone) -> None:
    telephone.set_up(Breaks(), may_fail=True)
    telephone.ring().hang_up()

    (failure,) = telephone.failures
    assert isinstance(failure.error, KeyError)
    assert "plugin breaks" in failure.what


@pytest.mark.parametrize("plugin", [Breaks(), None])
def test_what_may_fail_may(plugin: object, telephone: Telephone) -> None:
    plugins = [plugin] if plugin else []
    telephone.set_up(*plugins, answers=[[Push(lambda: ErrorFrame("the vendor is away"))]], may_fail=True)
    call = telephone.ring()
    call.say("Hello?")

    assert len(call.agent_said) == 2


def test_what_does_not_fit_is_said_at_once(telephone: Telephone) -> None:
    with pytest.raises(AgentError, match="No plugin provides the llm 'parrot'"):
        telephone.set_up(llm="parrot")


def test_settings_that_nobody_declares_are_named(telephone: Telephone) -> None:
    with pytest.raises(SettingsError, match="OP26X_TOLD_WORDS"):
        telephone.set_up(settings={"OP26X_TOLD_WORDS": "x"})


def test_it_is_set_up_once_and_before_the_first_call(telephone: Telephone) -> None:
    telephone.ring()

    with pytest.raises(RuntimeError, match="once, before the first call"):
        telephone.set_up()


def test_the_tests_own_work_runs_in_the_time_of_the_calls(telephone: Telephone) -> None:
    async def work() -> str:
        return "done"

    telephone.set_up()

    assert telephone.run(work()) == "done"


@pytest.mark.journey
def test_in_real_time_seconds_take_seconds(telephone: Telephone) -> None:
    telephone.set_up(real_time=True, greeting="Hi.", answers=["Yes."])
    call = telephone.ring()
    call.say("Well?")
    call.hang_up()

    assert call.agent_said == ["Hi.", "Yes."]
    assert call.record.state == "completed"


class Slot(msgspec.Struct):
    """Arguments."""

    day: int


class Slots:
    """A tool that tells a time, or raises."""

    @hookimpl
    def op26x_tools(self) -> list[Tool]:
        def next_slot(call: ToolCall, slot: Slot) -> datetime:
            if slot.day > 31:
                raise OverflowError
            return call.clock.now().replace(day=slot.day)

        return [Tool("next_slot", "Tells the next free time.", Slot, next_slot)]


def test_what_the_llm_is_told_of_tools_can_be_seen(telephone: Telephone) -> None:
    answers = [[Use("next_slot", {"day": 3}), Use("next_slot", {"day": 4})], "On the third."]
    telephone.set_up(Slots(), answers=answers, at=datetime(2027, 5, 1, 22, tzinfo=UTC))
    call = telephone.ring()
    call.say("When?")

    assert [one["result"][:13] for one in call.told] == ["2027-05-03T22", "2027-05-04T22"]
    assert telephone.asked[0][-1] == {"role": "user", "content": "When?"}


def test_a_tool_that_raises_is_told_and_fails_the_test(tmp_path: Path) -> None:
    telephone = Telephone(tmp_path)
    telephone.set_up(Slots(), answers=[[Use("next_slot", {"day": 32})], "Never."])
    call = telephone.ring()
    call.say("When?")

    assert call.told == [{"error": "next_slot failed: OverflowError"}]
    with pytest.raises(AssertionError, match=r"a tool failed .*next_slot") as raised:
        telephone.close()
    assert isinstance(raised.value.__cause__, OverflowError)


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ([[Use("next_slot", {"day": "monday"})], "Booked."], "wrong arguments: Expected `int`"),
        ([[Use("nope")], "Booked."], "'nope' that the agent does not have"),
        ([[Use("next_slot", {"day": 3})]], "the script ends with a tool"),
    ],
)
def test_a_script_that_uses_tools_wrongly_fails_the_test(tmp_path: Path, answers: list[Any], what: str) -> None:
    telephone = Telephone(tmp_path)
    telephone.set_up(Slots(), answers=answers)
    call = telephone.ring()
    call.say("When?")

    with pytest.raises(AssertionError, match=re.escape(what)):
        telephone.close()


def test_say_returns_when_the_whole_answer_was_heard(telephone: Telephone) -> None:
    telephone.set_up(answers=[[Say("One. "), Wait(1.5), Say("Two. "), Wait(1.5), Say("Three.")]])
    call = telephone.ring()
    call.say("Count.")

    assert call.agent_said[-1] == "One. Two. Three."


@pytest.mark.parametrize(
    ("arguments", "options", "what"),
    [
        (["op26x_keyword"], {}, "pass the module itself"),
        ([Breaks], {}, r"pass an instance, Breaks\(\)"),
        ([], {"answers": "Yes sir."}, "pass a list"),
        ([], {"answers": [["One."]]}, "pass a list"),
        ([], {"settings": {"recording": "off"}}, "'recording' is no environment variable"),
    ],
)
def test_what_is_set_up_wrongly_is_said(
    telephone: Telephone, arguments: list[Any], options: dict[str, Any], what: str
) -> None:
    with pytest.raises(TypeError, match=what):
        telephone.set_up(*arguments, **options)


def test_a_call_that_was_refused_before_it_was_placed_has_a_record(telephone: Telephone) -> None:
    class No:
        @hookimpl
        def op26x_call_arriving(self) -> Refuse:
            return Refuse("no")

    telephone.set_up(No())
    call = telephone.place()

    assert call.rejected == "The call was refused: no."
    assert (call.record.state, call.record.end_reason) == ("failed", "refused: no")


def test_the_number_that_is_called_is_told(telephone: Telephone) -> None:
    class Knows:
        called = ""

        @hookimpl
        def op26x_route_call(self, arrival: Any) -> None:
            self.called = arrival.called.reveal()

    plugin = Knows()
    telephone.set_up(plugin)
    telephone.ring(called="+12125550777")

    assert plugin.called == "+12125550777"


@pytest.mark.parametrize("written", ["0033123456789", "+33 1 23 45 67 89", "whatsapp:+33123456789", "+33123456789"])
def test_a_number_is_the_same_in_every_form_as_on_a_line(telephone: Telephone, written: str) -> None:
    class Blocks:
        @hookimpl
        def op26x_call_arriving(self, arrival: Any) -> Refuse | None:
            return Refuse("blocked") if arrival.caller.reveal() == "+33123456789" else None

    telephone.set_up(Blocks())
    assert telephone.ring(written).rejected == "The call was refused: blocked."
    assert telephone.ring("anonymous").rejected == ""


def test_an_answer_may_be_as_long_as_it_is(telephone: Telephone) -> None:
    telephone.set_up(answers=["This goes on and on. " * 60], limits={"duration_s": 600.0})
    call = telephone.ring()
    call.say("Tell me all.")

    assert len(call.heard) / 16000 > 70
    assert call.agent_said[-1].count("This goes on and on.") == 60
