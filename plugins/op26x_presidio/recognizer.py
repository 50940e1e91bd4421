"""Ours in Presidio: ``analyzer.registry.add_recognizer(Op26xRecognizer())``."""

from collections.abc import Mapping

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from op26x.redaction import Entity, Turn, redact_dialogue
from op26x_presidio.settings import LABELS

THEIRS: Mapping[str, list[str]] = {
    label: [theirs for theirs, ours in LABELS.items() if ours == label] or [label] for label in map(str, Entity)
}
SCORE = 0.85


class Op26xRecognizer(EntityRecognizer):
    """Finds what op26x finds: in what is said as in what is written, in English, German, Spanish, French and Hindi.

    Args:
        language: For which of Presidio's languages it is used, ISO 639-1; it tells by itself what a text is in.
    """

    def __init__(self, language: str = "en") -> None:
        entities = {name for names in THEIRS.values() for name in names}
        super().__init__(supported_entities=sorted(entities), name="op26x", supported_language=language)

    def load(self) -> None:
        """Nothing is loaded before it is needed."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """What it finds of the entities, by Presidio's names: a passport has one for each country."""
        (spans,) = redact_dialogue([Turn("caller", text)])
        named = ((next((name for name in THEIRS[one.label] if name in entities), ""), one) for one in spans)
        return [RecognizerResult(name, one.start, one.end, SCORE) for name, one in named if name]
