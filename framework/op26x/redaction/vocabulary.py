"""Vocabulary: how a language says digits, letters and dates, and the cues that tell what follows."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec
from indic_numtowords import num2words

from op26x.redaction.phrases import Phrases
from op26x.redaction.word_lists import word_lists

LANGUAGES = Path(__file__).parent / "languages"

Words = str | list[str]


class Listed(msgspec.Struct, forbid_unknown_fields=True):
    """A file of ``languages``: words separated by blanks, or a list where an expression has several words."""

    marks: str
    digits: dict[str, int]
    tens: dict[str, int] = {}
    ordinals: dict[str, int] = {}
    months: dict[str, int] = {}
    letters: dict[str, str] = {}
    times: dict[str, int] = {}
    hundreds: dict[str, int] = {}
    homophones: dict[str, int] = {}
    mail_words: dict[str, str] = {}
    hundred: str = ""
    thousand: str = ""
    joiner: str = ""
    joined: str = ""
    devanagari: bool = False
    with_: str = msgspec.field(default="", name="with")
    letter_as: list[str] = []
    capital: list[str] = []
    fillers: list[str] = []
    corrections: list[str] = []
    separators: list[str] = []
    at: list[str] = []
    dot: list[str] = []


@dataclass(frozen=True)
class Vocabulary:
    """The words of one language, ready to be looked up.

    Attributes:
        digits: Number words up to 99 that are one word, each with its digits.
        tens: Words for twenty to ninety, each with its first digit.
        joiner: Stands between tens and units (Spanish ``y``, French ``et``).
        hundreds: Words that are hundreds by themselves (Spanish ``quinientos``).
        skipped: What may stand between two digits and means nothing; true where it takes something back.
    """

    digits: dict[str, str]
    tens: dict[str, str]
    ordinals: dict[str, int]
    months: dict[str, int]
    letters: dict[str, str]
    times: dict[str, int]
    hundreds: dict[str, str]
    hundred: frozenset[str]
    thousand: frozenset[str]
    joiner: str
    letter_as: Phrases[None] = field(default_factory=Phrases)
    capital: Phrases[None] = field(default_factory=Phrases)
    skipped: Phrases[bool] = field(default_factory=Phrases)
    separators: Phrases[None] = field(default_factory=Phrases)
    at: Phrases[None] = field(default_factory=Phrases)
    mail_words: Phrases[str] = field(default_factory=Phrases)


@cache
def vocabulary(language: str) -> Vocabulary:
    """The words of a language; English where there are none."""
    path = LANGUAGES / f"{language}.yaml"
    listed = _listed(path if path.exists() else LANGUAGES / "en.yaml")
    other = _listed(LANGUAGES / f"{listed.with_}.yaml") if listed.with_ else None
    both = [one for one in (other, listed) if one is not None]
    digits = {word: str(value) for one in both for word, value in one.digits.items()}
    tens = {word: str(value) for one in both for word, value in one.tens.items()}
    if listed.joined:
        digits |= _joined(listed)
    if listed.devanagari:
        digits = {num2words(value, lang="hi"): str(value) for value in range(100)} | digits
    made = Vocabulary(
        digits=digits,
        tens=tens,
        ordinals={word: value for one in both for word, value in one.ordinals.items()},
        months={word: value for one in both for word, value in one.months.items()},
        letters={word: value for one in both for word, value in one.letters.items()},
        times={word: value for one in both for word, value in one.times.items()},
        hundreds={word: str(value) for one in both for word, value in one.hundreds.items()},
        hundred=frozenset(word for one in both for word in one.hundred.split()),
        thousand=frozenset(word for one in both for word in one.thousand.split()),
        joiner=listed.joiner,
    )
    for one in both:
        made.letter_as.add(one.letter_as, None)
        made.capital.add(one.capital, None)
        made.skipped.add(one.fillers, False)
        made.skipped.add(one.corrections, True)
        made.separators.add(one.separators, None)
    for one in (*both, *map(_listed, sorted(LANGUAGES.glob("*.yaml")))):  # addresses are read out in any language
        made.at.add(one.at, None)
        for word, sign in one.mail_words.items():
            made.mail_words.add([word], sign)
        made.mail_words.add(one.dot, ".")
    return made


def _joined(listed: Listed) -> dict[str, str]:
    """German number words are one word: ``dreiundzwanzig``."""
    units = {word: value for word, value in listed.digits.items() if 0 < value < 10}
    below_hundred = {
        f"{unit}{listed.joined}{ten}": f"{ten_value}{unit_value}"
        for unit, unit_value in units.items()
        for ten, ten_value in listed.tens.items()
    }
    below_hundred |= {word: f"{value}0" for word, value in listed.tens.items()}
    below_hundred |= {word: f"{value:02}" for word, value in listed.digits.items()}
    hundreds = {
        f"{unit}hundert{word}": f"{unit_value}{value}"
        for unit, unit_value in units.items()
        for word, value in below_hundred.items()
    }
    hundreds |= {f"{unit}hundert": f"{unit_value}00" for unit, unit_value in units.items()}
    years = {f"neunzehnhundert{word}": f"19{value}" for word, value in below_hundred.items()}
    years |= {
        f"zweitausend{between}{word}": f"20{value}" for word, value in below_hundred.items() for between in ("", "und")
    }
    years |= {"zweitausend": "2000", "neunzehnhundert": "1900"}
    return {**below_hundred, **hundreds, **years, **{word: str(value) for word, value in listed.digits.items()}}


@cache
def marks() -> dict[str, frozenset[str]]:
    """Words that tell in which language somebody speaks, by language."""
    english = {
        *_listed(LANGUAGES / "en.yaml").marks.split(),
        *vocabulary("en").digits,
        *vocabulary("en").months,
        "do",
        "once",
        "sat",
        "char",
        "mars",
        "bees",
        "bis",
        "tis",
        "sola",
        "bara",
        "tera",
        "das",
        "teen",
    }
    found = {}
    for path in sorted(LANGUAGES.glob("*.yaml")):
        listed = _listed(path)
        numbers = {*listed.digits, *listed.tens, *listed.months} - english if path.stem != "en" else set()
        found[path.stem] = frozenset([*listed.marks.split(), *numbers])
    return found


@cache
def cues(*topics: str) -> Phrases[str]:
    """What tells which entity follows, or that what follows is none (``NONE``).

    Args:
        topics: Which; without any, all that are asked for in digits or letters.
    """
    found: Phrases[str] = Phrases()
    for topic, phrases in word_lists("cues").items():
        if topic in topics or not (topics or topic in ("PERSON", "ADDRESS")):
            found.add(phrases, topic)
    return found


@cache
def remarks() -> Phrases[str]:
    """What is said of an address while it is read out, and is none of it: ``all one word``."""
    found: Phrases[str] = Phrases()
    found.add(word_lists("contacts")["remarks"], "")
    return found


def units() -> frozenset[str]:
    """What a number counts or measures, where it stands behind it."""
    return word_lists("units")["units"]


@cache
def _listed(path: Path) -> Listed:
    return msgspec.yaml.decode(path.read_bytes(), type=Listed)
