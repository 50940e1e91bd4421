"""Letters that were said one by one, as names and addresses are."""

import pytest

from framework.redaction.marked import marked
from op26x.redaction.reading import read
from op26x.redaction.recognizers.spelling import is_spelling, spelled_after


@pytest.mark.parametrize(
    "said",
    [
        "my name is [Smith, s m i t h](PERSON)",
        "my name is [Dunmore, that's D-U-N-M-O-R-E](PERSON)",
        "my name is [Priya, spelled p r i y a](PERSON)",
        "it's spelled [k n i g h t](PERSON)",
        "[K-N-I-G-H-T](PERSON)",
        "[T for table H like hotel O as in oscar M for mother](PERSON)",
        "I spell it [double l o y d](PERSON)",
        "spelled [a n n a](PERSON)",
    ],
)
def test_letters_spell_a_name(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: Can you spell your name?", "[s m i t h](PERSON)"),
        ("agent: Can you spell that?", "my name is [Xqvarez](PERSON)", "agent: Spell it?", "[x q v a r e z](PERSON)"),
        ("agent: Your last name?", "[double l o y d](PERSON)"),
        ("agent: Your last name?", "[S for sugar, M for mother, I, T, H](PERSON)"),
        ("agent: Your last name?", "[m r o h](PERSON)"),
    ],
)
def test_letters_spell_what_the_agent_asked_for(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "said",
    [
        "I work for the f b i",
        "it's a u s b cable",
        "a b c",
        "the r s v p",
        "plan b is fine",
        "I saw a t v ad",
        "U.S.A.",
    ],
)
def test_other_letters_spell_nothing(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("s m i t h", 5),
        ("S for sugar", None),
        ("S for sugar M for mother", 6),
        ("s m 4", None),
        ("AB CD", None),
        ("o n e two", None),
        ("word", None),
        ("", None),
    ],
)
def test_a_spelling_is_two_letters_or_more(text: str, after: int | None) -> None:
    assert spelled_after(read(text, "caller", (), (), "en"), 0) == after


def test_a_zero_may_have_been_an_o() -> None:
    (run,) = read("r o n", "caller", (), (), "en").runs
    assert (run.chars, is_spelling(run)) == ("R0N", True)
