"""Text for the ear: what is heard of what is written."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from op26x.voice.speaking.speakable import speakable
from op26x.voice.speaking.speakable.rules import LANGUAGES

HEARD = Path(__file__).with_name("heard")
HOMES = {"en": "en-US", "de": "de-DE", "es": "es-ES", "fr": "fr-FR", "hi": "hi-IN"}
CASES = [
    pytest.param(HOMES[path.stem], written, heard, id=f"{path.stem}-{number}")
    for path in sorted(HEARD.glob("*.yaml"))
    for number, (written, heard) in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")).items())
]
REGIONS = [
    ("en", "11/12/2026", "November twelfth, twenty twenty-six"),
    ("en-GB", "on 11/12/2026", "on the eleventh of December twenty twenty-six"),
    ("en-GB", "on the 25th of November", "on the twenty-fifth of November"),
    ("en-GB", "press #", "press hash"),
    ("en-IN", "₹1,23,45,678", "one crore twenty-three lakh forty-five thousand six hundred and seventy-eight rupees"),
    ("en-IN", "₹5 lakh", "five lakh rupees"),
    ("en-IN", "98765 43210", "nine eight seven six five, four three two one zero"),
    ("en-GB", "020 7946 0958", "zero two zero, seven nine four six, zero nine five eight"),
    ("es-MX", "1,234.50 $", "mil doscientos treinta y cuatro dólares con cincuenta centavos"),
    ("es-MX", "3.5 km", "tres punto cinco kilómetros"),
    ("de-CH", "1'234.50 CHF", "eintausendzweihundertvierunddreißig Franken fünfzig Rappen"),
    ("fr-BE", "75, 95", "septante-cinq, nonante-cinq"),
    ("fr-CA", "1 234,50 $", "mille deux cent trente-quatre dollars et cinquante cents"),
    ("es-MX", "$1,500.50", "mil quinientos dólares con cincuenta centavos"),
    ("en-IN", "Rs. 500, Rs 1,00,000", "five hundred rupees, one lakh rupees"),
    ("en-IN", "₹2.5 Cr", "two point five crore rupees"),
    ("DE", "am 3. Mai", "am dritten Mai"),
]
STRAY = "*_`~|<>[]{}\\^#"
MARKS = r"** * _ ` ``` ~~ # > | |---| [a](b) ![a](b) \ <b> </b> &amp; &lt; &#42; 👍 ½ ² ① ° ! ? ; … । ( ) :)"
DIGITS = "0 1 5 12 007 1999 2026 12345 1,234 1.234 3.5 3,5 - – + / : . , 1. 25."
BESIDE_DIGITS = "$ € ₹ % km m² kg h pm Uhr st º M Mio. @ & = www. a.de x@y.com"
LETTERS = "Nov November mai Dr. St. No. e.g. etc. PIN AB eins Ab a क é مرحبا 你好"
SPACED = ["# ", "- ", "1. ", "> ", "am ", "der ", "z. B.", '"', "\n", " ", "  ", "\u200d", "\u200b", "\x07", "\u094d"]
PIECES = [*MARKS.split(), *DIGITS.split(), *BESIDE_DIGITS.split(), *LETTERS.split(), *SPACED]
LONG = 20_000
LANGUAGE = st.sampled_from([*HOMES.values(), "en-IN", "de-CH", "fr-BE", "es-MX", "it"])
TEXT = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=60)


@pytest.mark.parametrize(("language", "written", "heard"), CASES)
def test_what_is_heard(language: str, written: str, heard: str) -> None:
    assert speakable(written, language) == heard
    assert speakable(heard, language) == heard


@pytest.mark.parametrize(("language", "written", "heard"), REGIONS)
def test_the_region_decides(language: str, written: str, heard: str) -> None:
    assert speakable(written, language) == heard


def test_every_language_has_cases() -> None:
    assert (
        {path.stem for path in LANGUAGES.glob("*.yaml")} == {path.stem for path in HEARD.glob("*.yaml")} == set(HOMES)
    )


def test_an_unknown_language_only_loses_its_markup() -> None:
    assert speakable("**Ciao**, sono 5 km & 3,50 € 👍", "it-IT") == "Ciao, sono 5 km & 3,50 €"


@settings(deadline=None, max_examples=400)
@given(TEXT, LANGUAGE)
@example("25. Nov", "de-DE")
@example("www._²", "en-US")
def test_it_is_one_line_without_markup_and_stays_as_it_is(text: str, language: str) -> None:
    said = speakable(text, language)
    assert not set(said) & set(STRAY)
    assert said == " ".join(said.split())
    assert not said or any(char.isalnum() for char in said)
    assert speakable(said, language) == said


@settings(deadline=None)
@given(st.integers(0, 99_999), st.sampled_from(sorted(HOMES.values())))
def test_an_amount_of_money_is_said_without_digits(amount: int, language: str) -> None:
    said = speakable(f"{amount} €", language)
    assert said
    assert not any(char.isdigit() for char in said)


@pytest.mark.parametrize("piece", [piece for piece in PIECES if piece.strip()])
def test_nothing_repeated_makes_it_slow(piece: str) -> None:
    """A rule that looks back again and again would not end within the time limit of a test."""
    speakable(piece * (LONG // len(piece)), "de-DE")
