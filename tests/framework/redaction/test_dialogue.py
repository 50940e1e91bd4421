"""Dialogues: what was asked, what was heard before, and the entities of each turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.redaction.marked import marked
from op26x.errors import PluginError
from op26x.redaction import Dialogue, Entity, Span, Turn, redact_dialogue, try_out
from op26x.types import Recognizer

# Several turns.


@pytest.mark.parametrize(
    "turns",
    [
        (
            "agent: What's your card number?",
            "[four one one one](CARD)",
            "agent: Mhm.",
            "[one one one one](CARD)",
            "agent: Go on.",
            "[one one one one](CARD)",
            "agent: Okay, and the rest?",
            "[one one one one](CARD)",
        ),
        (
            "agent: Your phone number?",
            "[two one two](PHONE)",
            "agent: Yes?",
            "[five five five](PHONE)",
            "agent: Got it.",
            "[oh one two three](PHONE)",
        ),
        (
            "agent: And your Aadhaar?",
            "[2345](AADHAAR)",
            "agent: ji",
            "[6789](AADHAAR)",
            "agent: aage?",
            "[0124](AADHAAR)",
        ),
        (
            "agent: What's your passport number?",
            "[k one two](PASSPORT)",
            "agent: Okay.",
            "[three four five six seven](PASSPORT)",
        ),
        (
            "agent: What's your card number?",
            "[4111 1111 1111 1111](CARD)",
            "agent: And the expiry date?",
            "[09 27](CARD_EXPIRY)",
            "agent: And the three digits on the back?",
            "[123](CVV)",
            "agent: And the name on the card?",
            "[Emily Watson](PERSON)",
        ),
        (
            "agent: What's your sort code?",
            "[twenty](SORT_CODE)",
            "agent: Yes.",
            "[thirty](SORT_CODE)",
            "agent: And?",
            "[forty](SORT_CODE)",
        ),
    ],
)
def test_a_number_is_found_that_takes_several_turns(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("my card is [4111 1111 1111 1111](CARD)", "agent: I have [four one one one](CARD), is that right?"),
        ("my phone is [212-555-0123](PHONE)", "agent: So it's [2125550123](PHONE)?"),
        ("my phone is [212-555-0123](PHONE)", "agent: The last bit is [0123](PHONE)?"),
        ("my account is [12345678](BANK_ACCOUNT)", "agent: [one two three four five six seven eight](BANK_ACCOUNT)?"),
        ("agent: Your PIN?", "[4821](PIN)", "agent: [4821](PIN), thank you.", "yes, [4821](PIN)"),
        ("agent: Your zip code?", "[90210](POSTCODE)", "agent: [9 0 2 1 0](POSTCODE), okay."),
        ("my email is [jane@example.com](EMAIL)", "agent: [jane@example.com](EMAIL), right?"),
        ("my email is [jane@example.com](EMAIL)", "agent: That's [jane at example dot com](EMAIL)?"),
        ("my name is [Xqvarez](PERSON)", "agent: Thank you [Xqvarez](PERSON), one moment."),
        ("I live at [42 Elm Street](ADDRESS)", "agent: [42 Elm Street](ADDRESS), got it."),
        ("my passport is [533401372](PASSPORT)", "agent: [five three three four](PASSPORT) and then?"),
    ],
)
def test_what_the_agent_heard_is_found_when_it_says_it_again(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: What's your card number?", "I don't want to give you that"),
        ("agent: What's your card number?", "no", "agent: Then I can't help.", "fine"),
        ("agent: What's your date of birth?", "why do you need it"),
        ("agent: What's your phone number?", "you have it on file"),
        ("agent: What's your address?", "that's none of your business"),
        ("agent: What's your name and email?", "I'd rather not say"),
        ("agent: Your PIN please?", "I forgot it, sorry"),
        ("agent: Wie ist Ihre Kartennummer?", "das möchte ich nicht sagen"),
        ("agent: ¿Cuál es su número de tarjeta?", "no quiero darlo"),
        ("agent: Quel est votre numéro de carte ?", "je ne veux pas le dire"),
        ("agent: Aapka card number?", "main nahi bataunga"),
    ],
)
def test_a_caller_who_refuses_says_nothing_secret(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: Your PIN?", "hold on", "agent: Sure.", "[four eight two one](PIN)"),
        ("agent: Your PIN?", "which one?", "agent: The one you chose.", "[four eight two one](PIN)"),
        ("agent: Your account number?", "sorry?", "agent: Again, please.", "[one two three four](BANK_ACCOUNT)"),
    ],
)
def test_a_question_is_still_open_after_another_word(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: Your PIN?", "[four eight two one](PIN)", "agent: How many?", "a dozen", "agent: When?", "at 4:30"),
        ("agent: Your card number?", "later", "agent: Do you want it today?", "yes", "agent: At what time?", "five"),
    ],
)
def test_a_question_is_over_when_the_agent_asks_for_something_else(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: So the code is one we sent.", "agent: It is for your order."),
        ("agent: We open at 9 and close at 17:30.",),
        ("agent: That will be 4821 dollars.",),
        ("agent: Press 1 for sales, 2 for support.",),
        ("agent: Your order 4829130 ships on the 4th of March.",),
        ("agent: Call us back at any time.",),
    ],
)
def test_what_the_agent_says_of_its_business_is_nobodys_secret(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


# One turn.


@pytest.mark.parametrize(
    "said",
    [
        "I'm [Emily Watson](PERSON), [42 Elm Street](ADDRESS), [jane@example.com](EMAIL), phone [212-555-0123](PHONE)",
        "my name is [Emily](PERSON), my pin is [4821](PIN) and I was born on [4 March 1982](DATE_OF_BIRTH)",
        "my card [4111 1111 1111 1111](CARD) for order 482913",
    ],
)
def test_several_entities_are_found_in_one_turn(said: str) -> None:
    assert marked(said) == (said,)


def test_what_two_recognisers_find_is_one_span_with_the_more_certain_label() -> None:
    said = "my email is [4111111111111111@example.com](EMAIL)"
    assert marked(said) == (said,)


def test_what_is_said_twice_with_a_correction_between_is_one_span() -> None:
    said = "I'm [Emily, no sorry, Emma](PERSON)"
    assert marked(said) == (said,)


def test_a_language_may_be_given_instead_of_being_told_from_what_is_said() -> None:
    text = "acht zwei eins vier neun"
    assert Dialogue("fr").spans(Turn("caller", text)) == []
    assert Dialogue("de").spans(Turn("caller", text)) == [Span(0, len(text), Entity.PIN)]


def test_a_conversation_goes_on_in_the_language_that_it_began_in() -> None:
    turns = ("agent: Guten Tag, wie ist Ihre Kontonummer bitte?", "[eins zwo drei vier](BANK_ACCOUNT)")
    assert marked(*turns) == turns


def test_a_conversation_without_turns_has_no_entities() -> None:
    assert redact_dialogue([]) == []


def test_what_is_said_beside_the_conversation_answers_nothing_and_is_not_remembered() -> None:
    dialogue = Dialogue("en")
    dialogue.spans(Turn("agent", "What is your card number?"))
    assert dialogue.beside(Turn("tool", "it has 12 to 19 digits")) == []
    assert dialogue.beside(Turn("tool", "4242 4242 4242 4242")) == [Span(0, 19, Entity.CARD)]
    assert dialogue.spans(Turn("caller", "4242")) == [Span(0, 4, Entity.CARD)]


def test_what_is_previewed_is_found_as_in_the_turn_itself_and_is_not_remembered() -> None:
    dialogue = Dialogue()
    question, answer = Turn("agent", "What's your password?"), Turn("caller", "pineapple")
    assert dialogue.preview(question) == dialogue.preview(answer) == []
    dialogue.spans(question)
    assert dialogue.preview(answer) == dialogue.spans(answer) == [Span(0, 9, Entity.PASSWORD)]


# Any conversation.

PIECES = """
my name is card number pin four one double oh the a S for sugar at gmail dot com born on march 4th I'm street no sorry
4111 1111-1111 +1 (212) 555-0123 42 Elm Street . , ? ! : - @ $5 AB12 1982 O'Brien um Daniel Okafor password email order
https://x.y?token=z 192.168.0.1 :: j@x.io मेरा नौ है । straße zwo veintiuno quatre-vingt \u0301 \u200d 😀 's
"""
WRITTEN = st.text(st.characters(exclude_categories=["No"]), max_size=80)
SAID = st.lists(st.sampled_from(PIECES.split()), max_size=25).map(" ".join)
TEXTS = st.one_of(WRITTEN, SAID)
TURNS = st.lists(st.builds(Turn, st.sampled_from(["agent", "caller"]), TEXTS), max_size=6)


@given(TURNS)
def test_spans_are_in_the_text_in_order_apart_and_not_empty(turns: list[Turn]) -> None:
    for turn, spans in zip(turns, redact_dialogue(turns), strict=True):
        ends = [0, *(place for span in spans for place in (span.start, span.end)), len(turn.text)]
        assert ends == sorted(ends)
        assert all(span.start < span.end for span in spans)
        assert {span.label for span in spans} <= set(Entity)


@given(TURNS)
def test_the_same_conversation_has_the_same_spans_again(turns: list[Turn]) -> None:
    assert redact_dialogue(turns) == redact_dialogue(turns)


@given(TURNS)
def test_spans_come_turn_by_turn_as_they_come_at_once(turns: list[Turn]) -> None:
    dialogue = Dialogue()
    assert [dialogue.spans(turn) for turn in turns] == redact_dialogue(turns)


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "hi", "xx"])
@given(text=TEXTS)
def test_any_text_is_read_in_any_language(language: str, text: str) -> None:
    for speaker in ("agent", "caller"):
        for span in Dialogue(language).spans(Turn(speaker, text)):
            assert 0 <= span.start < span.end <= len(text)


HARMLESS = "the order is late and we want to know when it will come back with our new shoes please"


@given(st.lists(st.lists(st.sampled_from(HARMLESS.split()), max_size=12).map(" ".join), max_size=4))
def test_plain_words_hold_nothing_secret(texts: list[str]) -> None:
    assert not any(redact_dialogue([Turn("caller", text) for text in texts]))


def test_a_recognizer_that_always_fails_is_told_before_any_call() -> None:
    try_out([Recognizer.pattern("BADGE", "b-1")])
    with pytest.raises(PluginError, match="The recognizer BROKEN raised ZeroDivisionError"):
        try_out([Recognizer("BROKEN", lambda text: [(0, len(text) // 0)])])
