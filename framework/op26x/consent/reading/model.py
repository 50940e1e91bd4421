"""What an utterance means: a linear model over words and kinds of words, trained on phrases in ``tests/benchmarks``.

Each of its decisions can be taken apart: the weight of a meaning is the sum of what each stretch of the utterance gives
it. It has no say where a rule has spoken.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from op26x.consent.reading.patterns import BREAK, OTHER
from op26x.consent.reading.words import Heard

FOLDER = Path(__file__).parent / "models"
BUCKETS = 1 << 17
"""So many weights there are for each meaning."""
NEAR = 6
"""Two words are seen together up to so many words apart."""


def stretches(heard: Heard) -> Iterator[str]:
    """Kinds of words, and words, that follow each other, and kinds that are near each other."""
    known = heard.kinds.replace(OTHER, "").replace(BREAK, "")
    shape = f"^{_without_repeated(heard.kinds)}$"
    for length in (1, 2, 3, 4):
        for start in range(len(shape) - length + 1):
            yield shape[start : start + length]
    for first, kind in enumerate(known):
        for second in known[first + 1 : first + NEAR]:
            yield f"{kind}~{second}"
    words = ("^", *heard.words, "$")
    for length in (1, 2, 3):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length]) + " "
    if heard.asks:
        yield "?"


def parts(word: str) -> list[str]:
    """Three to five letters of a word that follow each other, its beginning and its end among them."""
    bounded = f"<{word}>"
    return [bounded[at : at + length] for length in (3, 4, 5) for at in range(len(bounded) - length + 1)]


def _buckets_of_parts(word: str) -> frozenset[int]:
    return frozenset(bucket(part) for part in parts(word))


_of_known_words = lru_cache(8192)(_buckets_of_parts)
"""Of words in the lexicon alone: no other word that a caller says is kept."""


def _without_repeated(kinds: str) -> str:
    """Several other words in a row are one."""
    while OTHER * 2 in kinds:
        kinds = kinds.replace(OTHER * 2, OTHER)
    return kinds


def bucket(stretch: str) -> int:
    """The number of a stretch's weights; two may share one, which is rare enough."""
    return crc32(stretch.encode()) % BUCKETS


def buckets(heard: Heard) -> list[int]:
    """The numbers of the weights of an utterance."""
    found = {bucket(stretch) for stretch in stretches(heard)}
    for kind, word in zip(heard.kinds, heard.words, strict=True):
        found |= _buckets_of_parts(word) if kind == OTHER else _of_known_words(word)
    return list(found)


@dataclass(frozen=True, slots=True)
class Model:
    """The weights of one language.

    Attributes:
        labels: What an utterance may be: a right, or ``none``.
        weights: One row for each bucket, one column for each label.
        rarity: What a bucket counts, the more the fewer phrases are in it.
        bias: Of each label.
        scale: What a weight of 1 is worth.
        trained_on: SHA-256 of the phrases and of how their words are read.
    """

    labels: tuple[str, ...]
    weights: npt.NDArray[np.int8]
    rarity: npt.NDArray[np.float16]
    bias: npt.NDArray[np.float32]
    scale: float
    trained_on: str

    @classmethod
    def load(cls, file: Path) -> "Model":
        """Reads one that ``save`` has written."""
        with np.load(file, allow_pickle=False) as stored:
            return cls(
                tuple(stored["labels"].tolist()),
                stored["weights"],
                stored["rarity"],
                stored["bias"],
                float(stored["scale"]),
                str(stored["trained_on"]),
            )

    def save(self, file: Path) -> None:
        """Writes it, some 100 KB."""
        np.savez_compressed(
            file,
            labels=np.array(self.labels),
            weights=self.weights,
            rarity=self.rarity,
            bias=self.bias,
            scale=np.float32(self.scale),
            trained_on=np.array(self.trained_on),
        )

    def probabilities(self, heard: Heard) -> Mapping[str, float]:
        """How likely each label is, adding up to 1."""
        rows = buckets(heard)
        counts = self.rarity[rows].astype(np.float32)
        length = float(counts @ counts) ** 0.5 or 1.0
        sums = counts @ self.weights[rows] * (self.scale / length) + self.bias
        powers = np.exp(sums - sums.max())
        return dict(zip(self.labels, (powers / powers.sum()).tolist(), strict=True))

    def reasons(self, heard: Heard, label: str, most: int = 8) -> list[tuple[str, float]]:
        """What spoke most for or against a label: the stretch, and its weight."""
        column = self.labels.index(label)
        looked_at = {*stretches(heard), *(part for word in heard.words for part in parts(word))}
        rows = {one: bucket(one) for one in looked_at}
        weighed = {one: float(self.weights[row, column]) * float(self.rarity[row]) for one, row in rows.items()}
        length = sum(float(self.rarity[row]) ** 2 for row in rows.values()) ** 0.5 or 1.0
        most_telling = sorted(weighed, key=lambda one: (-abs(weighed[one]), one))[:most]
        return [(one, weighed[one] * self.scale / length) for one in most_telling]


@cache
def model(language: str, of: str) -> Model | None:
    """The model of a language's ``demands`` or ``answers``, if there is one."""
    file = FOLDER / f"{language}-{of}.npz"
    return Model.load(file) if file.exists() else None
