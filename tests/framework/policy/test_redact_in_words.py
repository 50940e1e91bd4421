"""Redaction, as people read it in a policy."""

import pytest

from op26x.policy import RedactAction, Redaction, Sink
from op26x.policy.explaining import in_words

EVERYWHERE = [Redaction(at, "SECRETS", RedactAction.PLACEHOLDER) for at in Sink]


@pytest.mark.parametrize(
    ("redact", "words"),
    [
        ([], "none"),
        (EVERYWHERE, "SECRETS"),
        (EVERYWHERE[:2], "SECRETS placeholder at llm, tools"),
        (
            [Redaction(Sink.LIVE, "PIN", RedactAction.DROP), Redaction(Sink.LLM, "ALL", RedactAction.MASK)],
            "ALL mask at llm; PIN drop at live",
        ),
    ],
)
def test_what_is_alike_is_said_once(redact: list[Redaction], words: str) -> None:
    assert in_words(frozenset(redact)) == words
