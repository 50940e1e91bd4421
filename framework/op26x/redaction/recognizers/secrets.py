"""Passwords and ages: what is a word where it was asked for, and a number where it is said of somebody."""

from collections.abc import Iterator

from op26x.redaction.entities import Entity, Span
from op26x.redaction.names import names
from op26x.redaction.reading import Reading
from op26x.redaction.tokens import Kind
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("secrets")
LINKS = LISTS["links"]
LEAD_INS = LISTS["lead_ins"]
REFUSALS = LISTS["refusals"]
OLD = range(90, 120)
BEFORE_AGE = LISTS["before_age"]
AFTER_AGE = LISTS["after_age"]
LONGEST = 4
LONGEST_ANSWER = 12


def passwords(reading: Reading) -> Iterator[Span]:
    """Each password."""
    tokens, end = reading.tokens, len(reading.tokens)
    for cue in reading.cues:
        if cue.topic == Entity.PASSWORD and cue.after < end and tokens[cue.after - 1].low.endswith("'s"):
            yield from _value(reading, cue.after)
        elif cue.topic == Entity.PASSWORD and cue.after < end and reading.low(cue.after) in LINKS:
            yield from _value(reading, cue.after + 1)
        elif cue.topic == Entity.PASSWORD and cue.after < end and reading.low(cue.after) in ("for", "on", "of", "i"):
            at = next(
                (
                    place
                    for place in range(cue.after, min(cue.after + 7, end))
                    if reading.low(place) in ("is", ":", "was")
                ),
                None,
            )
            if at is not None:
                yield from _value(reading, at + 1)
    if (
        Entity.PASSWORD in reading.asked
        and not reading.by_agent
        and not any(cue.topic == Entity.PASSWORD for cue in reading.cues)
        and not any(token.low in REFUSALS for token in tokens)
        and len(tokens) <= LONGEST_ANSWER
        and "?" not in reading.text
    ):
        yield from _value(reading, 0)


def _value(reading: Reading, place: int) -> Iterator[Span]:
    tokens, end = reading.tokens, len(reading.tokens)
    while place < end and tokens[place].low in LEAD_INS:
        place += 1
    if place >= end or tokens[place].low in names().stop or tokens[place].low in REFUSALS:
        return
    after = place
    while after < end and after - place < 12:
        token = tokens[after]
        glued = after > place and token.start == tokens[after - 1].end
        if (glued and token.text not in ',.;?"”') or (
            token.text in '.,;"”'
            and glued
            and after + 1 < end
            and tokens[after + 1].start == token.end
            and token.text in ".,"
        ):
            after += 1
            continue
        if token.kind is Kind.MARK and token.text not in "-_#$!@%&*":
            break
        if token.low in names().stop and token.low not in reading.words.digits:
            break
        if (
            after - place >= LONGEST
            and token.kind is Kind.WORD
            and token.low not in reading.words.digits
            and len(token.low) > 1
        ):
            break
        after += 1
    if after > place:
        yield Span(tokens[place].start, tokens[after - 1].end, Entity.PASSWORD)


def ages(reading: Reading) -> Iterator[Span]:
    """Each age over 89 (45 CFR 164.514(b)(2)(i)(C))."""
    for run in reading.runs:
        if run.letters or run.digits not in (2, 3) or int(run.chars) not in OLD or len(run.groups) > 2:
            continue
        before, behind = reading.low(run.first - 1), reading.low(run.after)
        tells = (
            (behind in AFTER_AGE and reading.low(run.after + 1) in ("old", "year", "years", "-", "of"))
            or behind in ("ans", "años", "jahre", "yo")
            or behind == "old"
        )
        counted = behind in (
            "percent",
            "%",
            "minutes",
            "days",
            "dollars",
            "degrees",
            "miles",
            "pounds",
            "hours",
            "per",
            "cents",
            "people",
            "euros",
            "rupees",
        )
        if counted:
            continue
        apposed = before == "," == behind and _of_person(reading, run.first)
        of_somebody = before in ("she's", "he's") or (
            before in ("is", "was") and reading.low(run.first - 2) in ("she", "he")
        )
        at_end = behind in (
            "",
            ".",
            ",",
            "!",
            "?",
            "and",
            "now",
            "in",
            "this",
            "next",
            "last",
            "so",
            "but",
            "years",
            "yrs",
            "year",
            ")",
        )
        said_of = (
            before in BEFORE_AGE
            and at_end
            and (
                before not in ("ist", "a", "tiene", "is", "was", "be", "just", "about", "now")
                or _of_person(reading, run.first)
            )
        )
        cue = reading.cue_before(run.first)
        cued = cue is not None and cue.topic == Entity.AGE and run.first - cue.after <= 3
        asked = Entity.AGE in reading.asked and not reading.by_agent
        if tells or of_somebody or said_of or apposed or cued or asked:
            yield Span(reading.tokens[run.first].start, reading.tokens[run.after - 1].end, Entity.AGE)


def _of_person(reading: Reading, place: int) -> bool:
    return any(
        reading.low(at)
        in (
            "she",
            "he",
            "i",
            "mother",
            "father",
            "mum",
            "mom",
            "dad",
            "grandmother",
            "grandfather",
            "grandma",
            "grandpa",
            "nan",
            "granny",
            "gran",
            "age",
            "husband",
            "wife",
            "aunt",
            "uncle",
            "patient",
            "who",
            "him",
            "her",
            "mutter",
            "vater",
            "oma",
            "opa",
            "madre",
            "padre",
            "abuela",
            "abuelo",
            "mère",
            "père",
            "mamie",
            "papi",
            "maman",
            "grand",
            "mama",
            "nani",
            "dadi",
            "amma",
            "grandad",
            "granddad",
            "mrs",
            "mr",
        )
        for at in range(max(0, place - 5), place)
    )
