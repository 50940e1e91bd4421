"""What is heard and said in one call, as each sink may have it."""

from dataclasses import replace

import pytest

from op26x.calls import TurnInfo
from op26x.policy import RedactAction, Redaction, Rules, Sink
from op26x.redaction import LEVELS
from op26x.types import Personal, Recognizer, Word
from op26x.voice.conversation.redacted import CallRedaction
from op26x.voice.turns.turns import UnredactedTurn

SECRETS = Rules(redact=LEVELS["secrets"])
EVERYTHING = Rules(redact=LEVELS["everything"])


def turn(text: str, speaker: str = "caller", words: tuple[Word, ...] = ()) -> UnredactedTurn:
    return UnredactedTurn(1, speaker, Personal(text), 0, 1000, words=words)


def spoken(text: str) -> tuple[Word, ...]:
    return tuple(Word(Personal(word), at * 100, at * 100 + 90) for at, word in enumerate(text.split()))


def heard(redaction: CallRedaction, text: str, words: tuple[Word, ...] = ()) -> str:
    return redaction.heard(Personal(text), words)


def asked(redaction: CallRedaction, question: str) -> None:
    redaction.for_sinks(turn(question, "agent"))


def said(view: TurnInfo) -> str:
    return view.text.reveal()


def words_of(view: TurnInfo) -> list[str]:
    return [word.text.reveal() for word in view.words]


def test_each_sink_has_its_view() -> None:
    live = Redaction(Sink.LIVE, "PERSON", RedactAction.MASK)
    redaction = CallRedaction(Rules(redact=SECRETS.redact | {live}), "en")
    asked(redaction, "What is your name, and your PIN?")
    text = "it is Daniel Okafor and the pin is 4 8 2 1"
    told = heard(redaction, text, spoken(text))
    assert told == "it is Daniel Okafor and the pin is <PIN_1>"
    views = redaction.for_sinks(turn(told, words=spoken(text)))
    assert said(views.transcript) == said(views.plugins) == told
    assert said(views.live) == "it is <PERSON> and the pin is <PIN_1>"
    assert words_of(views.transcript)[-4:] == ["<PIN_1>", "", "", ""]
    assert words_of(views.live)[2:4] == ["<PERSON>", ""]


def test_a_sink_may_have_what_the_llm_may_not() -> None:
    redaction = CallRedaction(Rules(redact=frozenset({Redaction(Sink.LLM, "ALL", RedactAction.PLACEHOLDER)})), "en")
    told = heard(redaction, "my name is Daniel Okafor")
    assert told == "my name is <PERSON_1>"
    assert said(redaction.for_sinks(turn(told)).transcript) == "my name is Daniel Okafor"


def test_a_turn_of_several_pieces_is_put_together_again() -> None:
    redaction = CallRedaction(Rules(redact=frozenset({Redaction(Sink.LLM, "ALL", RedactAction.PLACEHOLDER)})), "en")
    asked(redaction, "Could you read me the card number?")
    told = [heard(redaction, piece) for piece in ("sure, 4111 1111", "then 1111 1111")]
    assert told == ["sure, <CARD_1>", "then <CARD_2>"]
    assert said(redaction.for_sinks(turn(" ".join(told))).live) == "sure, 4111 1111 then 1111 1111"
    assert said(redaction.for_sinks(turn("thanks")).live) == "thanks", "nothing of the turn before is left"


def test_words_that_the_text_has_not_tell_nothing_of_a_turn_with_something_personal() -> None:
    redaction = CallRedaction(SECRETS, "en")
    told = heard(redaction, "my pin is 4821", spoken("my pin is forty eight twenty one"))
    assert words_of(redaction.for_sinks(turn(told, words=spoken("x"))).transcript) == [
        "my",
        "pin",
        "is",
        "",
        "",
        "",
        "",
    ]


def test_the_agent_that_reads_something_back_is_redacted_too() -> None:
    redaction = CallRedaction(EVERYTHING, "en")
    asked(redaction, "What is your phone number?")
    heard(redaction, "020 7946 0958")
    assert said(redaction.for_sinks(turn("So that is 020 7946 0958?", "agent")).plugins) == "So that is <PHONE_1>?"


@pytest.mark.parametrize(
    ("needs", "told"), [({"CARD"}, "4111111111111111"), (set(), "<CARD_1>"), ({"PIN"}, "<CARD_1>")]
)
def test_a_tool_is_given_what_it_needs(needs: set[str], told: str) -> None:
    redaction = CallRedaction(SECRETS, "en")
    asked(redaction, "Your card number?")
    heard(redaction, "4111 1111 1111 1111")
    assert redaction.for_tool({"card": "<CARD_1>", "amount": 3}, frozenset(needs)) == {"card": told, "amount": 3}


def test_a_tool_is_given_what_tools_may_have() -> None:
    redaction = CallRedaction(Rules(redact=frozenset({Redaction(Sink.LLM, "ALL", RedactAction.PLACEHOLDER)})), "en")
    heard(redaction, "my name is Daniel Okafor")
    assert redaction.for_tool({"name": "<PERSON_1>"}, frozenset()) == {"name": "Daniel Okafor"}


def test_what_a_tool_returns_is_read_with_the_name_of_its_field() -> None:
    redaction = CallRedaction(SECRETS, "en")
    told = redaction.from_tool({"card_number": "4111 1111 1111 1111", "notes": ["pin 4821", "<CARD_1>"], "seats": 4})
    assert told == {"card_number": "<CARD_1>", "notes": ["pin <PIN_1>", "CARD 1"], "seats": 4}


def test_what_a_plugin_recognizes_is_redacted() -> None:
    badge = Recognizer.pattern("STAFF_NUMBER", r"SN-\d{6}")
    broken = Recognizer("BROKEN", lambda text: [(0, len(text) // 0)])
    redaction = CallRedaction(SECRETS, "en", [broken, badge])
    assert heard(redaction, "my badge says SN-104233") == "my badge says <STAFF_NUMBER_1>"


def test_where_nothing_is_redacted_everything_is_as_it_was() -> None:
    redaction = CallRedaction(Rules(), "en")
    said_so = turn("my pin is 4821", words=spoken("my pin is 4821"))
    assert heard(redaction, "my pin is 4821 <CARD_1>") == "my pin is 4821 <CARD_1>"
    views = redaction.for_sinks(said_so)
    assert views.transcript == views.live == views.plugins
    assert (views.live.text, views.live.words) == (said_so.text, said_so.words)
    assert redaction.from_tool({"pin": "4821"}) == redaction.live({"pin": "4821"}) == {"pin": "4821"}
    assert redaction.hint == ""


def test_whatever_is_masked_for_plugins_is_in_no_word_of_theirs() -> None:
    redaction = CallRedaction(EVERYTHING, "en")
    text = "i am daniel okafor, born on the fourth of march 1982, at daniel dot okafor at gmail dot com"
    view = redaction.for_sinks(replace(turn(heard(redaction, text, spoken(text))), words=spoken(text))).plugins
    told = f"{said(view)} {' '.join(words_of(view))}"
    assert not any(word in told for word in ("daniel", "okafor", "fourth", "1982", "gmail"))
