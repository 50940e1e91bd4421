"""Fills templates with random values, the same ones for the same seed, and keeps where the personal data are."""

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from op26x.redaction import Span

from .negatives import negative
from .spoken import Style, render
from .templates import SLOT, WRITTEN, Split, Template, templates_of
from .values import MAKERS, Value, draw, email
from .words import number_words

MODES = ("spoken", "recogniser", "written")
"""As a recognizer writes that knows words only, as one writes that knows figures and punctuation, as people type."""
SEED = 2611
TOKEN_LABELS = ("EMAIL", "UPI", "URL", "IP_ADDRESS")
LANGUAGES = {"de": "de", "es": "es", "fr": "fr", "hi": "hi"}
LABEL_REGIONS = {
    "SSN": "us", "ITIN": "us", "ROUTING_NUMBER": "us", "SORT_CODE": "uk", "NHS_NUMBER": "uk", "NI_NUMBER": "uk",
    "AADHAAR": "in", "PAN": "in", "GSTIN": "in", "UPI": "in", "IFSC": "in",
}  # fmt: skip
CARELESS = 0.15
"""Of those who type, how many type no capitals."""

Segment = tuple[str, str]


@dataclass(frozen=True)
class GoldTurn:
    """A turn with the personal data that are in it.

    Attributes:
        speaker: ``agent`` or ``caller``.
        text: What was said.
        gold: What a finder has to find.
    """

    speaker: str
    text: str
    gold: tuple[Span, ...]


@dataclass(frozen=True)
class GoldDialogue:
    """A template that is filled.

    Attributes:
        turns: In the order in which they were said.
        source: The template's file.
        region: Where its values are from.
        mode: One of ``MODES``.
    """

    turns: tuple[GoldTurn, ...]
    source: str
    region: str
    mode: str


def modes_of(name: str) -> tuple[str, ...]:
    """The modes that a set is filled in."""
    return (WRITTEN,) if name == WRITTEN else MODES


def gold_set(name: str, split: Split, mode: str, rounds: int = 1, seed: int = SEED) -> list[GoldDialogue]:
    """A set's dialogues in a mode, each template filled `rounds` times; always the same for the same arguments."""
    templates = templates_of(name, split)
    return [
        fill(template, random.Random(f"{seed}:{template.source}:{mode}:{number}:{again}"), mode)
        for again in range(rounds)
        for number, template in enumerate(templates)
    ]


def fill(template: Template, rng: random.Random, mode: str) -> GoldDialogue:
    """One dialogue from a template."""
    region = _region(template, rng)
    style = Style(mode, region, _language(region, template))
    thirds = frozenset(re.findall(r"\{(\w+):middle\}", template.text))
    cast = _Cast(rng, region, thirds)
    careless = mode == "written" and rng.random() < CARELESS
    turns: list[GoldTurn] = []
    for speaker, line in template.turns:
        by_caller = speaker == "caller"
        text, gold = _assemble(_segments(line, cast, replace(style, disfluent=by_caller)), style)
        if careless and by_caller and len(text.lower()) == len(text) and "PASSWORD" not in line:
            text = text.lower()
        turns.append(GoldTurn(speaker, text, gold))
    return GoldDialogue(tuple(turns), template.source, region, mode)


def flatten(text: str) -> str:
    """Lower case, no punctuation, single spaces; leading and trailing spaces are kept as one space."""
    kept = [char if unicodedata.category(char)[0] in "LMN" or char in "'’" else " " for char in text.lower()]
    return re.sub(r"\s+", " ", "".join(kept))


@dataclass
class _Cast:
    """The values of one dialogue: the current one of each label, and which were cut in three."""

    rng: random.Random
    region: str
    thirds: frozenset[str]
    current: dict[str, Value] = field(default_factory=dict)

    def value(self, label: str, variant: str) -> Value:
        """A new value for a plain slot, else the label's current one."""
        if variant and label in self.current:
            return self.current[label]
        owner = self.current.get("PERSON")
        if label == "EMAIL" and owner and self.rng.random() < 0.6:
            value = email(self.rng, self.region, owner)
        else:
            value = draw(label, self.rng, self.region)
        self.current[label] = value
        return value


