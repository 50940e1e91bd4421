"""GLiNER's entities in a call. Package and model are large, so a stand-in answers as GLiNER's documentation says."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

import op26x_gliner
from op26x.errors import SettingsError
from op26x.plugins import Plugins, build_registry
from op26x.redaction import try_out
from op26x.types import Recognizer


class GLiNER:
    """Finds each label where the text has that very word."""

    asked: ClassVar[list[tuple[str, list[str], float]]] = []

    @classmethod
    def from_pretrained(cls, model_id: str, *, local_files_only: bool = False) -> "GLiNER":
        """Loads from a folder alone."""
        assert local_files_only
        assert Path(model_id).is_dir()
        return cls()

    def predict_entities(self, text: str, labels: list[str], *, threshold: float) -> list[dict[str, Any]]:
        """As GLiNER does it."""
        self.asked.append((text, labels, threshold))
        found = ((label, text.find(label)) for label in labels)
        return [
            {"start": at, "end": at + len(label), "text": label, "label": label, "score": 0.9}
            for label, at in found
            if at >= 0
        ]


@pytest.fixture
def gliner(monkeypatch: pytest.MonkeyPatch) -> type[GLiNER]:
    """The package."""
    module = ModuleType("gliner")
    module.GLiNER = GLiNER  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gliner", module)
    monkeypatch.setattr(op26x_gliner, "find_spec", lambda name: module)
    monkeypatch.setattr(GLiNER, "asked", [])
    op26x_gliner._model.cache_clear()
    return GLiNER


def recognizers(monkeypatch: pytest.MonkeyPatch, **settings: str) -> tuple[Recognizer, ...]:
    """Those of the plugin, as a registry has them."""
    for name, value in settings.items():
        monkeypatch.setenv(f"OP26X_GLINER_{name.upper()}", value)
    plugins = Plugins()
    plugins.register(op26x_gliner, "gliner")
    return build_registry(plugins).recognizers


def test_without_a_model_it_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recognizers(monkeypatch) == ()


def test_what_the_model_finds_has_our_names(
    monkeypatch: pytest.MonkeyPatch, gliner: type[GLiNER], tmp_path: Path
) -> None:
    labels = "person = PERSON, street address=ADDRESS"
    person, address = recognizers(monkeypatch, model=str(tmp_path), labels=labels, score="0.7")
    assert (person.label, address.label) == ("PERSON", "ADDRESS")
    assert list(person.find("a person here")) == [(2, 8)]
    assert list(address.find("a person here")) == []
    assert gliner.asked == [("a person here", ["person", "street address"], 0.7)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "/nowhere"}, "There is no folder /nowhere"),
        ({"model": ".", "labels": "person"}, "gliner.labels"),
        ({"model": ".", "labels": ""}, "gliner.labels"),
    ],
)
def test_settings_that_can_not_be_met_keep_a_service_from_starting(
    monkeypatch: pytest.MonkeyPatch, gliner: type[GLiNER], settings: dict[str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        try_out(recognizers(monkeypatch, **settings))


def test_without_gliner_its_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(op26x_gliner, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install op26x\[gliner\]"):
        try_out(recognizers(monkeypatch, model=str(tmp_path)))
