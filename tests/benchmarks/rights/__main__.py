"""How callers' words are read: trains the models, and measures them on phrases that they were not made of."""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from train import read, train

from op26x.consent import demanded, load_ahead
from op26x.consent.reading.answers import read_words
from op26x.consent.reading.languages import LANGUAGES, language_named
from op26x.consent.reading.model import FOLDER

PHRASES = Path(__file__).parent / "phrases"
KINDS = ("demands", "answers")


def train_all(languages: Iterable[str]) -> None:
    """Writes the model of each language."""
    for language in languages:
        lexicon = language_named(language).lexicon
        for kind in KINDS:
            train(read(PHRASES / language / f"{kind}-train.tsv"), lexicon).save(FOLDER / f"{language}-{kind}.npz")
            print(f"{language} {kind}: trained", flush=True)


def share(found: Sequence[object], of: Sequence[object]) -> float:
    """One part of another; 1 of nothing."""
    return len(found) / len(of) if of else 1.0


def demands(language: str, split: str, *, misses: bool) -> str:
    """A row of the table of demands."""
    phrases = read(PHRASES / language / f"demands-{split}.tsv")
    load_ahead(language)
    start = time.perf_counter()
    read_as = [demanded(text, language) for _, text in phrases]
    each_ms = (time.perf_counter() - start) / len(phrases) * 1e3
    rows = [(label, text, one) for (label, text), one in zip(phrases, read_as, strict=True)]
    wanted = [row for row in rows if row[0] != "none"]
    none = [row for row in rows if row[0] == "none"]
    right = [(label, one) for label, _, one in wanted if one and one.right == label]
    sure = [row for row in rows if row[2] and row[2].sure]
    sure_and_right = [row for row in sure if row[2] and row[2].right == row[0]]
    asked = [row for row in none if row[2] and not row[2].sure]
    if misses:
        for label, text, one in rows:
            if (one.right.value if one else "none") != label:
                found = f"{one.right}{'' if one.sure else '?'}" if one else "none"
                print(f"  {label:9}{found:11}{text}")
    return (
        f"| {language} | {len(wanted)} | {share(right, wanted):.3f} | {share(sure_and_right, sure):.3f} | {len(none)} "
        f"| {share(asked, none):.3f} | {each_ms:.2f} |"
    )


def answers(language: str, split: str, *, misses: bool) -> str:
    """A row of the table of answers."""
    phrases = read(PHRASES / language / f"answers-{split}.tsv")
    rows = [
        (label, text, got[0].value if (got := read_words(text, language)) else "neither") for label, text in phrases
    ]
    wrong = [row for row in rows if row[0] != row[2]]
    consents = [row for row in wrong if row[2] == "yes"]
    if misses:
        for label, text, got in wrong:
            print(f"  {label:9}{got:11}{text}")
    return f"| {language} | {len(rows)} | {1 - share(wrong, rows):.3f} | {len(consents)} |"


def main() -> None:
    """``rights [--train] [--misses] [--split SPLIT] [LANGUAGE ...]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="*", default=LANGUAGES)
    parser.add_argument("--train", action="store_true", help="write the models first")
    parser.add_argument("--misses", action="store_true", help="print what was read wrong")
    parser.add_argument("--split", default="test", choices=("train", "test"))
    given = parser.parse_args(sys.argv[1:])
    if given.train:
        train_all(given.languages)
    print("\n| language | demands | recall | precision | none | asked back | ms each |\n|---|--:|--:|--:|--:|--:|--:|")
    for language in given.languages:
        print(demands(language, given.split, misses=given.misses))
    print("\n| language | answers | accuracy | read as yes and is none |\n|---|--:|--:|--:|")
    for language in given.languages:
        print(answers(language, given.split, misses=given.misses))


main()
