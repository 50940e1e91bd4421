"""The till of the invented clinic, and what the rehearsal LLM asks for it."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from op26x.agents import ToolCall, call_tool
from op26x_local.deposits import QUESTIONS, tool
from op26x_local.rehearsal import Say, Use, decide

RIGHT = {"card": "4242424242424242", "email": "john@example.com", "code": "739164"}


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"card": "<CARD_1>"}, ["card"]),
        ({"card": "4242424242424241"}, ["card"]),
        ({"email": "<EMAIL_1>", "code": "12"}, ["email", "code"]),
    ],
)
async def test_nobody_pays_with_a_placeholder(changed: dict[str, str], wrong: list[str]) -> None:
    result = await call_tool(tool(), ToolCall("01CALL", "rehearsal"), {**RIGHT, **changed})
    assert result.data.get("wrong", []) == wrong
    assert result.outcome == ("" if wrong else "deposit-paid")


def talk(turns: Sequence[str | dict[str, Any]]) -> Say | Use:
    """The next thing to do after a dialogue: what the caller says, and what the tool returns."""
    messages: list[dict[str, Any]] = []
    for turn in turns:
        if isinstance(turn, dict):
            messages.append({"role": "tool", "content": json.dumps(turn)})
        else:
            messages.append({"role": "user", "content": turn})
        done = decide(messages)
        if isinstance(done, Say):
            messages.append({"role": "assistant", "content": done.text})
    return done


PAYS = ("i would like to pay the deposit", "<CARD_1>", "my email is <EMAIL_1>", "the code is <ONE_TIME_CODE_1>")
PAID = Use("pay_deposit", {"card": "<CARD_1>", "email": "<EMAIL_1>", "code": "<ONE_TIME_CODE_1>"})


@pytest.mark.parametrize(
    ("turns", "then"),
    [
        (PAYS[:1], Say(QUESTIONS["card"])),
        (PAYS[:2], Say(QUESTIONS["email"])),
        (("i want to pay", "hold on"), Say(QUESTIONS["card"])),
        (("i want to pay", "4242 4242 4242 4242"), Say(QUESTIONS["email"])),
        (PAYS, PAID),
        ((*PAYS, {"error": "These are not right.", "wrong": ["code"]}), Say(QUESTIONS["code"])),
        ((*PAYS, {"status": "paid"}), Say("Thank you, your deposit of 20 dollars is paid. Is there anything else?")),
        ((*PAYS, {"status": "paid"}, "no, goodbye"), Use("end_call")),
    ],
)
def test_what_is_missing_is_asked_for(turns: Sequence[str | dict[str, Any]], then: Say | Use) -> None:
    assert talk(turns) == then
