"""Spelling: letters that were said one by one, as names and addresses are."""

from collections.abc import Iterator

from op26x.redaction.entities import Entity, Span
from op26x.redaction.reading import Reading
from op26x.redaction.runs import Run
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("introductions")
SPELLS = LISTS["spells"]
SHORTEST = 3
CLOSE = 3
"""Tokens behind a cue within which letters are what the cue says."""
EXPLAINED = 3
"""Letters that were explained or hyphenated, from which on nothing but a name was spelled."""


def spelled_after(reading: Reading, place: int) -> int | None:
    """The token behind letters that begin at a place and spell something: ``s m i t h``, ``S for sugar``."""
    run = next((run for run in reading.runs if run.first == place), None)
    return run.after if run is not None and is_spelling(run) else None


def is_spelling(run: Run) -> bool:
    """Whether a run is letters that were said one by one; an O may have been read as a zero."""
    letters = run.chars.replace("0", "O")
    return letters.isalpha() and run.letters >= 2 and sum(len(group) == 1 for group in run.groups) >= 2


def spelled_names(reading: Reading, *, expected: bool) -> Iterator[Span]:
    """Letters that spell a name which was said or asked for.

    Args:
        reading: The turn.
        expected: Whether a name was asked for, or said, shortly before.
    """
    expected = expected or any(token.low in SPELLS for token in reading.tokens)
    for run in reading.runs:
        cue = reading.cue_before(run.first)
        cued = cue is not None and run.first - cue.after <= CLOSE
        if len(run.chars) < SHORTEST or not is_spelling(run) or cued:
            continue
        if expected or _is_spelled_out(run, reading):
            yield Span(reading.tokens[run.first].start, reading.tokens[run.after - 1].end, Entity.PERSON)


def _is_spelled_out(run: Run, reading: Reading) -> bool:
    """Whether letters were spelled as only names and addresses are: ``K-N-I-G-H-T``, ``T for table H like hotel``."""
    said = reading.tokens[run.first : run.after]
    explained = sum(len(token.low) > 2 for token in said)
    return len(run.chars) > SHORTEST and max(explained, sum(token.text == "-" for token in said)) >= EXPLAINED
