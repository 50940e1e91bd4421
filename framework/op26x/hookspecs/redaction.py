"""Redaction: what is personal data besides what the core knows."""

from typing import TYPE_CHECKING

from op26x.hookspecs._markers import hookspec

if TYPE_CHECKING:
    from op26x.settings import Settings
    from op26x.types import Recognizer


@hookspec
def op26x_recognizers(settings: "Settings") -> "list[Recognizer]":
    r"""Adds recognizers of personal data. *Declaration*.

    Each finds one kind of entity in what callers and agents say and what tools return. It is run on every turn of every
    call, on the loop that serves all calls: look for patterns, not for answers. One that raises finds nothing in that
    turn, which is logged without the turn's words. A model that finds several kinds at once is asked once for each
    text by ``Recognizer.several``.

    Args:
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Example::

        @hookimpl
        def op26x_recognizers():
            return [Recognizer.pattern("STAFF_NUMBER", r"\bSN-\d{6}\b")]
    """