def _region(template: Template, rng: random.Random) -> str:
    if template.set_name and template.set_name != WRITTEN:
        return template.set_name
    labelled = [region for label, region in LABEL_REGIONS.items() if re.search(rf"\{{{label}\b", template.text)]
    return labelled[0] if labelled else rng.choice(("us", "uk", "in"))


def _language(region: str, template: Template) -> str:
    if region == "hi" and re.search("[\u0900-\u097f]", template.text):
        return "hi_deva"
    return LANGUAGES.get(region, "en")


def _segments(text: str, cast: _Cast, style: Style) -> list[Segment]:
    """The line as pieces of text with their labels; that of plain text is empty."""
    pieces: list[Segment] = []
    at = 0
    for match in SLOT.finditer(text):
        pieces.append((_literal(text[at : match.start()], style), ""))
        name, variant, literal_label, literal = match.groups()
        if literal_label:
            pieces.append((_literal(literal, style, literal_label), literal_label))
        elif name.startswith("="):
            pieces.append((negative(name[1:], cast.rng, style), ""))
        else:
            pieces.append((_value(name, variant or "", cast, style), name))
        at = match.end()
    pieces.append((_literal(text[at:], style), ""))
    return [piece for piece in pieces if piece[0]]


def _value(label: str, variant: str, cast: _Cast, style: Style) -> str:
    if label not in MAKERS:
        raise ValueError(f"there is no label {label}")
    return render(cast.value(label, variant), cast.rng, style, variant, label in cast.thirds)


def _literal(text: str, style: Style, label: str = "") -> str:
    if style.mode != "spoken":
        return text
    if label in TOKEN_LABELS:
        text = _say_symbols(text, style)
    if label:
        return re.sub(r"\d+", lambda match: " " + " ".join(_figure(char, style.lang) for char in match[0]) + " ", text)
    return _say_figures(text, style)


def _say_figures(text: str, style: Style) -> str:
    """Figures in literal text as words: "£20" is "twenty pounds", "0.4%" is "zero point four percent"."""
    units = {"$": "dollars", "£": "pounds", "€": "euro", "₹": "rupees"}
    point, percent = (style.vocabulary.units[unit][0] for unit in ("point", "percent"))
    text = re.sub(r"([$£€₹])(\d[\d,.]*\d|\d)", lambda match: f"{match[2]} {units[match[1]]}", text)
    text = re.sub(r"(\d+) ?€", r"\1 euro", text)
    text = re.sub(r"(\d)[.,](\d+)(?= ?(?:%|GB|MB|km|kg|Mbit))", rf"\1 {point} \2", text)
    text = text.replace("%", f" {percent}")
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return re.sub(r"\d+", lambda match: f" {_figure(match[0], style.lang)} ", text)


def _figure(figure: str, lang: str) -> str:
    if len(figure) <= 4 and (figure[0] != "0" or figure == "0"):
        return number_words(int(figure), lang)
    return " ".join(number_words(int(char), lang) for char in figure)


def _say_symbols(text: str, style: Style) -> str:
    symbols = {key: words[0] for key, words in style.vocabulary.symbols.items()}
    for key in sorted(symbols, key=len, reverse=True):
        text = text.replace(key, f" {symbols[key]} ")
    return text


def _assemble(pieces: Sequence[Segment], style: Style) -> tuple[str, tuple[Span, ...]]:
    """The text of a turn and what is gold in it."""
    built, gold = "", []
    for raw, label in pieces:
        text = flatten(raw) if style.mode == "spoken" else _capital_start(built, raw, style)
        text = text.strip() if label else text
        if built.endswith(" ") or not built:
            text = text.lstrip()
        if label and text:
            gold.append(Span(len(built), len(built) + len(text), label))
        built += text
    return built.rstrip(), tuple(gold)


def _capital_start(built: str, piece: str, style: Style) -> str:
    sentence = not built.strip() or built.rstrip()[-1:] in ".?!"
    if style.mode == "recogniser" and sentence and piece[:1].islower() and "@" not in piece and "://" not in piece:
        return piece[0].upper() + piece[1:]
    return piece
