"""A page of HTML out of Markdown, which loads nothing."""

from collections.abc import Sequence
from html import escape

STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}"
    "blockquote{margin:0;padding:.2rem 1rem;border-left:4px solid #c8c8c8;background:#f7f7f7}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #c8c8c8;padding:.3rem .5rem;text-align:left}"
    "s{color:#a00000}strong{color:#a00000}code{overflow-wrap:anywhere}td{vertical-align:top}"
    "@media(prefers-color-scheme:dark){body{background:#161616;color:#e8e8e8}blockquote{background:#222}"
    "s,strong{color:#ff8a80}}"
)
NOTHING_LOADED = "default-src 'none'; style-src 'unsafe-inline'"


def page(title: str, markdown: str, language: str) -> str:
    """A whole page.

    Args:
        title: Its title.
        markdown: CommonMark with tables and struck-out words; HTML in it is shown as text.
        language: As in BCP 47.
    """
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    return (
        f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{NOTHING_LOADED}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n{reader.render(markdown)}</body></html>\n"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table in Markdown, after an empty one; nothing in a cell ends it."""
    cells = [[cell.replace("|", "&#124;").replace("\n", " ") for cell in row] for row in rows]
    return ["", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in cells)]
