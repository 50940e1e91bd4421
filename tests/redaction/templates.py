"""Templates: dialogues on the phone, and written sentences, whose personal data are slots.

A file is UTF-8 text, ``REGION_SPLIT.txt`` or ``moreREGION_SPLIT.txt``. The region is that of the speakers, ``us``,
``uk``, ``in``, ``de``, ``es``, ``fr`` or ``hi`` (Hindi, in Latin letters and in Devanagari), or ``written``: single
sentences from chats, mails and notes. The split is ``development``, whose misses may be read to mend the recognizers,
or ``test``, whose misses may not. A blank line separates dialogues, and a line that begins with ``#`` is a comment.
Every other line is a turn: ``A: text`` is the agent's, ``C: text`` the caller's.

A slot gets a value when the template is filled:

=========================  ============================================================================================
``{LABEL}``                a new value of that entity: ``{CARD}``, ``{PERSON}``
``{LABEL:again}``          the same value once more, maybe said in another way
``{LABEL:first}``          the first part of a value; then ``{LABEL:rest}``, or ``{LABEL:middle}`` and ``{LABEL:rest}``
``{LABEL:last4}``          its last four characters
``{LABEL:corrected}``      the value with a slip of the tongue that is corrected: "four one two, no sorry, four one one"
``{PERSON:given}``         the given name; ``{PERSON:family}`` is the family name
``{PERSON:spelled}``       the name letter by letter: "S for sugar, M for mother"
``{EMAIL:spelled}``        the address with its local part letter by letter
``[[LABEL|text]]``         literal text that is that entity
``{=kind}``                what looks like personal data and is none: an order number, a price, a flight, a city
=========================  ============================================================================================

All but the last are gold: what a finder has to find, whole. The labels are those of ``op26x.redaction.Entity``:

- ``PERSON`` is a private person. The agent's own name and companies are written out, and are not gold.
- ``ADDRESS`` is house number and street, with what is said in one breath with them: flat, town, region.
- ``POSTCODE`` is one that stands alone: a ZIP code, a UK postcode, an Indian PIN code.
- ``DATE_OF_BIRTH`` is a date only if somebody was born on it, and ``AGE`` an age only if it is over 89.
- ``URL`` is an address of a page only if it carries credentials.

The kinds of ``{=kind}`` are the keys of ``negatives.MAKERS``.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .values import REGIONS

Split = Literal["development", "test"]
FOLDER = Path(__file__).parent / "templates"
WRITTEN = "written"
SETS = (*REGIONS, WRITTEN)
SLOT = re.compile(r"\{(=?\w+)(?::(\w+))?\}|\[\[([A-Z_]+)\|(.*?)\]\]")
TURN = re.compile(r"([AC]):\s*(.*)")
SPEAKERS = {"A": "agent", "C": "caller"}


@dataclass(frozen=True)
class Template:
    """A dialogue that is not filled yet.

    Attributes:
        source: The name of its file, without the ending.
        turns: Speaker and text, slots and all, of each turn.
    """

    source: str
    turns: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """What all turns say."""
        return "\n".join(text for _, text in self.turns)

    @property
    def set_name(self) -> str:
        """Which of the sets it is of, as its file's name has it; empty if of none."""
        name = self.source.partition("_")[0].removeprefix("more")
        return name if name in SETS else ""


def read_templates(path: Path) -> list[Template]:
    """The dialogues of a file, in order."""
    found: list[Template] = []
    turns: list[tuple[str, str]] = []
    for number, raw in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], start=1):
        line = raw.strip()
        if line.startswith("#"):
            continue
        if line:
            match = TURN.fullmatch(line)
            if not match:
                raise ValueError(f"{path}:{number}: a turn begins with 'A:' or 'C:'")
            turns.append((SPEAKERS[match[1]], match[2]))
        elif turns:
            found.append(Template(path.stem, tuple(turns)))
            turns = []
    return found


def templates_of(name: str, split: Split) -> list[Template]:
    """All templates of a set."""
    paths = (FOLDER / f"{prefix}{name}_{split}.txt" for prefix in ("", "more"))
    return [template for path in paths if path.exists() for template in read_templates(path)]
