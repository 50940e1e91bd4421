"""What of a call was told in clear, and to whom: for the disclosure ledger, which names kinds and counts alone."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from op26x.policy import Sink
from op26x.processors.disclosures import TOOL, VOICE
from op26x.redaction import Actions, Placeholders, each_text, label_of, names_in

LLM, TTS, CARRIER = "llm", "tts", "telephony"


class InClear:
    """Notes placeholders of values by the role that was told them; whoever hears the call has the role ``voice``.

    Args:
        placeholders: Of the call.
        actions: Tell what an LLM knows.
    """

    def __init__(self, placeholders: Placeholders, actions: Actions) -> None:
        self._placeholders = placeholders
        self._actions = actions
        self._told: defaultdict[str, set[str]] = defaultdict(set)

    def heard(self, full: str) -> None:
        """What the caller said, with placeholders for all of it."""
        self._told[VOICE].update(names_in(full))
        self.returned(full)

    def entered(self, name: str, tool: str) -> None:
        """Keys that the caller pressed for a tool."""
        for role in (CARRIER, f"{TOOL}{tool}"):
            self._told[role].add(name)

    def said(self, text: str, full: str) -> None:
        """What the agent said, as it said it and with placeholders for all of it: so much the LLM knew, too."""
        for role in (LLM, TTS, VOICE):
            self._told[role].update({*names_in(full)} - {*names_in(text)})

    def returned(self, full: str) -> None:
        """What an LLM was told."""
        self._told[LLM].update(self._known(full))

    def used(self, tool: str, arguments: Any, labels: Collection[str]) -> None:
        """What a tool was told.

        Args:
            tool: Its name.
            arguments: As they were written, before placeholders were opened.
            labels: Of those that were.
        """

        def note(text: str, _name: str) -> str:
            opened = {name for name in names_in(text) if label_of(name) in labels}
            hidden = names_in(self._placeholders.hide(text, self._placeholders.names))
            self._told[f"{TOOL}{tool}"].update(opened | ({*hidden} - {*names_in(text)}))
            return text

        each_text(arguments, note)

    def counted(self, roles: Iterable[str]) -> dict[str, int]:
        """How many different values of each entity several roles were told together."""
        names = {name for role in roles for name in self._told.get(role, ())}
        return dict(Counter(map(label_of, names)))

    def _known(self, full: str) -> list[str]:
        return [name for name in names_in(full) if self._actions.keeps(Sink.LLM, label_of(name))]
