"""Asks Presidio, once for each text, on this machine."""

import logging
from collections.abc import Iterator
from functools import cache

import tldextract.tldextract
from presidio_analyzer import AnalyzerEngine, AnalyzerEngineProvider
from presidio_analyzer.nlp_engine import NlpEngineProvider

from op26x.errors import SettingsError
from op26x_presidio.settings import LABELS, PresidioSettings


class Analysis:
    """Presidio with its model, as the settings say.

    Args:
        settings: Which model, and what is looked for.

    Raises:
        SettingsError: There is no such model or file, or Presidio does not know one of the entities.
    """

    def __init__(self, settings: PresidioSettings) -> None:
        settings.check()
        self._settings = settings
        self._engine = _engine(settings)
        known = self._engine.get_supported_entities(settings.language)
        if unknown := sorted(set(settings.wanted) - set(known)):
            raise SettingsError(
                f"Presidio knows no {unknown[0]} in {settings.language!r}.", f"It knows: {', '.join(sorted(known))}."
            )

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Labels of ours, and where in the text they are."""
        own = self._settings
        found = self._engine.analyze(text, own.language, entities=own.wanted, score_threshold=own.score)
        return ((LABELS.get(one.entity_type, one.entity_type), one.start, one.end) for one in found)


@cache
def analysis(settings: PresidioSettings) -> Analysis:
    """The one of this process."""
    return Analysis(settings)


def _engine(settings: PresidioSettings) -> AnalyzerEngine:
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # it warns of each recognizer of another language
    # Presidio asks tldextract, which would fetch a newer list of top-level domains than the one it brings along.
    tldextract.tldextract.TLD_EXTRACTOR.suffix_list_urls = ()
    if settings.config:
        return AnalyzerEngineProvider(analyzer_engine_conf_file=settings.config).create_engine()
    models = [{"lang_code": settings.language, "model_name": settings.model}]
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    return AnalyzerEngine(nlp_engine=nlp, supported_languages=[settings.language])
