"""Measures what finds personal data: how much of it is found, and how much else is masked with it.

A finder is any callable that takes the turns of a dialogue and returns the spans of each. Its labels are not compared
with the gold ones: what it finds is masked, whatever it takes it for. White space counts nowhere.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from op26x.redaction import Span, Turn

from .generate import GoldDialogue

Finder = Callable[[list[Turn]], Sequence[Sequence[Span]]]


@dataclass(frozen=True)
class Found:
    """What a finder made of a dialogue.

    Attributes:
        spans: Of each turn.
        seconds: That it took for the whole dialogue.
    """

    spans: Sequence[Sequence[Span]]
    seconds: float


@dataclass
class Counts:
    """What was counted, and the shares that follow from it.

    Attributes:
        entities: Gold spans.
        whole: Those of them that are masked from the first character to the last.
        gold: Characters that are gold.
        missed: Those of them that are not masked.
        other: Characters that are not gold.
        masked: Those of them that are masked.
        clean: Turns without gold.
        touched: Those of them in which something is masked.
    """

    entities: int = 0
    whole: int = 0
    gold: int = 0
    missed: int = 0
    other: int = 0
    masked: int = 0
    clean: int = 0
    touched: int = 0

    @property
    def recall(self) -> float:
        """Entities that are masked whole."""
        return _share(self.whole, self.entities, of_none=1.0)

    @property
    def leaked(self) -> float:
        """Gold characters that are not masked."""
        return _share(self.missed, self.gold)

    @property
    def over(self) -> float:
        """Other characters that are masked."""
        return _share(self.masked, self.other)

    @property
    def false(self) -> float:
        """Turns without gold in which something is masked."""
        return _share(self.touched, self.clean)

    def __iadd__(self, other: Self) -> Self:
        for name, count in asdict(other).items():
            setattr(self, name, getattr(self, name) + count)
        return self

    def shares(self) -> dict[str, float]:
        """The four shares, rounded."""
        return {name: round(getattr(self, name), 4) for name in ("recall", "leaked", "over", "false")}


@dataclass
class Measured:
    """How a finder did on some dialogues.

    Attributes:
        overall: Over all labels.
        labels: By label: recall and leaked by the gold one, over and false by the finder's own.
        ms_per_turn: The median over the dialogues.
    """

    overall: Counts = field(default_factory=Counts)
    labels: dict[str, Counts] = field(default_factory=dict)
    ms_per_turn: float = 0.0

    def as_json(self, labels: bool = True) -> dict[str, Any]:
        """The figures, as JSON has them."""
        figures = {
            **self.overall.shares(),
            "ms_per_turn": round(self.ms_per_turn, 4),
            "counts": asdict(self.overall),
        }
        if labels:
            figures["labels"] = {
                label: {"entities": counts.entities, **counts.shares()} for label, counts in sorted(self.labels.items())
            }
        return figures


def find(dialogues: Iterable[GoldDialogue], finder: Finder) -> list[Found]:
    """Runs a finder on each dialogue, and takes the time."""
    results = []
    for dialogue in dialogues:
        turns = [Turn(turn.speaker, turn.text) for turn in dialogue.turns]
        before = time.perf_counter()
        spans = finder(turns)
        results.append(Found(spans, time.perf_counter() - before))
    return results


def count(dialogues: Sequence[GoldDialogue], results: Sequence[Found]) -> Measured:
    """Compares what was found with the gold."""
    labels: dict[str, Counts] = defaultdict(Counts)
    total = Counts()
    for dialogue, found in zip(dialogues, results, strict=True):
        for turn, spans in zip(dialogue.turns, found.spans, strict=True):
            total += _count_turn(turn.text, turn.gold, spans, labels)
    for counts in labels.values():
        counts.other, counts.clean = total.other, total.clean
    each = [found.seconds / len(dialogue.turns) for dialogue, found in zip(dialogues, results, strict=True)]
    return Measured(total, dict(labels), 1000 * statistics.median(each) if each else 0.0)


def measure(dialogues: Sequence[GoldDialogue], finder: Finder) -> Measured:
    """How a finder does on the dialogues."""
    return count(dialogues, find(dialogues, finder))


def is_masked(text: str, entity: Span, spans: Iterable[Span]) -> bool:
    """Whether an entity is masked from the first character to the last."""
    return _places(text, [entity]) <= _places(text, spans)


def _count_turn(text: str, gold: Sequence[Span], spans: Sequence[Span], labels: dict[str, Counts]) -> Counts:
    wanted, masked = _places(text, gold), _places(text, spans)
    every = {place for place, char in enumerate(text) if not char.isspace()}
    for span in gold:
        own = _places(text, [span])
        labels[span.label] += Counts(1, int(own <= masked), len(own), len(own - masked))
    for label in {span.label for span in spans}:
        beside = _places(text, [span for span in spans if span.label == label]) - wanted
        labels[label] += Counts(masked=len(beside), touched=int(not gold))
    return Counts(
        entities=len(gold),
        whole=sum(_places(text, [span]) <= masked for span in gold),
        gold=len(wanted),
        missed=len(wanted - masked),
        other=len(every - wanted),
        masked=len(masked - wanted),
        clean=int(not gold),
        touched=int(not gold and bool(spans)),
    )


def _places(text: str, spans: Iterable[Span]) -> set[int]:
    return {place for span in spans for place in range(span.start, span.end) if not text[place].isspace()}


def _share(part: int, whole: int, of_none: float = 0.0) -> float:
    return part / whole if whole else of_none
