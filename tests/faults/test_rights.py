"""Every moment of a call × every right × key and voice × hang-up × modes: ``tox -e faults``, on demand.

Law 9's test draws moments at random; here are all of them, a tenth of a second apart. Each is a whole call in virtual
time, and all of them take half an hour. At the end a table is printed: how many calls there were, in how many nobody
could have heard the demand, and what became of the recordings.
"""

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from op26x import logs
from op26x.consent import Right
from op26x.policy import RecordingMode
from op26x.testing.virtual_loop import happen
from virtual.call import board
from virtual.rights import OVER_S, Demand, check, document, tell

STEP_S = 0.1
MOMENTS = [round(number * STEP_S, 1) for number in range(int(OVER_S / STEP_S))]
RECORDED = [mode for mode in RecordingMode if mode is not RecordingMode.OFF]
SHOWN = 5

pytestmark = [pytest.mark.timeout(300)]
_table: dict[tuple[str, ...], Counter[str]] = {}


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Prints how many calls there were of each kind."""
    yield
    print(f"\n\n{'mode':12}{'right':10}{'by':7}{'then':10}{'calls':>6}{'unheard':>9}{'wrong':>7}  recordings")
    for kind, counts in _table.items():
        mode, right, by, then = kind
        became = ", ".join(f"{name[1:]} {times}" for name, times in sorted(counts.items()) if name[0] == "=")
        shown = f"{counts['calls']:6}{counts['unheard']:9}{counts['wrong']:7}"
        print(f"{mode:12}{right:10}{by:7}{then:10}{shown}  {became}")


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """Ten thousand calls have much to log."""
    logs.configure("error", io.StringIO())


@pytest.mark.parametrize("hangs_up", [False, True], ids=["stays", "hangs up"])
@pytest.mark.parametrize("by", ["key", "voice"])
@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("mode", RECORDED)
def test_at_every_moment_the_callers_word_is_heard(
    tmp_path: Path, mode: RecordingMode, right: Right, by: str, hangs_up: bool
) -> None:
    kind = (mode.value, right.value, by, "hangs up" if hangs_up else "stays")
    counts = _table.setdefault(kind, Counter())
    wrong: list[str] = []

    async def story() -> None:
        async with board(tmp_path, recording=mode.value, **document()) as one:
            for at in MOMENTS:
                told = await tell(one, Demand(right, by, at, hangs_up, mode))
                counts["calls"] += 1
                counts["unheard"] += not told.heard
                counts["=" + told.kept.outcome] += 1
                try:
                    check(told)
                except AssertionError as error:
                    counts["wrong"] += 1
                    wrong.append(f"at {at}: {str(error).partition('assert')[0]}")

    happen(story)
    assert not wrong, f"{len(wrong)} of {len(MOMENTS)}: " + "\n".join(wrong[:SHOWN])
