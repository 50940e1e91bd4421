"""Ours in Presidio: ``analyzer.registry.add_recognizer(Op26xRecognizer())``."""

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from op26x.redaction import Entity, Turn, redact_dialogue
from op26x_presidio.settings import LABELS

THEIRS = {ours: theirs for theirs, ours in reversed(list(LABELS.items()))}
SCORE = 0.85


class Op26xRecognizer(EntityRecognizer):
    """Finds what op26x finds: in what is said as in what is written, in English, German, Spanish, French and Hindi.

    Args:
        language: For which of Presidio's languages it is used, ISO 639-1; it tells by itself what a text is in.
    """

    def __init__(self, language: str = "en") -> None:
        entities = [THEIRS.get(entity.value, entity.value) for entity in Entity]
        super().__init__(supported_entities=entities, name="op26x", supported_language=language)

    def load(self) -> None:
        """Nothing is loaded before it is needed."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """What it finds of the entities, by Presidio's names."""
        (spans,) = redact_dialogue([Turn("caller", text)])
        found = [RecognizerResult(THEIRS.get(one.label, one.label), one.start, one.end, SCORE) for one in spans]
        return [one for one in found if one.entity_type in entities]
