"""Prints dialogues of a set, the personal data marked: ``PYTHONPATH=tests python -m redaction us --mode spoken``."""

import argparse
from typing import get_args

from .generate import MODES, SEED, GoldTurn, gold_set
from .templates import SETS, Split


def main() -> None:
    """Reads the arguments and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("--split", choices=get_args(Split), default="development")
    parser.add_argument("--mode", choices=MODES, default="written")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    for dialogue in gold_set(given.set, given.split, given.mode, seed=given.seed)[: given.count]:
        print("\n".join(_marked(turn) for turn in dialogue.turns), end="\n\n")


def _marked(turn: GoldTurn) -> str:
    text = turn.text
    for span in reversed(turn.gold):
        text = f"{text[: span.start]}[{span.label}|{text[span.start : span.end]}]{text[span.end :]}"
    return f"{turn.speaker}: {text}"


if __name__ == "__main__":
    main()
