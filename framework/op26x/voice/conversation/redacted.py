"""Redaction in one call: what is heard and said, as each sink may have it.

Inside, placeholders stand for everything that is personal; every sink gets a view of that. What a caller, a tool or a
language model says is never a placeholder: only the vault makes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from op26x.calls import TurnInfo
from op26x.policy import Rules, Sink
from op26x.redaction import (
    Actions,
    Dialogue,
    Placeholders,
    Span,
    Turn,
    disarmed,
    each_text,
    label_of,
    replaced_words,
    times_of,
)
from op26x.types import Personal, Recognizer, Word, primary_language
from op26x.voice.conversation.in_clear import InClear
from op26x.voice.turns.turns import UnredactedTurn

HINT = (
    "Personal data that you are not shown stands in the conversation as a placeholder such as <CARD_1>. Treat it as "
    "the value itself: do not ask for it again, hand it to tools as it stands, and use none that you were not given."
)
TOOL = "tool"
AGENT = "agent"
CALLER = "caller"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Something that was heard: as the LLM was told it, with placeholders for everything, and its words."""

    told: str
    full: str
    words: tuple[Word, ...]


class CallRedaction:
    """That of one call.

    Args:
        rules: What the call is held under.
        language: The agent's, as in BCP 47.
        recognizers: Of plugins.
    """

    def __init__(self, rules: Rules, language: str, recognizers: Sequence[Recognizer] = ()) -> None:
        self._actions = Actions(rules, {one.label for one in recognizers if one.secret})
        self._dialogue = Dialogue(primary_language(language), recognizers)
        self._placeholders = Placeholders(primary_language(language))
        self._pieces: list[_Piece] = []
        self._read: tuple[str, list[Span]] | None = None
        self._entered: dict[str, str] = {}
        self._looks = self._actions.any
        self._in_clear = InClear(self._placeholders, self._actions)

    def heard(self, said: Personal, words: tuple[Word, ...] = ()) -> str:
        """What the caller said or pressed, as the LLM may be told it."""
        text = said.reveal()
        if not self._actions.any:
            return text
        text = disarmed(text)
        read, self._read = self._read, None
        spans = read[1] if read is not None and read[0] == text else self._dialogue.spans(Turn(CALLER, text))
        full = self._placeholders.put(text, spans)
        self._in_clear.heard(full)
        told = self._seen(full, Sink.LLM)
        self._pieces.append(_Piece(told, full, replaced_words(text, spans, words, self._placeholders.name)))
        return told

    def protect(self, entity: str) -> None:
        """Gives no sink an entity for the rest of the call, whatever the policy says."""
        self._actions.protect(entity)

    def entered(self, entity: str, digits: str, tool: str) -> None:
        """What the caller entered for a tool alone; whoever says it later says something that is known."""
        if digits:
            self._entered[digits] = name = self._placeholders.name(entity, digits)
            self._in_clear.entered(name, tool)
            self._dialogue.heard(entity, digits)

    @property
    def masks_audio(self) -> bool:
        """Whether anything that is said may not be kept on a recording."""
        return self._actions.any_at(Sink.AUDIO)

    def unkept(self, said: Personal | None, words: tuple[Word, ...], whole: tuple[int, int]) -> list[tuple[int, int]]:
        """The stretches of a recording that may not be kept of what a caller said, in milliseconds.

        It is known a moment before the conversation is told; what is read here is not read again there.

        Args:
            said: What they said; ``None`` if nobody knows.
            words: Each word with its times; without them nobody knows where in the audio anything is.
            whole: Where all of it was said.
        """
        if said is None:
            return [whole]
        text = said.reveal()
        self._read = text, self._dialogue.spans(Turn(CALLER, text))
        spans = [span for span in self._read[1] if not self._actions.keeps(Sink.AUDIO, span.label)]
        return times_of(text, spans, words) if spans and words else [whole] * bool(spans)

    def for_sinks(self, turn: UnredactedTurn) -> "TurnViews":
        """A turn that is over, as each sink may have it."""
        if not self._actions.any:
            told = _told(turn, turn.text, turn.words)
            return TurnViews(told, told, told)
        full, words = self._agent(turn) if turn.speaker == AGENT else self._caller(turn)
        return TurnViews(*(self._view(turn, full, words, sink) for sink in (Sink.TRANSCRIPT, Sink.LIVE, Sink.PLUGINS)))

    def for_tool(self, arguments: Mapping[str, Any], needs: frozenset[str], tool: str = "") -> Mapping[str, Any]:
        """Arguments that an LLM wrote, as a tool may have them: with the values of what it needs.

        Args:
            arguments: As they were written.
            needs: Labels of what it needs.
            tool: Its name.
        """
        labels = {label for label in self._placeholders.labels if self._tool_may_have(label, needs)}
        known = {label for label in self._placeholders.labels - labels if self._actions.keeps(Sink.LLM, label)}
        names = [name for name in self._placeholders.names if label_of(name) in known]
        told: Mapping[str, Any] = self._placeholders.reveal(arguments, labels)
        self._in_clear.used(tool, arguments, labels)
        return each_text(told, lambda text, _: self._placeholders.hide(text, names)) if names else told

    def from_tool(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a tool returned, as the LLM may be told it."""
        if not self._actions.any:
            return data
        told: Mapping[str, Any] = each_text(data, self._of_tool, of_key=self._hidden, numbers=self._entered)
        return told

    def live(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Arguments that an LLM wrote, as whoever watches live may have them."""
        told: Mapping[str, Any] = each_text(data, lambda text, _: self._seen(text, Sink.LIVE))
        return told

    def spoken(self, text: str) -> str:
        """What an LLM wrote, for the ear: words in place of placeholders."""
        return self._placeholders.spoken(text)

    @property
    def counted(self) -> dict[str, int]:
        """How many different values of each entity came up that not every sink may have."""
        return {label: count for label, count in self._placeholders.counts.items() if self._actions.redacts(label)}

    @property
    def clear(self) -> InClear | None:
        """What was told in clear, and to whom; ``None`` if nothing was looked for."""
        return self._in_clear if self._looks else None

    @property
    def hint(self) -> str:
        """What an LLM is told of placeholders; empty if it is told everything."""
        return HINT if self._actions.any else ""

    def _tool_may_have(self, label: str, needs: frozenset[str]) -> bool:
        return label in needs or self._actions.keeps(Sink.TOOLS, label)

    def _caller(self, turn: UnredactedTurn) -> tuple[str, tuple[Word, ...]]:
        """The text with placeholders for everything: what the LLM was told is found again, piece by piece."""
        text, at, pieces = turn.text.reveal(), 0, []
        heard, self._pieces = self._pieces, []
        for piece in heard:
            found = text.find(piece.told, at)
            if found < 0:
                continue
            pieces += [text[at:found], piece.full]
            at = found + len(piece.told)
        words = tuple(word for piece in heard for word in piece.words) if turn.words else ()
        return "".join((*pieces, text[at:])), words

    def _agent(self, turn: UnredactedTurn) -> tuple[str, tuple[Word, ...]]:
        text, self._read = turn.text.reveal(), None
        full = self._placeholders.put(text, self._dialogue.spans(Turn(AGENT, text)))
        self._in_clear.said(text, full)
        return full, turn.words

    def _view(self, turn: UnredactedTurn, full: str, words: tuple[Word, ...], sink: Sink) -> TurnInfo:
        seen = tuple(replace(word, text=Personal(self._seen(word.text.reveal(), sink))) for word in words)
        return _told(turn, Personal(self._seen(full, sink)), seen)

    def _seen(self, text: str, sink: Sink) -> str:
        return self._actions.view(text, sink, self._placeholders)

    def _hidden(self, text: str) -> str:
        """The name of a field: only what is known is looked for in it."""
        kept_back = (name for name in self._placeholders.names if not self._actions.keeps(Sink.LLM, label_of(name)))
        return self._placeholders.hide(disarmed(text), list(kept_back))

    def _of_tool(self, text: str, name: str) -> str:
        """A text of a tool's; what its field is called tells what it may be."""
        text = self._placeholders.hide(disarmed(text), self._entered.values())
        cue = f"{name.replace('_', ' ')} is " if name else ""
        found = self._dialogue.beside(Turn(TOOL, cue + text))
        inside = (span for span in found if span.end > len(cue))
        spans = [Span(max(span.start - len(cue), 0), span.end - len(cue), span.label) for span in inside]
        full = self._placeholders.put(text, spans)
        self._in_clear.returned(full)
        return self._seen(full, Sink.LLM)


def _told(turn: UnredactedTurn, text: Personal, words: tuple[Word, ...]) -> TurnInfo:
    times = turn.started_ms, turn.ended_ms, turn.latency_ms
    return TurnInfo(turn.number, turn.speaker, text, *times, turn.interrupted, words)


@dataclass(frozen=True, slots=True)
class TurnViews:
    """A turn as each sink may have it.

    Attributes:
        transcript: For the transcript that is stored.
        live: For whoever watches.
        plugins: For plugins.
    """

    transcript: TurnInfo
    live: TurnInfo
    plugins: TurnInfo
