"""GLiNER: what a model finds that is told in words what to look for, on this machine.

Needs the extra ``gliner`` and the folder of a model, which is loaded when the first text comes.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from op26x import Recognizer, hookimpl
from op26x.errors import SettingsError
from op26x.settings import Settings


class GlinerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``gliner``: ``OP26X_GLINER_…`` or ``[gliner]``.

    Attributes:
        model: Folder of a model. Empty means that GLiNER is not used.
        labels: What is looked for, in the model's words, and what we call it: ``person = PERSON``, with commas between.
        score: How sure the model must be, 0 to 1.
    """

    model: str = ""
    labels: str = "person = PERSON"
    score: float = 0.5

    def __post_init__(self) -> None:
        """Sees that the labels can be read.

        Raises:
            SettingsError: They can't.
        """
        if not all(words and label for words, label in self.wanted.items()) or not self.wanted:
            remedy = "Write it as: person = PERSON, street address = ADDRESS."
            raise SettingsError(f"The setting gliner.labels is {self.labels!r}.", remedy)

    @property
    def wanted(self) -> Mapping[str, str]:
        """Our labels, by the model's words."""
        pairs = (part.partition("=") for part in self.labels.split(","))
        return {words.strip(): label.strip() for words, _, label in pairs}


@hookimpl
def op26x_settings() -> type[GlinerSettings]:
    """Section ``gliner``."""
    return GlinerSettings


@hookimpl
def op26x_recognizers(settings: Settings) -> list[Recognizer]:
    """What the model finds; nothing, if there is no model."""
    own = settings.of(GlinerSettings)
    if not own.model:
        return []
    wanted = own.wanted

    def find(text: str) -> Iterator[tuple[str, int, int]]:
        found = _model(own.model).predict_entities(text, list(wanted), threshold=own.score)
        return ((wanted[one["label"]], one["start"], one["end"]) for one in found)

    return Recognizer.several(list(wanted.values()), find)


@cache
def _model(folder: str) -> Any:
    if find_spec("gliner") is None:
        raise SettingsError("The plugin gliner needs gliner.", "pip install op26x[gliner]")
    if not Path(folder).is_dir():  # whose name it would look for on a hub
        raise SettingsError(f"There is no folder {folder}.", "Set OP26X_GLINER_MODEL to one with a model.")
    from gliner import GLiNER

    return GLiNER.from_pretrained(folder, local_files_only=True)
