"""Ages over 89: a number that is said of somebody."""

from collections.abc import Iterator

from op26x.redaction.entities import Entity, Span
from op26x.redaction.reading import Reading
from op26x.redaction.runs import Run
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("secrets")
OLD = range(90, 120)
BEFORE_AGE = LISTS["before_age"]
AFTER_AGE = LISTS["after_age"]
OF_AGE = LISTS["of_age"]
COUNTED = LISTS["counted"]
AT_END = LISTS["at_end"]
OF_ANYTHING = LISTS["of_anything"]
"""What stands before ages, and before any other number as well."""
BIRTHDAYS = LISTS["birthdays"]
PERSONS = LISTS["persons"]
CLOSE, NEAR = 3, 5


def ages(reading: Reading) -> Iterator[Span]:
    """Each age over 89 (45 CFR 164.514(b)(2)(i)(C))."""
    for run in reading.runs:
        if _is_old(run) and reading.low(run.after) not in COUNTED and _is_age(run, reading):
            yield Span(reading.tokens[run.first].start, reading.tokens[run.after - 1].end, Entity.AGE)


def _is_old(run: Run) -> bool:
    return not run.letters and run.digits in (2, 3) and int(run.chars) in OLD


def _is_age(run: Run, reading: Reading) -> bool:
    cue = reading.cue_before(run.first)
    if cue is not None and cue.topic == Entity.AGE and run.first - cue.after <= CLOSE:
        return True
    asked = Entity.AGE in reading.asked and not reading.by_agent
    if reading.low(run.after) in BIRTHDAYS or reading.low(run.after + 1) in BIRTHDAYS:
        return True
    return asked or _says_so(run, reading) or _is_somebodys(run, reading)


def _says_so(run: Run, reading: Reading) -> bool:
    """``94 years old``, ``95-year-old``, ``92 ans``."""
    behind, next_one = reading.low(run.after), reading.low(run.after + 1)
    counts = next_one in ("old", "year", "years", "-", "of") or _is_of_person(run, reading)
    return behind in OF_AGE or (behind in AFTER_AGE and counts)


def _is_of_person(run: Run, reading: Reading) -> bool:
    return any(reading.low(at) in PERSONS for at in range(max(0, run.first - NEAR), run.first))


def _is_somebodys(run: Run, reading: Reading) -> bool:
    """``she is 94``, ``Grandad, 94, would like``, ``I just turned ninety-one.``"""
    before, behind = reading.low(run.first - 1), reading.low(run.after)
    person = _is_of_person(run, reading)
    if before in ("she's", "he's") or (before in ("is", "was") and reading.low(run.first - 2) in ("she", "he", "who")):
        return True
    if before.endswith("'s") and before.removesuffix("'s") in PERSONS:
        return True
    if before == "," == behind:
        return person or (run.first > 1 and reading.tokens[run.first - 2].is_capitalised)
    return before in BEFORE_AGE and behind in AT_END and (before not in OF_ANYTHING or person)
