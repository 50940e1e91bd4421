"""Ages over 89: a number that is said of somebody."""

from collections.abc import Iterator

from op26x.redaction.entities import Entity, Span
from op26x.redaction.reading import Reading
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("secrets")
OLD = range(90, 120)
BEFORE_AGE = LISTS["before_age"]
AFTER_AGE = LISTS["after_age"]


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
