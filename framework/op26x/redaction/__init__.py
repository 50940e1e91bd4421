"""Redaction: finds personal data in what is said and written, and keeps it from every place that text goes to."""

from op26x.redaction.dialogue import Dialogue, redact_dialogue, try_out, warm
from op26x.redaction.entities import Entity, Span, Turn
from op26x.redaction.names import names
from op26x.redaction.placeholders import Placeholders, disarmed, each_text, in_words, label_of, names_in
from op26x.redaction.sinks import LEVELS, Actions
from op26x.redaction.streaming import StreamRedactor
from op26x.redaction.word_times import replaced_words, times_of

__all__ = [
    "LEVELS",
    "Actions",
    "Dialogue",
    "Entity",
    "Placeholders",
    "Span",
    "StreamRedactor",
    "Turn",
    "disarmed",
    "each_text",
    "in_words",
    "label_of",
    "names",
    "names_in",
    "redact_dialogue",
    "replaced_words",
    "times_of",
    "try_out",
    "warm",
]
