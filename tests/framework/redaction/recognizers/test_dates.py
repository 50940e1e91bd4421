"""Dates: of birth where a birth is spoken of, of a card's expiry where that is; any other is nobody's secret."""

import pytest

from framework.redaction.marked import marked


@pytest.mark.parametrize(
    "said",
    [
        "my date of birth is [4/3/1982](DATE_OF_BIRTH)",
        "my date of birth is [04.03.82](DATE_OF_BIRTH)",
        "my date of birth is [1982-03-04](DATE_OF_BIRTH)",
        "I was born on [March 4th, 1982](DATE_OF_BIRTH)",
        "I was born on [the 4th of March 1982](DATE_OF_BIRTH)",
        "I was born [the fourth of march eighty two](DATE_OF_BIRTH)",
        "dob [the twenty-first of june nineteen sixty](DATE_OF_BIRTH)",
        "date of birth [march fourth nineteen eighty two](DATE_OF_BIRTH)",
        "my birthday is [May 9](DATE_OF_BIRTH)",
        "her birthday's on [the ninth of may](DATE_OF_BIRTH)",
        "d o b [oh four oh three nineteen eighty two](DATE_OF_BIRTH)",
        "born [12 Dec '79](DATE_OF_BIRTH)",
        "born on [the fifth of the sixth nineteen sixty](DATE_OF_BIRTH)",
        "born on [the thirty first of october two thousand and four](DATE_OF_BIRTH)",
        "I was born in [1954](DATE_OF_BIRTH), joined in 2001",
        "[the 4th of March 1982](DATE_OF_BIRTH) is my date of birth",
        "agent: I have your date of birth as [March 4th, 1982](DATE_OF_BIRTH).",
    ],
)
def test_a_date_is_of_a_birth_where_one_is_spoken_of(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "geboren am [4. März 1982](DATE_OF_BIRTH)",
        "mein Geburtsdatum ist der [vierte März neunzehnhundertzweiundachtzig](DATE_OF_BIRTH)",
        "mein Geburtsdatum ist [04.03.1982](DATE_OF_BIRTH)",
        "ich bin geboren am [einundzwanzigsten Juni neunzehnhundertsechzig](DATE_OF_BIRTH)",
        "mi fecha de nacimiento es [el 4 de marzo de 1982](DATE_OF_BIRTH)",
        "nací [el cuatro de marzo de mil novecientos ochenta y dos](DATE_OF_BIRTH)",
        "mi fecha de nacimiento es [el primero de mayo de mil novecientos setenta](DATE_OF_BIRTH)",
        "je suis née [le 4 mars 1982](DATE_OF_BIRTH)",
        "ma date de naissance est [le quatre mars mille neuf cent quatre-vingt-deux](DATE_OF_BIRTH)",
        "je suis né [le premier mai mille neuf cent soixante-dix](DATE_OF_BIRTH)",
        "mera janm [4 March 1982](DATE_OF_BIRTH) ko hua",
        "janam tithi hai [chaar march unnis sau bayasi](DATE_OF_BIRTH)",
        "मेरी जन्म तिथि [4 मार्च 1982](DATE_OF_BIRTH) है",
        "मेरा जन्मदिन है [चार मार्च उन्नीस सौ बयासी](DATE_OF_BIRTH)",
    ],
)
def test_births_are_told_in_other_languages(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: What's your date of birth?", "[March 4th](DATE_OF_BIRTH)"),
        ("agent: What's your date of birth?", "[04 03 82](DATE_OF_BIRTH)"),
        ("agent: What's your date of birth?", "uh, [four three eighty two](DATE_OF_BIRTH)"),
        ("agent: When were you born?", "[the fourth of march](DATE_OF_BIRTH)"),
        ("agent: Your date of birth?", "[march fourth](DATE_OF_BIRTH)"),
        ("agent: Your date of birth?", "why?", "agent: To find you.", "[4 March 1982](DATE_OF_BIRTH)"),
        ("agent: Wann sind Sie geboren?", "am [4. März](DATE_OF_BIRTH)"),
        ("agent: ¿Cuál es su fecha de nacimiento?", "[el 4 de marzo de 1982](DATE_OF_BIRTH)"),
        ("agent: Votre date de naissance ?", "[le 4 mars 1982](DATE_OF_BIRTH)"),
        ("agent: आपकी जन्म तिथि क्या है?", "[4 मार्च 1982](DATE_OF_BIRTH)"),
        ("agent: When does the card expire?", "[September 2027](CARD_EXPIRY)"),
        ("agent: What's the expiry date?", "[september twenty seven](CARD_EXPIRY)"),
    ],
)
def test_a_date_is_what_the_agent_asked_for(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "said",
    [
        "it expires in [September 2027](CARD_EXPIRY)",
        "expiry date [september twenty twenty seven](CARD_EXPIRY)",
        "valid thru [sep '27](CARD_EXPIRY)",
        "card [4111 1111 1111 1111](CARD), [September 2027](CARD_EXPIRY)",
        "sie ist gültig bis [September 2027](CARD_EXPIRY)",
        "caduca en [septiembre de 2027](CARD_EXPIRY)",
        "valable jusqu'au [septembre 2027](CARD_EXPIRY)",
    ],
)
def test_a_date_is_of_a_card_where_its_end_is_spoken_of(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "I ordered it on March 4th",
        "the appointment is on the 4th of June 2026 at ten",
        "my flight is on 04/03/2026",
        "you may have it by then",
        "march on to the next one",
        "it may 2 times fail",
        "I've been waiting since June",
        "the fourth of the five boxes is missing",
        "we came third in the march",
        "bis zum 4. März 2026 bitte",
        "el 4 de marzo de 2026 llega el paquete",
        "la livraison est le 4 mars 2026",
        "4 march ko delivery hai",
    ],
)
def test_any_other_date_is_nobodys_secret(said: str) -> None:
    assert marked(said) == (said,)


def test_somebody_who_says_a_name_says_a_date_of_long_ago_of_a_birth() -> None:
    said = "[Priya Raman](PERSON), [4 March 1982](DATE_OF_BIRTH)"
    assert marked(said) == (said,)


def test_a_date_that_the_agent_asked_for_an_order_is_nobodys_secret() -> None:
    turns = ("agent: When did you place the order?", "on the 4th of March 2026")
    assert marked(*turns) == turns
