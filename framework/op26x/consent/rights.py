"""The caller's word: what a caller may demand in any call, by voice and by keypad, without asking a language model.

Rules know the plain demands, and what is none whatever else speaks for it. For everything else a model speaks that was
trained on phrases of callers, and what it does not hold for certain is asked back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from op26x.consent.reading.answers import read_words
from op26x.consent.reading.languages import Language, language_named
from op26x.consent.reading.model import model
from op26x.consent.reading.words import Heard
from op26x.consent.texts import Notice, stand_in_a_notice

PREFIX = "*"
CERTAIN = 1.0
"""How likely a demand is that a rule knows."""
SURE, LIKELY, HINTED = 0.85, 0.35, 0.1
"""From which probability on the model's reading is taken; from which on it is asked back; and how likely the whole must
make what is certain in one part of it."""


class Right(StrEnum):
    """What a caller may demand.

    Attributes:
        STOP: That the recording stop.
        DELETE: That it be deleted.
        SUPPRESS: Not to be called again.
        MACHINE: To know whether they are talking to a machine.
        HUMAN: To talk to a person.
        PAUSE: That the recording be paused.
        RESUME: That it go on.
    """

    STOP = "stop"
    DELETE = "delete"
    SUPPRESS = "suppress"
    MACHINE = "machine"
    HUMAN = "human"
    PAUSE = "pause"
    RESUME = "resume"


ORDER = (Right.DELETE, Right.STOP, Right.PAUSE, Right.RESUME, Right.SUPPRESS, Right.HUMAN, Right.MACHINE)
"""The farthest-reaching first."""
OF_THE_RECORDING = frozenset({Right.DELETE, Right.STOP, Right.PAUSE, Right.RESUME})
FOR_GOOD = frozenset({Right.DELETE, Right.SUPPRESS})
"""What can't be undone."""

KEYS = {
    "1": Right.STOP,
    "2": Right.DELETE,
    "3": Right.SUPPRESS,
    "4": Right.PAUSE,
    "5": Right.RESUME,
    "9": Right.HUMAN,
    "0": Right.MACHINE,
}
"""The keys behind a star."""


MEANT = {
    Right.STOP: Notice.MEANT_STOP,
    Right.DELETE: Notice.MEANT_DELETE,
    Right.SUPPRESS: Notice.MEANT_SUPPRESS,
    Right.MACHINE: Notice.MEANT_MACHINE,
    Right.HUMAN: Notice.MEANT_HUMAN,
    Right.PAUSE: Notice.MEANT_PAUSE,
    Right.RESUME: Notice.MEANT_RESUME,
}
"""By which sentence it is asked back."""
NO_DEMANDS = frozenset(Notice) - {Notice.ANNOUNCE, *MEANT.values()}
"""Sentences of ours in which no words stand that a caller could demand something by."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a caller demands.

    Attributes:
        right: Which.
        sure: Whether it may be done at once; if not, the caller is asked first whether they mean it.
    """

    right: Right
    sure: bool = True


def demanded(text: str, language: str) -> Demand | None:
    """The demand in the words of a caller, the farthest-reaching if there are several.

    Args:
        text: One utterance, as it was recognised.
        language: As in BCP 47; in a language that is not known nothing is demanded by voice.
    """
    return next(iter(all_demanded(text, language)), None)


def all_demanded(text: str, language: str) -> list[Demand]:
    """All that is demanded, the farthest-reaching first; who has a recording deleted need not stop it.

    What a part of an utterance demands is sure if nothing but demands goes before it: not in "he said, delete it".
    """
    known = language_named(language)
    if known is None:
        return []
    heard = known.lexicon.read(text)
    if not heard.words or stand_in_a_notice(text, language, NO_DEMANDS):
        return []
    whole = _likely(known, heard)
    demands = {
        right: Demand(right, sure=likely >= SURE and _is_plain(known, heard, right, likely))
        for right, likely in whole.items()
        if likely >= LIKELY
    }
    hinted = {right for right in whole if whole[right] >= HINTED}
    nothing_else = True
    for part in heard.parts(known.kinds.characters["but"]):
        likely = _likely(known, part) if hinted else dict.fromkeys(_certain(known, part), CERTAIN)
        found = [one for one in likely if likely[one] >= SURE and (one in hinted or likely[one] == CERTAIN)]
        for right in found:
            sure = nothing_else and _is_plain(known, part, right, likely[right])
            demands[right] = Demand(right, sure=sure or demands.get(right) == Demand(right))
        nothing_else = nothing_else and bool(found)
    if Demand(Right.DELETE) in demands.values():
        demands.pop(Right.STOP, None)
    return [demands[right] for right in ORDER if right in demands]


def load_ahead(language: str) -> None:
    """Loads what a language is read with, which takes some 0.2 s, before the first call in it."""
    demanded("well", language)
    read_words("well", language)


def _is_plain(known: Language, heard: Heard, right: Right, likely: float) -> bool:
    """Whether a demand may be done without asking back.

    What can't be undone must be known by a rule, and whoever demands something about the recording must name it by a
    word that means nothing else.
    """
    characters = known.kinds.characters
    if right in FOR_GOOD and likely < CERTAIN:
        return False
    if right is Right.DELETE and heard.asks and characters["may"] not in heard.kinds:
        return False
    named = {characters[kind] for kind in ("record", "onrecord", "offrecord")}
    words = [word for kind, word in zip(heard.kinds, heard.words, strict=True) if kind in named]
    return right not in OF_THE_RECORDING or any(known.ambiguous.isdisjoint(word.split()) for word in words)


def _likely(known: Language, heard: Heard) -> dict[Right, float]:
    """How likely each right is demanded by the words, and by what rules say for and against it."""
    if certain := _certain(known, heard):
        return dict.fromkeys(certain, CERTAIN)
    trained = model(known.name, "demands")
    likely = trained.probabilities(heard) if trained else {}
    return {right: likely.get(right, 0.0) for right in ORDER if not _matches(known.never, right, heard)}


def _certain(known: Language, heard: Heard) -> list[Right]:
    return [
        right for right in ORDER if _matches(known.demands, right, heard) and not _matches(known.never, right, heard)
    ]


def _matches(rules: Mapping[str, re.Pattern[str]], right: Right, heard: Heard) -> bool:
    return right in rules and rules[right].search(heard.kinds) is not None


class StarKeys:
    """Reads star codes from a keypad: ``*`` and a digit."""

    def __init__(self) -> None:
        self._starred = False

    def press(self, digit: str) -> Right | bool:
        """Takes a key: the right it completes, ``True`` if more must come, ``False`` if it is none of ours."""
        starred, self._starred = self._starred, digit == PREFIX
        if self._starred:
            return True
        return KEYS.get(digit, False) if starred else False
