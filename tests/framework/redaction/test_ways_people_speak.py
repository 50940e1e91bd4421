"""How people say things: in pieces, with words between, one thing beside another, in any of the languages."""

import pytest

from framework.redaction.marked import marked


@pytest.mark.parametrize(
    "turns",
    [
        ("is the app signed in as [anahit dot petrosyan five six oh at gmail dot com](EMAIL)",),
        ("send it to [popa underscore one nine five one one word at yahoo dot com](EMAIL)",),
        ("mándamelo a [chus guion bajo perales arroba buzonazo punto es](EMAIL)",),
        ("wifi for guests, password [teapot ninety](PASSWORD)",),
        ("login is fine, pw [orange1978](PASSWORD)",),
        ("the password reset takes 30 minutes",),
        ("password?",),
        ("[third floor, 19 Cutler's Row, Dublin](ADDRESS)",),
        ("deliver to [66 West 34th Street, Reading](ADDRESS)",),
        ("licence [mcnee 656069 zu 9lb](DRIVING_LICENCE)",),
        ("Insurance quote for [KA03UC2392](VEHICLE_PLATE), a Skoda",),
        ("plate [kp60 pvh](VEHICLE_PLATE), no tax",),
        ("Passports [T5773317](PASSPORT) and [F2255510](PASSPORT) were left in the safe",),
        ("transfer it to [CH12 2807 2560 2169 0345 2](IBAN)",),
        ("my dad's [ninety eight](AGE) and well",),
        ("Male, [96](AGE) years, living alone",),
        (
            "agent: Wann sind Sie geboren?",
            "[15. März 1967](DATE_OF_BIRTH)",
            "agent: Ich habe [15. März 1967](DATE_OF_BIRTH) notiert.",
        ),
        ("agent: ¿Cuándo nació?", "[veintidós del once del setenta y nueve](DATE_OF_BIRTH)"),
        ("already did, [04/24/1959](DATE_OF_BIRTH)",),
        ("pour 2447,50 € c'est ça",),
        ("Policy expires on 24 March, premium is 9,860.",),
        ("the account is in the name of [Anna, let me see, Szabo](PERSON)",),
        ("Moi, [Gérard Corboz](PERSON), puis [Fatoumata Coulibaly](PERSON) et ma femme.",),
        ("Mi marido [Amadou Ndiaye](PERSON) llama luego.",),
        ("[Hunter Sharp](PERSON) here, returning a call.",),
        ("hello [amaira sane](PERSON) speaking",),
        ("nobody here, and I'm still speaking",),
        ("agent: [Wafae](PERSON) ma'am?",),
        ("agent: And for whom is the second one?", "[Aryan Chand](PERSON)."),
        ("login fails, pw [correct#horse1](PASSWORD) if you need it",),
        ("I changed it to [sunshine#Chocolate2](PASSWORD), and now it says invalid credentials",),
    ],
)
def test_what_is_personal_is_found_and_nothing_else(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns
