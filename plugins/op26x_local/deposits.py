"""Deposits for the invented clinic: the tool that takes them, and what the rehearsal LLM asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
from stdnum import luhn

from op26x.agents import Tool, ToolCall, ToolResult

AMOUNT = "20 dollars"
QUESTIONS: Mapping[str, str] = {
    "card": "What is your card number?",
    "email": "Which e-mail address should the receipt go to?",
    "code": "We have texted you a code of six digits. What is it?",
}
"""What is asked, in this order."""
LABELS: Mapping[str, str] = {"card": "CARD", "email": "EMAIL", "code": "ONE_TIME_CODE"}
PLACEHOLDER = re.compile(r"<([A-Z_]+)_\d+>", re.IGNORECASE)
RIGHT: Mapping[str, re.Pattern[str]] = {
    "card": re.compile(r"\d{12,19}"),
    "email": re.compile(r"[^@\s<>]+@[^@\s<>]+\.[a-z]{2,}"),
    "code": re.compile(r"\d{6}"),
}


class Deposit(msgspec.Struct):
    """Arguments of ``pay_deposit``."""

    card: Annotated[str, msgspec.Meta(description="The number of the caller's card")]
    email: Annotated[str, msgspec.Meta(description="Where the receipt goes")]
    code: Annotated[str, msgspec.Meta(description="The code that the caller was texted")]


async def pay_deposit(_call: ToolCall, deposit: Deposit) -> ToolResult:
    """Takes one, if there is a real card, a real address and a real code: a placeholder pays for nothing."""
    given = msgspec.to_builtins(deposit)
    wrong = [name for name, form in RIGHT.items() if not form.fullmatch(given[name])]
    if not (wrong or luhn.is_valid(deposit.card)):
        wrong = ["card"]
    if wrong:
        return ToolResult({"error": f"These are not right: {', '.join(wrong)}.", "wrong": wrong})
    return ToolResult({"status": "paid", "amount": AMOUNT, "receipt": "sent"}, outcome="deposit-paid")


def tool() -> Tool:
    """The tool."""
    return Tool(
        "pay_deposit",
        "Takes a deposit from the caller's card.",
        Deposit,
        pay_deposit,
        needs=frozenset(LABELS.values()),
    )


@dataclass
class Payment:
    """What the dialogue has told of a deposit.

    Attributes:
        wanted: The caller wants to pay one.
        told: What they told of it, as placeholders or in words.
        paid: It was taken.
    """

    wanted: bool = False
    told: dict[str, str] = field(default_factory=dict)
    paid: bool = False

    @property
    def missing(self) -> str:
        """What is to be asked for next."""
        return next((name for name in QUESTIONS if name not in self.told), "")

    def listen(self, text: str, asked: str) -> None:
        """Takes what the caller said.

        Args:
            text: In lower case.
            asked: What the agent had asked for.
        """
        self.wanted = self.wanted or bool(re.search(r"\bpay\b|\bdeposit\b", text))
        placeholders = {match[1].upper(): match[0].upper() for match in PLACEHOLDER.finditer(text)}
        for name, label in LABELS.items():
            if label in placeholders:
                self.told[name] = placeholders[label]
        if asked in QUESTIONS and not placeholders and re.search(r"\d", text):
            self.told[asked] = "".join(re.findall(r"\d", text)) if asked != "email" else text

    def result(self, result: Mapping[str, object]) -> None:
        """Takes what the tool returned."""
        self.paid = self.paid or result.get("status") == "paid"
        wrong = result.get("wrong")
        for name in wrong if isinstance(wrong, list) else []:
            self.told.pop(name, None)
