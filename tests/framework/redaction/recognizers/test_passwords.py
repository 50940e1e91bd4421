"""Passwords and ages: what is a word where it was asked for, and a number where it is said of somebody."""

import pytest

from framework.redaction.marked import marked


@pytest.mark.parametrize(
    "said",
    [
        "my password is [hunter2](PASSWORD)",
        "the password is [Tr0ub4dor&3](PASSWORD), please change it",
        "the password is [Tr0ub4dor&3](PASSWORD) and I changed it",
        "my password is wrong, I typed [teapot seven seven](PASSWORD)",
        "password: [purple horse battery staple](PASSWORD)",
        "my password's [blue-sky-99](PASSWORD)",
        "the password for the portal is [sunshine](PASSWORD)",
        "the memorable word is [pineapple](PASSWORD)",
        "the passcode is [four eight two one](PASSWORD)",
        "mein Passwort ist [Sonnenblume7](PASSWORD)",
        "mi contraseña es [girasol7](PASSWORD)",
        "mon mot de passe est [tournesol7](PASSWORD)",
        "mera password hai [sooraj7](PASSWORD)",
        "मेरा पासवर्ड hai [सूरज7](PASSWORD)",
    ],
)
def test_a_password_is_what_is_said_to_be_one(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: What's your password?", "[pineapple](PASSWORD)"),
        ("agent: What's the security word?", "it's [pineapple](PASSWORD)"),
        ("agent: What's your password?", "[capital P a s s one two three](PASSWORD)"),
        ("agent: Wie lautet Ihr Passwort?", "[Sonnenblume](PASSWORD)"),
        ("agent: What's your password?", "I forgot it"),
        ("agent: What's your password?", "no, I won't tell you"),
        ("agent: What's your password?", "why?"),
        ("agent: What's your password?", "um"),
        ("my password is wrong", "agent: Which one?", "[Harbour1983](PASSWORD)"),
        ("my password is wrong", "agent: What were you typing?", "[harbour nine nine](PASSWORD)"),
        ("agent: What's your password?", "too late for that"),
        ("my password is wrong", "agent: I have logged it as TKT789868."),
        ("agent: What's your password?", ""),
    ],
)
def test_a_password_is_what_answers_the_question_for_it(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "said",
    [
        "I forgot my password",
        "my password is wrong",
        "the password is not working",
        "can you reset the password for my account",
        "my password expired",
        "the password for the portal is",
    ],
)
def test_who_speaks_of_a_password_does_not_tell_it(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "my mother is [ninety four](AGE) years old",
        "I'm [92](AGE) years old",
        "she's [101](AGE)",
        "he is [ninety one](AGE)",
        "my grandmother turned [95](AGE) last week",
        "the patient, [93](AGE), fell",
        "my age is [ninety](AGE)",
        "a [96](AGE)-year-old man",
        "my dad's [90](AGE) now",
        "meine Oma ist [dreiundneunzig](AGE) Jahre alt",
        "mi abuela tiene [noventa y tres](AGE) años",
        "ma grand-mère a [quatre-vingt-treize](AGE) ans",
    ],
)
def test_an_age_over_eighty_nine_is_personal(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: How old is the patient?", "[ninety three](AGE)"),
        ("agent: How old are you?", "forty two"),
        ("agent: How old are you?", "eighty nine"),
    ],
)
def test_an_age_is_what_answers_the_question_for_it(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "said",
    [
        "my mother is 89 years old",
        "it's 95 degrees",
        "it is 90 percent done",
        "she's 95 dollars short",
        "about 100 people came",
        "we waited 90 minutes",
        "it cost just 99",
        "he's 120 years old",
    ],
)
def test_no_other_number_is_an_age(said: str) -> None:
    assert marked(said) == (said,)
