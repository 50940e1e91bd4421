"""What may be said beside an agreement: a second way to a yes, for those who say why they agree.

"I work in a call centre myself, so go ahead" is more than a row of agreements. It is a yes if what is left between the
agreements are asides: stretches that begin like somebody's story about themselves, and in which no word could take a
yes back. Which words could is a long list, and whoever says one of them is asked again. "That's fine, I'm calling about
my bill" is the same with what somebody calls about, in which some more words are harmless.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from op26x.consent.reading.agreements import Agreements
from op26x.consent.reading.patterns import BREAK, Kinds
from op26x.consent.reading.words import Heard, Lexicon

FOLDER = Path(__file__).parent / "asides"
YES = "yes"
"""What is named where no word alone agrees: whatever else was said may be the caller's own."""
SHORTEST = 2
"""An aside has so many words at least: a single one behind an agreement could be a name, or its object."""
VOWELS = tuple("aeiouyhàâéèêëîïôöûùœ")
AGREES, FULLY, SETTLED, MORE, FIRM = 1, 2, 4, 8, 16
"""What was found on the way to a place in an answer: an agreement, a full one, a reason that stands for one, an aside
that is no such reason, and openers that agree but before thanks: "that's fine, thank you" may be a no."""


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be said beside an agreement in one language, as it is written.

    Attributes:
        parts: Alternatives with a name, for use in phrases.
        openers: Agreements that are often only the beginning of a sentence: "yes", "okay", "thanks".
        firm: Rows of openers that are more than a beginning all the same: "yes, that's okay".
        subjects: With what an aside begins, right behind an agreement too: "I", "it's".
        starts: With what an aside begins at the beginning of a sentence or behind a comma: "my", "because".
        so: What joins an aside to an agreement behind it: "so".
        settled: Asides that say why somebody agrees, whatever stands in them: "I know the drill".
        courtesies: Asides that say nothing: "thanks for asking".
        matters: With what begins what somebody calls about: "I'm calling about".
        things: Words that could take a yes back, but not behind the beginning of a matter: "bill".
        vetoes: Words that could take a yes back: whoever says one of them in an aside has not said yes.
        elided: What a vowel at the beginning of a veto swallows: "d'", "l'".
    """

    parts: dict[str, str]
    openers: list[str]
    firm: list[str]
    subjects: list[str]
    starts: list[str]
    so: list[str]
    settled: list[str]
    courtesies: list[str]
    matters: list[str]
    things: list[str]
    vetoes: list[str]
    elided: list[str] = []


@dataclass(frozen=True, slots=True)
class Asides:
    """What may be said beside an agreement in one language.

    Attributes:
        agreements: What is one.
        openers: Agreements that are often only the beginning of a sentence.
        so: What joins an aside to an agreement behind it.
        lexicon: Words of asides.
        kinds: What these words are.
    """

    agreements: Agreements
    openers: frozenset[str]
    so: frozenset[str]
    lexicon: Lexicon
    kinds: Kinds

    @classmethod
    @cache
    def of(cls, language: str) -> "Asides":
        """Reads a language's file."""
        written = msgspec.yaml.decode((FOLDER / f"{language}.yaml").read_bytes(), type=Written)
        forms = {
            "firm": written.firm,
            "settled": written.settled,
            "courtesy": written.courtesies,
            "matter": written.matters,
            "start": written.starts,
            "subject": written.subjects,
            "thing": written.things,
            "veto": [*written.vetoes, *_elided(written)],
        }
        kinds = Kinds.of(forms, {})
        agreements = Agreements.of(language)
        spelled = agreements.lexicon.spelled
        lexicon = Lexicon(kinds.characters, forms, misheard=False, spelled=spelled, parts=written.parts)
        openers, so = (frozenset(map(lexicon.spelling, words)) for words in (written.openers, written.so))
        return cls(agreements, openers, so, lexicon, kinds)

    def word(self, text: str) -> str | None:
        """The first word that agrees, of an answer that is a yes with asides; ``None`` if it is none."""
        return next(filter(None, (self._word(text, heard) for heard in self.agreements.readings(text))), None)

    def _word(self, text: str, heard: Heard) -> str | None:
        if self.agreements.is_unclear(text, heard):
            return None
        found, start = {0}, 0
        for sentence in heard.kinds.split(BREAK):
            end = start + len(sentence)
            if sentence:
                reached = self._reached(heard, start, end)
                if not reached or self.agreements.never.search(sentence):
                    return None
                found = {before | here for before in found for here in reached}
            start = end + 1
        if not any(map(_suffices, found)):
            return None
        return next((word for word in heard.words if self.agreements.word(word)), YES)

    def _reached(self, heard: Heard, first: int, last: int) -> set[int]:
        """What can be found on the ways through a sentence; empty if there is no way."""
        commas = {at - first for at in heard.commas}
        kinds, words = heard.kinds[first:last], heard.words[first:last]
        reached: list[set[int]] = [set() for _ in range(len(kinds) + 1)]
        reached[0].add(0)
        if opening := self.agreements.opening.match(kinds):
            reached[opening.end()].add(0)
            commas.add(opening.end())
        for start in range(len(kinds)):
            if reached[start]:
                for end, found in self._steps(kinds, words, start, commas):
                    reached[end] |= {before | found for before in reached[start]}
        return reached[-1]

    def _steps(self, kinds: str, words: tuple[str, ...], start: int, commas: set[int]) -> Iterator[tuple[int, int]]:
        """Where an agreement or an aside ends that begins here, and what is found in it."""
        for end in range(start + 1, len(kinds) + 1):
            if self.agreements.agrees.fullmatch(kinds, start, end):
                yield end, AGREES if self._only_opens(kinds[start:end], words[start:end]) else AGREES | FULLY
            aside = self._aside(" ".join(words[start:end]), begins=start == 0 or start in commas)
            if aside is not None:
                found, closed = aside
                following = words[end] if end < len(words) else ""
                if closed or not following or end in commas:
                    yield end, found
                if following and following.split()[0] in self.so:
                    yield end + (following in self.so and end + 1 < len(words)), found

    def _only_opens(self, kinds: str, words: tuple[str, ...]) -> bool:
        """Whether an agreement is one opener after another; a way to say something may consist of several."""
        if self.agreements.lexicon.characters["way"] not in kinds:
            return self.openers.issuperset(words)
        said = " ".join(words).split()
        ends = {0}
        for end in range(1, len(said) + 1):
            if any(" ".join(said[start:end]) in self.openers for start in ends):
                ends.add(end)
        return len(said) in ends

    def _aside(self, said: str, *, begins: bool) -> tuple[int, bool] | None:
        """What is found in an aside, and whether nothing more belongs to it; ``None`` if it is none.

        Args:
            said: The words.
            begins: Whether a sentence begins with it, or it stands behind a comma.
        """
        named = self.kinds.characters
        kinds = self.lexicon.read(said).kinds
        if kinds == named["firm"]:
            return AGREES | FIRM, True
        matters = kinds.startswith(named["matter"])
        closing = (named["settled"], named["courtesy"])
        beginnings = (named["subject"], named["matter"], *closing, *((named["start"],) if begins else ()))
        vetoed = named["veto"] in kinds or (named["thing"] in kinds and not matters)
        if vetoed or not kinds.startswith(beginnings) or len(said.split()) < SHORTEST:
            return None
        if matters or not kinds.endswith(closing):
            return MORE, False
        return SETTLED if kinds.endswith(named["settled"]) else 0, True


def _suffices(found: int) -> bool:
    firmly = found & FIRM and found & (SETTLED | MORE)
    return bool(found & FULLY or firmly or found == AGREES | SETTLED)


def _elided(written: Written) -> Iterator[str]:
    vowels = [veto for veto in written.vetoes if veto.startswith(VOWELS) and " " not in veto]
    elided = (before + veto for before in written.elided for veto in vowels)
    return (veto for veto in elided if veto not in written.settled)
