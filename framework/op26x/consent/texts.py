"""The fixed sentences of consent, by language: data in ``texts/*.yaml``."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

from op26x.consent.reading.words import words_of
from op26x.errors import NotFound
from op26x.types import primary_language

FOLDER = Path(__file__).parent / "texts"


class Notice(StrEnum):
    """What is said to the caller about the call, its recording and their rights."""

    IDENTIFY = "identify"
    OPT_OUT = "opt_out"
    LISTENING = "listening"
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
    PUT_THROUGH = "put_through"
    NOT_PUT_THROUGH = "not_put_through"
    CALLED_BACK = "called_back"
    NO_PERSON = "no_person"
    PAUSED = "paused"
    RESUMED = "resumed"
    MEANT_STOP = "meant_stop"
    MEANT_DELETE = "meant_delete"
    MEANT_SUPPRESS = "meant_suppress"
    MEANT_MACHINE = "meant_machine"
    MEANT_HUMAN = "meant_human"
    MEANT_PAUSE = "meant_pause"
    MEANT_RESUME = "meant_resume"


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
        second: Short ones for notices that are said in two languages.
    """

    sentences: dict[Notice, str]
    second: dict[Notice, str]


def languages() -> list[str]:
    """The languages there are, as in BCP 47."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def texts(language: str) -> Texts | None:
    """The texts of a language; a region is passed over (``en-IN`` is ``en``). ``None`` if there are none."""
    primary = primary_language(language)
    return _read(primary) if primary in languages() else None


def stand_in_a_notice(words: str, language: str, notices: Iterable[Notice] = Notice) -> bool:
    """Whether words, at least two, stand in a row in one of our sentences, which a bad line may have brought back."""
    theirs = " ".join(["", *words_of(words), ""])
    return theirs.count(" ") > 2 and any(theirs in _in_a_row(primary_language(language), notice) for notice in notices)


@cache
def _in_a_row(language: str, notice: Notice) -> str:
    known = texts(language)
    return " ".join(["", *words_of(known.sentences[notice]), ""]) if known else ""


@cache
def _read(language: str) -> Texts:
    return msgspec.yaml.decode((FOLDER / f"{language}.yaml").read_bytes(), type=Texts)
