"""Presidio: its recognizers in calls, and ours in Presidio, for whoever has recognizers of their own there.

``settings`` says what can be configured, ``analysis`` asks Presidio, ``recognizer`` is what Presidio is given. Needs
the extra ``presidio`` and a spaCy model that is installed; both are loaded when the first text comes.
"""

from collections.abc import Iterator
from importlib.util import find_spec

from op26x import Recognizer, hookimpl
from op26x.errors import SettingsError
from op26x.settings import Settings
from op26x_presidio.settings import LABELS, PresidioSettings


@hookimpl
def op26x_settings() -> type[PresidioSettings]:
    """Section ``presidio``."""
    return PresidioSettings


@hookimpl
def op26x_recognizers(settings: Settings) -> list[Recognizer]:
    """Those of Presidio that the setting ``presidio.entities`` names; none, if it names none."""
    own = settings.of(PresidioSettings)
    if not own.wanted:
        return []

    def find(text: str) -> Iterator[tuple[str, int, int]]:
        if find_spec("presidio_analyzer") is None:
            raise SettingsError("The plugin presidio needs presidio-analyzer.", "pip install op26x[presidio]")
        from op26x_presidio.analysis import analysis

        return analysis(own).find(text)

    return Recognizer.several([LABELS.get(name, name) for name in own.wanted], find)
