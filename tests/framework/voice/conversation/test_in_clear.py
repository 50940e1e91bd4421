"""What of a call was told in clear, and to whom."""

import pytest

from op26x.policy import Rules
from op26x.processors.disclosures import VOICE
from op26x.redaction import LEVELS
from op26x.types import Personal
from op26x.voice.conversation.in_clear import CARRIER, LLM, TTS, InClear
from op26x.voice.conversation.redacted import CallRedaction
from op26x.voice.turns.turns import UnredactedTurn


def said(redaction: CallRedaction, speaker: str, text: str) -> None:
    """A turn of either side."""
    told = redaction.heard(Personal(text)) if speaker == "caller" else text
    redaction.for_sinks(UnredactedTurn(1, speaker, Personal(told), 0, 1000))


@pytest.fixture
def call() -> CallRedaction:
    """In which a name, a number and a PIN came up, and a card was entered."""
    redaction = CallRedaction(Rules(redact=LEVELS["secrets"]), "en")
    said(redaction, "agent", "What is your name, and your PIN?")
    said(redaction, "caller", "it is Daniel Okafor and the pin is 4 8 2 1, my number is 020 7946 0958")
    said(redaction, "agent", "Thank you, Daniel Okafor. And your card, please?")
    redaction.for_tool({"text": "Appointment for <PIN_1> on Monday"}, frozenset({"PIN"}), "note")
    redaction.protect("CARD")
    redaction.entered("CARD", "4242424242424242", "collect_digits")
    redaction.for_tool({"card": "<CARD_1>", "pin": "<PIN_1>", "name": "Daniel Okafor"}, frozenset({"CARD"}), "pay")
    redaction.from_tool({"email": "daniel@example.com"})
    return redaction


@pytest.mark.parametrize(
    ("roles", "told"),
    [
        ((VOICE, "stt"), {"PERSON": 1, "PIN": 1, "PHONE": 1}),
        ((VOICE, CARRIER), {"PERSON": 1, "PIN": 1, "PHONE": 1, "CARD": 1}),
        ((LLM,), {"PERSON": 1, "PHONE": 1, "EMAIL": 1}),
        ((TTS,), {"PERSON": 1}),
        (("tool pay",), {"CARD": 1, "PERSON": 1}),
        (("tool note",), {"PIN": 1}),
        (("tool collect_digits",), {"CARD": 1}),
        (("tool other",), {}),
    ],
)
def test_each_role_is_told_what_it_has_to_do_with(
    call: CallRedaction, roles: tuple[str, ...], told: dict[str, int]
) -> None:
    assert isinstance(call.clear, InClear)
    assert call.clear.counted(roles) == told


def test_where_nothing_is_looked_for_nothing_is_known() -> None:
    redaction = CallRedaction(Rules(), "en")
    said(redaction, "caller", "my pin is 4821")
    assert redaction.clear is None


def test_what_an_agent_says_that_the_llm_should_not_know_was_told_all_the_same() -> None:
    redaction = CallRedaction(Rules(redact=LEVELS["everything"]), "en")
    said(redaction, "agent", "Thank you, Daniel Okafor, I have your card as <CARD_1>.")
    assert redaction.clear is not None
    assert redaction.clear.counted((TTS,)) == redaction.clear.counted((LLM,)) == {"PERSON": 1}


def test_where_nothing_was_looked_for_from_the_start_nothing_is_said() -> None:
    redaction = CallRedaction(Rules(), "en")
    said(redaction, "caller", "my pin is 4821")
    redaction.protect("CARD")
    redaction.entered("CARD", "4242424242424242", "pay")
    assert redaction.clear is None
