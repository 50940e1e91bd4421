"""A typed conversation: the agent's LLM and tools, in turn, and what fails is said."""

from typing import Any

import msgspec
import pytest
from pipecat.frames.frames import Frame, LLMContextFrame, LLMFullResponseEndFrame, LLMFullResponseStartFrame
from pipecat.processors.frame_processor import FrameDirection

from op26x.agents import Agent, ServiceChoice, Tool, ToolCall, ToolResult
from op26x.clock import ManualClock
from op26x.errors import ProviderError
from op26x.testing.scripted_llm import Say, Script, ScriptedLLM, Use, Wait
from op26x.voice import chat as module
from op26x.voice.chat import Chat

AGENT = Agent("clinic", "Hello.", "Be brief.", llm=ServiceChoice("scripted-steps"))


class Nothing(msgspec.Struct):
    """No arguments."""


def chatting(*answers: list[Any], tools: list[Tool] | None = None) -> tuple[Chat, Script, list[tuple[str, Any, Any]]]:
    """A chat with a scripted LLM, what it is asked, and what its tools return."""
    script, used = Script(*answers), list[tuple[str, Any, Any]]()
    return Chat(AGENT, ScriptedLLM(script), tools or [], ManualClock(), lambda *use: used.append(use)), script, used


async def test_each_line_is_answered_and_the_conversation_is_remembered() -> None:
    chat, script, _ = chatting([Say("We are "), Say("open.")], [Say("Until six.")])
    async with chat.running():
        assert [await chat.say("are you open"), await chat.say("until when")] == ["We are open.", "Until six."]
    told = [[(m["role"], m["content"]) for m in asked if m["role"] != "system"] for asked in script.asked]
    assert told[1] == [
        ("assistant", "Hello."),
        ("user", "are you open"),
        ("assistant", "We are open."),
        ("user", "until when"),
    ]


async def test_a_tool_is_used_and_the_answer_is_what_comes_after_it() -> None:
    keys: list[str] = []

    async def look(call: ToolCall, _: Nothing) -> dict[str, str]:
        keys.append(call.idempotency_key)
        return {"free": "ten"}

    chat, _, used = chatting(
        [Use("look")], [Use("look")], [Say("At ten.")], tools=[Tool("look", "Looks.", Nothing, look)]
    )
    async with chat.running():
        assert await chat.say("when") == "At ten."
    assert used == [("look", {}, {"free": "ten"})] * 2
    assert keys == ["chat-1", "chat-2"]


async def test_what_was_said_beside_a_tool_is_part_of_the_answer_and_a_tool_may_end_it() -> None:
    async def end(_call: ToolCall, _: Nothing) -> ToolResult:
        return ToolResult({"status": "ending"}, end_call=True)

    chat, _, used = chatting([Say("Goodbye."), Use("end")], tools=[Tool("end", "Ends.", Nothing, end)])
    async with chat.running():
        assert (await chat.say("bye"), chat.over) == ("Goodbye.", True)
    assert used == [("end", {}, {"status": "ending"})]


class DeadAtFirst(ScriptedLLM):
    """Fails once."""

    failed = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answers a context; passes everything else on."""
        if isinstance(frame, LLMContextFrame) and not self.failed:
            self.failed = True
            await self.push_frame(LLMFullResponseStartFrame())
            await self.push_error("it is dead")
            await self.push_frame(LLMFullResponseEndFrame())
        else:
            await super().process_frame(frame, direction)


async def test_an_llm_that_fails_is_told_of_and_the_next_line_is_answered() -> None:
    chat = Chat(AGENT, DeadAtFirst(Script([Say("Here again.")])), [], ManualClock(), lambda *use: None)
    async with chat.running():
        with pytest.raises(ProviderError, match="it is dead"):
            await chat.say("hello")
        assert await chat.say("hello") == "Here again."


async def test_an_empty_answer_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ERROR_S", 0.01)
    chat, _, _ = chatting([])
    async with chat.running():
        assert (await chat.say("hello"), chat.over) == ("", False)


async def test_an_answer_that_does_not_come_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_S", 0.05)
    chat, _, _ = chatting([Use("nothing_of_that_name")], [])
    async with chat.running():
        with pytest.raises(ProviderError, match="did not answer"):
            await chat.say("hello")


async def test_what_is_said_right_after_a_failure_is_not_cut_off_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ERROR_S", 0.05)
    slowly = [Say("We are"), Wait(0.2), Say(" open.")]
    chat = Chat(AGENT, DeadAtFirst(Script(slowly)), [], ManualClock(), lambda *use: None)
    async with chat.running():
        with pytest.raises(ProviderError):
            await chat.say("hello")
        assert await chat.say("are you open") == "We are open."
