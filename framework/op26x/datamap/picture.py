"""The data map as a picture: which tables hold which categories of personal data, and when and how it ends."""

from collections.abc import Iterable
from html import escape
from typing import Any, NamedTuple

from op26x.datamap.processing import DataMap
from op26x.datamap.vocabulary import DataCategory, Form, Kept

ABOUT = "Categories of personal data, the tables that hold them, and their ends"
ROW, TOP, WIDTH = 34, 64, 980
LEFT, MIDDLE, RIGHT = 24, 330, 690
BOX = {LEFT: 170, MIDDLE: 240, RIGHT: 266}
COLOURS = {DataCategory.ACCOUNT: "#2f6f8f", DataCategory.COMMUNICATIONS: "#8f4a2f", DataCategory.USAGE: "#5b6b2f"}
ENDS = {
    Kept.SESSION: "the end of the session or the link",
    Kept.ACCOUNT: "the account's erasure, key first",
    Kept.CONTRACT: "given up, or the organization's end",
    Kept.CALL: "the call's deadline, key first",
    Kept.SCHEDULED_CALL: "placed, given up, or its time over",
    Kept.ATTEMPT: "no law counts it any more",
    Kept.CONSENT: "five years after the decision",
    Kept.SUPPRESSION: "kept as long as the organization",
    Kept.REGISTRY: "a newer file, or 92 days",
    Kept.USAGE: "the period of usage data",
}
"""In an order in which few lines cross."""


class Held(NamedTuple):
    """That a table holds something of a category until some end."""

    category: DataCategory
    table: str
    kept: Kept
    sealed: bool


def picture(found: DataMap) -> str:
    """The picture, as SVG."""
    held = list(dict.fromkeys(_held(found)))
    tables = list(dict.fromkeys(one.table for one in sorted(held, key=lambda one: one.category)))
    ends = [kept for kept in ENDS if any(one.kept is kept for one in held)]
    height = TOP + ROW * len(tables) + 16
    left = _spread(list(DataCategory), height)
    middle = {table: TOP + ROW * number for number, table in enumerate(tables)}
    right = _spread(ends, height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="system-ui,sans-serif" '
        f'font-size="14" role="img" aria-label="{ABOUT}">',
        f'<rect width="{WIDTH}" height="{height}" rx="10" fill="#ffffff"/>',
        *(_title(x, text) for x, text in ((LEFT, "category"), (MIDDLE, "table"), (RIGHT, "its end"))),
    ]
    for one in held:
        colour = COLOURS[one.category]
        parts.append(_line(LEFT + BOX[LEFT], left[one.category], MIDDLE, middle[one.table], colour))
        parts.append(_line(MIDDLE + BOX[MIDDLE], middle[one.table], RIGHT, right[one.kept], colour))
    parts += [_box(LEFT, left[category], category.value, COLOURS[category]) for category in DataCategory]
    for table in tables:
        mark = " (encrypted)" if any(one.sealed for one in held if one.table == table) else ""
        parts.append(_box(MIDDLE, middle[table], f"{table}{mark}", "#444444"))
    parts += [_box(RIGHT, right[kept], ENDS[kept], "#444444") for kept in ends]
    return "\n".join([*dict.fromkeys(parts), "</svg>", ""])


def _held(found: DataMap) -> Iterable[Held]:
    personal = [(column.id.partition(".")[0], column) for column in found.columns if column.category]
    encrypted = {table for table, column in personal if column.form in (Form.SEALED, Form.FILED)}
    for table, column in personal:
        yield Held(DataCategory(column.category), table, Kept(column.kept), table in encrypted)


def _spread(things: list[Any], height: int) -> dict[Any, int]:
    step = (height - TOP) / len(things)
    return {thing: round(TOP + step * (number + 0.5) - ROW / 2) for number, thing in enumerate(things)}


def _title(x: int, text: str) -> str:
    return f'<text x="{x + 10}" y="38" font-weight="600" fill="#1c1c1c">{text}</text>'


def _box(x: int, y: int, text: str, colour: str) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{BOX[x]}" height="26" rx="5" fill="#f7f7f5" stroke="{colour}"/>'
        f'<text x="{x + 10}" y="{y + 18}" fill="#1c1c1c">{escape(text)}</text>'
    )


def _line(x1: int, y1: int, x2: int, y2: int, colour: str) -> str:
    y1, y2, bend = y1 + 13, y2 + 13, (x1 + x2) // 2
    return (
        f'<path d="M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}" fill="none" stroke="{colour}" stroke-opacity=".55"/>'
    )
