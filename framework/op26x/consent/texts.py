"""The fixed sentences and words of consent, by language: data in ``texts/*.yaml``."""

import re
import unicodedata
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

from op26x.errors import NotFound
from op26x.types import primary_language

FOLDER = Path(__file__).parent / "texts"
LETTER = r"[\w\u0300-\u036f\u0900-\u0963\u200c\u200d]"
"""A part of a word. Vowel signs and accents that stand alone are letters too, which ``\\w`` does not know."""


class Notice(StrEnum):
    """What is said to the caller about recording and their rights."""

    ANNOUNCE = "announce"
    ASSENT = "assent"
    ASK_AGAIN = "ask_again"
    GRANTED = "granted"
    REFUSED = "refused"
    STOPPED = "stopped"
    DELETED = "deleted"
    NOT_DELETED = "not_deleted"
    NOT_RECORDED = "not_recorded"
    SUPPRESSED = "suppressed"
    NOT_SUPPRESSED = "not_suppressed"
    NOT_NOTED = "not_noted"
    MACHINE = "machine"
    PAUSED = "paused"
    RESUMED = "resumed"


def notice_named(name: str) -> Notice:
    """A notice by its name.

    Raises:
        NotFound: There is none.
    """
    try:
        return Notice(name)
    except ValueError:
        raise NotFound(f"There is no notice {name!r}.", f"The notices are: {', '.join(Notice)}.") from None


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language.

    Attributes:
        sentences: A sentence for each notice.
        yes: What counts as assent, words or phrases in lower case.
        no: What counts as refusal; it outweighs what counts as assent.
        beside: Courtesies that may stand beside an assent; with any other word it is none.
        rights: Regular expressions of what callers say, by right.
        negation: Regular expression of what stands right before a demand that is none: "please do not".
    """

    sentences: dict[Notice, str]
    yes: list[str]
    no: list[str]
    beside: list[str]
    rights: dict[str, list[str]]
    negation: str = ""


def languages() -> list[str]:
    """The languages there are, as in BCP 47."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def texts(language: str) -> Texts | None:
    """The texts of a language; a region is passed over (``en-IN`` is ``en``). ``None`` if there are none."""
    primary = primary_language(language)
    return _read(primary) if primary in languages() else None


def spoken(words: str) -> str:
    """Words as they are compared: composed (Unicode NFC), in lower case, with one space between them."""
    return " ".join(unicodedata.normalize("NFC", words).lower().replace("’", "'").split())


def whole(pattern: str) -> re.Pattern[str]:
    """A regular expression that matches whole words only, within what ``spoken`` returns."""
    return re.compile(rf"(?<!{LETTER})(?:{unicodedata.normalize('NFC', pattern)})(?!{LETTER})")


@cache
def _read(language: str) -> Texts:
    return msgspec.yaml.decode((FOLDER / f"{language}.yaml").read_bytes(), type=Texts)
