"""Marked text: turns in which what is personal stands in brackets, with what it is behind them."""

import re

from op26x.redaction import Turn, redact_dialogue

MARK = re.compile(r"\[([^]]*)\]\(([A-Z_]+)\)")
AGENT = "agent: "


def marked(*turns: str) -> tuple[str, ...]:
    """The same turns, marked by what is found in them: ``call me on [555 0100](PHONE)``.

    Args:
        turns: In the order in which they were said; the agent's begin with ``agent:``, the others are the caller's.
    """
    said = [MARK.sub(r"\1", turn) for turn in turns]
    speakers = ["agent" if turn.startswith(AGENT) else "caller" for turn in said]
    texts = [turn.removeprefix(AGENT) for turn in said]
    found = redact_dialogue([Turn(speaker, text) for speaker, text in zip(speakers, texts, strict=True)])
    again = []
    for speaker, text, spans in zip(speakers, texts, found, strict=True):
        written, place = AGENT if speaker == "agent" else "", 0
        for span in spans:
            written += f"{text[place : span.start]}[{text[span.start : span.end]}]({span.label})"
            place = span.end
        again.append(written + text[place:])
    return tuple(again)
