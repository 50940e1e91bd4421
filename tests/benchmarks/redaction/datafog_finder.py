"""Runs DataFog's regular expressions, which are its default, with the German ones for German dialogues.

It runs in an environment that has DataFog, and nothing of op26x.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import datafog


def main() -> None:
    """``datafog_finder.py ASKED ANSWERED``."""
    asked, answered = map(Path, sys.argv[1:3])
    datafog.scan("Warm up: a@example.com", engine="regex")
    results = []
    for dialogue in json.loads(asked.read_text(encoding="utf-8")):
        locales = ["de"] if dialogue["region"] == "de" else None
        before = time.perf_counter()
        found = [datafog.scan(text, engine="regex", locales=locales) for text in dialogue["turns"]]
        seconds = time.perf_counter() - before
        spans = [[[one.start, one.end, one.type] for one in turn.entities] for turn in found]
        results.append({"spans": spans, "seconds": seconds})
    packages = {"datafog": version("datafog")}
    answered.write_text(json.dumps({"packages": packages, "dialogues": results}), encoding="utf-8")


main()
