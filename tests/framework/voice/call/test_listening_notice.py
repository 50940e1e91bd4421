"""Whoever must be told that a machine listens is not listened to before it is proved that they were told."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from op26x import Provider, hookimpl
from op26x.consent import Right
from op26x.policy import Rules
from op26x.testing import Telephone
from op26x.testing.caller import Caller
from op26x.testing.stand_ins import CallersWords, HeardUtterance
from op26x.voice.conversation.conversation import Conversation

LISTENING = "A machine listens to this call so that it can answer you."


class Overhears:
    """Demands the notice, and notes each time that speech recognition begins."""

    def __init__(self) -> None:
        self.stt = CallersWords()
        self.begun = 0
        begin = self.stt.utterance

        def noted() -> HeardUtterance:
            self.begun += 1
            return begin()

        self.stt.utterance = noted  # type: ignore[method-assign]

    @hookimpl
    def op26x_policy_for_call(self) -> Rules:
        return Rules(listening_notice=True)

    @hookimpl
    def op26x_stt_service(self) -> Provider[object]:
        return Provider("overhears", lambda request: self.stt)


@pytest.fixture
def telephone(tmp_path: Path) -> Iterator[Telephone]:
    """A line in New York, where no law demands the notice."""
    made = Telephone(tmp_path)
    yield made
    made.close()


def test_it_is_said_before_the_greeting_and_then_the_caller_is_heard(telephone: Telephone) -> None:
    plugin = Overhears()
    telephone.set_up(plugin, stt="overhears")
    call = telephone.ring()
    assert call.agent_said == [LISTENING, "Hello."]
    assert plugin.begun == 0
    call.say("Good morning.")
    assert plugin.begun == 1


def lose_marks(monkeypatch: pytest.MonkeyPatch, at_most: int) -> list[str]:
    """Loses the first marks of a call; returns those that were lost."""
    lost: list[str] = []
    send = Caller.send_mark

    async def send_mark(self: Caller, name: str) -> None:
        if len(lost) < at_most:
            lost.append(name)
        else:
            await send(self, name)

    monkeypatch.setattr(Caller, "send_mark", send_mark)
    return lost


def test_what_is_said_before_its_mark_has_come_reaches_nobody(
    telephone: Telephone, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = Overhears()
    telephone.set_up(plugin, stt="overhears")
    speak = Caller.live

    def live(self: Caller) -> None:
        speak(self)
        self.say("I am sick.", 0.4)  # the notice takes half a second

    monkeypatch.setattr(Caller, "live", live)
    call = telephone.ring()
    call.hang_up()
    assert (plugin.begun, call.caller_said) == (0, [])


def test_what_is_said_before_the_pipeline_has_started_reaches_nobody_either(
    telephone: Telephone, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = Overhears()
    telephone.set_up(plugin, stt="overhears")
    started, speak = Conversation._on_started, Caller.live

    async def late(self: Conversation, worker: object, frame: object) -> None:
        await asyncio.sleep(3)
        await started(self, worker, frame)

    def live(self: Caller) -> None:
        speak(self)
        self.say("I am sick.", 1.0)

    monkeypatch.setattr(Conversation, "_on_started", late)
    monkeypatch.setattr(Caller, "live", live)
    call = telephone.ring()
    call.hang_up()
    assert (plugin.begun, call.caller_said) == (0, [])


@pytest.mark.parametrize("lost", [1, 99], ids=["the first mark", "every mark"])
def test_it_is_said_once_more_if_its_mark_is_lost_and_without_proof_the_call_ends(
    telephone: Telephone, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    plugin = Overhears()
    telephone.set_up(plugin, stt="overhears", may_fail=True)
    lose_marks(monkeypatch, lost)
    call = telephone.ring()
    if lost == 1:
        assert call.agent_said == [LISTENING, LISTENING, "Hello."]
        return
    assert call.over
    assert call.record.end_reason == "listening-not-announced"
    assert plugin.begun == 0


def test_keys_are_heard_all_the_time(telephone: Telephone, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = Overhears()
    telephone.set_up(plugin, stt="overhears")
    speak = Caller.live

    def live(self: Caller) -> None:
        speak(self)
        self.tasks.append(self._loop.create_task(self.press("*3")))

    monkeypatch.setattr(Caller, "live", live)
    call = telephone.ring()
    call.hang_up()
    assert [event.text for event in call.events if event.kind == "right"] == [Right.SUPPRESS.value]
