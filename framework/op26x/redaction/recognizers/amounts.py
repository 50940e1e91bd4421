"""Amounts: numbers that count, measure, price or date something, and are nobody's secret."""

from op26x.redaction.reading import Cue, Reading
from op26x.redaction.runs import Run
from op26x.redaction.vocabulary import units
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("numbers")
CURRENCIES = LISTS["currencies"]
PERCENT = frozenset(["percent", "%", "per"])
SIGNS = frozenset("€£$₹¥")
"""What stands behind written sums in most of Europe."""
BEFORE_TIMES = LISTS["before_times"]
BEFORE_YEARS = LISTS["before_years"]
COUNTED_AT_MOST = 4
"""Digits of a number that a word behind it can count; more is no quantity that people say."""


def is_amount(run: Run, reading: Reading) -> bool:
    """Whether the run counts, measures or prices something, or tells a time."""
    tokens, before = reading.tokens, reading.low(run.first - 1)
    if run.counted or before in CURRENCIES or (before == "." and reading.low(run.first - 2) == "rs"):
        return True
    behind = reading.low(run.after)
    if (behind in PERCENT and run.digits <= 5) or (behind in SIGNS and not run.spoken):
        return True
    if (
        ":" in (before, behind)
        and run.digits <= 4
        and (
            (
                behind == ":"
                and tokens[run.after].start == tokens[run.after - 1].end
                and reading.low(run.after + 1)[:2].isdigit()
            )
            or (
                before == ":"
                and tokens[run.first - 1].end == tokens[run.first].start
                and reading.low(run.first - 2).isdigit()
            )
        )
    ):
        return True
    if _is_round(run, reading):
        return True
    if run.letters or run.digits > COUNTED_AT_MOST + 2 * (run.groups[-1].endswith("00")):
        return False
    return behind in units() and run.after < len(tokens) and not _is_list(run)


def is_moment(run: Run, reading: Reading) -> bool:
    """Whether a run is a time of day or a year, as they are spoken of."""
    before = reading.low(run.first - 1)
    if run.letters or not 3 <= run.digits <= 4:
        return False
    if run.digits == 4 and run.chars[:2] in ("19", "20") and len(run.groups) <= 2 and before in BEFORE_YEARS:
        return True
    hour_first = (
        len(run.groups) == 2 and int(run.groups[0]) <= 24 and len(run.groups[1]) == 2 and int(run.groups[1]) < 60
    )
    return run.spoken and hour_first and before in BEFORE_TIMES


def is_other_year(run: Run, cue: Cue, reading: Reading) -> bool:
    """Whether a year is not that of the birth: ``born 1954, joined in 2001``."""
    return (
        run.digits == 4
        and reading.low(run.first - 1) in ("in", "since", "until", "till", "from")
        and cue.after < run.first - 1
    )


def is_years(run: Run) -> bool:
    """``in 2023 and 2024``."""
    return all(len(group) == 4 and group[:2] in ("19", "20") for group in run.groups)


def _is_round(run: Run, reading: Reading) -> bool:
    """Whether it is a sum: ``5,000``, ``ten thousand``."""
    if run.letters:
        return False
    if run.spoken and len(run.groups) == 1 and run.chars.endswith("000"):
        return True
    tokens = reading.tokens[run.first : run.after]
    commas = [at for at, token in enumerate(tokens) if token.text == ","]
    return (
        bool(commas)
        and all(
            0 < at < len(tokens) - 1
            and tokens[at - 1].end == tokens[at].start
            and tokens[at + 1].start == tokens[at].end
            and len(tokens[at + 1].text) in (2, 3)
            for at in commas
        )
        and len(tokens[-1].text) == 3
        and len(run.groups) == len(commas) + 1
    )


def _is_list(run: Run) -> bool:
    """Whether it was said digit by digit, as no quantity is."""
    return len(run.groups) >= 4
