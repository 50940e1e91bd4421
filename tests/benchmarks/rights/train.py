"""Trains the models with which callers' demands are read: multinomial logistic regression, without chance."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from op26x.consent.reading.model import BUCKETS, Model, buckets
from op26x.consent.reading.words import Lexicon

ROUNDS = 200
RATE = 0.25
DECAY = 2e-6

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def train(phrases: Sequence[tuple[str, str]], lexicon: Lexicon) -> Model:
    """A model of phrases, each with its label. What stands in a single phrase alone has no weight."""
    labels = tuple(sorted({label for label, _ in phrases}))
    rows = [np.array(sorted(buckets(lexicon.read(text))), dtype=np.int64) for _, text in phrases]
    columns = np.concatenate(rows)
    times = np.bincount(columns, minlength=BUCKETS)
    rarity = np.where(times > 1, np.log((1 + len(rows)) / (1 + times)) + 1, 0).astype(np.float16)
    rows = [row[times[row] > 1] for row in rows]
    columns, starts = np.concatenate(rows), np.cumsum([0, *map(len, rows)])[:-1]
    counts = rarity[columns].astype(np.float32)
    values = counts / np.repeat(np.sqrt(np.add.reduceat(counts**2, starts)), [len(row) for row in rows])
    wanted = np.zeros((len(phrases), len(labels)), dtype=np.float32)
    wanted[np.arange(len(phrases)), [labels.index(label) for label, _ in phrases]] = 1
    weights, bias = _descend(columns, starts, values, wanted)
    scale = float(np.abs(weights).max()) / 127
    return Model(labels, np.rint(weights / scale).astype(np.int8), rarity, bias, scale, fingerprint(phrases, lexicon))


def fingerprint(phrases: Sequence[tuple[str, str]], lexicon: Lexicon) -> str:
    """SHA-256 of the phrases and of how their words are read: a model that was made of others must be made anew."""
    lines = (f"{label}\t{text}\t{lexicon.read(text).kinds}\n" for label, text in phrases)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _descend(columns: Ints, starts: Ints, values: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """Adam on the whole set, in a fixed number of rounds."""
    lengths = np.diff([*starts, len(columns)])
    owners = np.repeat(np.arange(len(starts)), lengths)
    order = np.argsort(columns, kind="stable")
    used, firsts = np.unique(columns[order], return_index=True)
    weights, bias = np.zeros((BUCKETS, wanted.shape[1]), np.float32), np.zeros(wanted.shape[1], np.float32)
    first = np.zeros((len(used), wanted.shape[1]), np.float32)
    second = np.zeros_like(first)
    for round_ in range(1, ROUNDS + 1):
        sums = np.add.reduceat(weights[columns] * values[:, None], starts) + bias
        sums -= sums.max(axis=1, keepdims=True)
        found = np.exp(sums)
        wrong = (found / found.sum(axis=1, keepdims=True) - wanted) / len(wanted)
        slope = np.add.reduceat((wrong[owners] * values[:, None])[order], firsts) + DECAY * weights[used]
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        step = RATE * min(1.0, 3 * (1 - round_ / (ROUNDS + 1)))
        weights[used] -= step * (first / (1 - 0.9**round_)) / (np.sqrt(second / (1 - 0.999**round_)) + 1e-8)
        bias -= np.float32(step) * wrong.sum(axis=0)
    return weights, bias


def read(file: Path) -> list[tuple[str, str]]:
    """Phrases with their labels; those that nobody can be sure of are left out."""
    lines = (line.split("\t") for line in file.read_text("utf-8").splitlines())
    return [(label, text) for label, text in lines if not label.endswith("?")]
