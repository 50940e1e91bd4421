"""Markup taken off: Markdown, HTML and SSML tags, entities, emoji, what can't be seen, and drawings."""

import re
import unicodedata
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

VIRAMA = 9
"""The combining class of the sign behind which a joiner belongs to the spelling, in the scripts of India."""
JOINERS = "\u200c\u200d"
KEPT_SIGNS = "°¯"
"""A degree, and what eyebrows of a drawing are made of."""
ENDS = ".!?…:;,।॥"
TAG = re.compile(
    r"""</?[A-Za-z][\w:-]*(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+))*\s*/?>|<!--.*?(?:-->|$)""", re.S
)
BREAKING_TAG = re.compile(r"</?(?:br|p|div|li|tr|h[1-6]|ul|ol|table)\b", re.I)
PAUSE_TAG = re.compile(r"<break\b", re.I)
TASK = re.compile(r"^(\s*[-*+]\s+)\[[ xX]\]\s+", re.M)
RUN = re.compile(r"([=+~^#])\1{2,}")
HIDDEN_ELEMENT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|$)", re.I | re.S)
EMOTICON = re.compile(r"(?<![\w:;=])(?:[:;=]['’]?-?[()DPp|\\*]+|<3|\^_*\^|-_+-)(?!\w)|(?<!\S)\S*[¯╯ヽʕ◕ᴥツ]\S*")
DRAWING = re.compile(r"[\\/|_^<>=~*#+@(){}\[\]-]")
MAYBE_MARKDOWN = re.compile(r"[*_`~|<>\[\]#&\\\n]|^\s*(?:[-+•]|\d+[.)])\s", re.M)
BULLET = re.compile(r"^(\s*)[•●▪◦‣–—]\s+", re.M)


def visible(text: str) -> str:
    """Without control characters, zero-width characters and emoji; every space is a plain one, every digit 0 to 9."""
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        kept.append(char if " " <= char <= "~" or char == "\n" else _visible(char, kept[-1] if kept else ""))
    return "".join(kept)


def _visible(char: str, before: str) -> str:
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp") or char in "\t\r\v\f\x85":
        return " " if char not in "\u2028\u2029\r" else "\n"
    if category == "Nd":
        return str(unicodedata.digit(char))
    if char in JOINERS and before and unicodedata.combining(before) == VIRAMA:
        return char
    if category == "So" and char not in KEPT_SIGNS:
        return " "
    unseen = category in ("Sk", "Me") or category[0] == "C" or "\ufe00" <= char <= "\ufe0f"
    return "" if unseen and char not in KEPT_SIGNS else char


def plain(text: str, not_items: re.Pattern[str] | None = None) -> str:
    """Text as a person reads it, in one line.

    Code in fences is left out, and so is struck-through text; a link is its label, an image its description, a row of
    a table one sentence, and so is each item of a list.

    Args:
        text: Of a whole answer or a piece of it.
        not_items: Matches the number at the beginning of a line that is no item's (``25. November``).
    """
    text = HIDDEN_ELEMENT.sub(" ", text)
    text = TAG.sub(_without_tag, text)
    text = EMOTICON.sub("", text)
    if not MAYBE_MARKDOWN.search(text):
        return RUN.sub(" ", text).strip()
    text = "\n".join("" if _is_drawing(line) else line for line in text.split("\n"))
    text = TASK.sub(r"\1", BULLET.sub(r"\1- ", text))
    if not_items:
        text = not_items.sub(r"\1\\.", text)
    blocks = list(_blocks(_parser().parse(text)))
    return RUN.sub(" ", " ".join([*map(_ended, blocks[:-1]), *blocks[-1:]]))


def _without_tag(tag: re.Match[str]) -> str:
    if PAUSE_TAG.match(tag.group()):
        return ", "
    return "\n\n" if BREAKING_TAG.match(tag.group()) else ""


def _is_drawing(line: str) -> bool:
    return len(DRAWING.findall(line)) >= 2 and not re.search(r"\w\w|\d|^\s*(?:`|~~~|\||[-*_]{3})", line)


def _ended(block: str) -> str:
    return block if block.endswith(tuple(ENDS)) else block + "."


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["code", "lheading"])


def _blocks(tokens: "list[Token]") -> list[str]:
    """The text of each paragraph, heading, item and row."""
    blocks: list[str] = []
    number = ""
    row: list[str] | None = None
    for token in tokens:
        match token.type:
            case "list_item_open":
                number = token.info
            case "tr_open":
                row = []
            case "tr_close":
                blocks.append(", ".join(cell for cell in row or [] if cell))
                row = None
            case "inline":
                said = _inline(token.children or [])
                if row is not None:
                    row.append(said)
                else:
                    blocks.append(f"{number}, {said}" if number and said else said)
                    number = ""
    return [block for block in blocks if block]


def _inline(tokens: "list[Token]") -> str:
    said: list[str] = []
    struck = 0
    for index, token in enumerate(tokens):
        struck += {"s_open": 1, "s_close": -1}.get(token.type, 0)
        if struck:
            continue
        if token.type in ("softbreak", "hardbreak"):
            said.append(_line_break(said, tokens[index + 1 :]))
        elif token.type == "image":
            said.append(_inline(token.children or []))
        else:
            said.append(token.content)
    return "".join(said).strip()


def _line_break(said: "list[str]", rest: "list[Token]") -> str:
    """A line that begins anew is set off by a comma; one that only wraps is not."""
    before = "".join(said).rstrip()
    after = "".join(token.content for token in takewhile(lambda token: token.type != "softbreak", rest)).lstrip()
    begins_anew = after[:1].isupper() or after[:1].isdecimal()
    return ", " if begins_anew and before and not before.endswith(tuple(ENDS)) else " "
