"""What a caller says is text that does not show itself: who opens it is listed here, and sinks are behind redaction.

A sink that is built later shows up in this file, or can't be built.
"""

import ast
import copy
import json
import pickle
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.policy import Sink
from op26x.types import Personal

ROOT = Path(__file__).parents[2]
ROOMS = ("framework/op26x", "apps", "plugins")

READS_WORDS = {
    "voice/conversation/redacted.py": "makes of words what each sink may have",
    "voice/conversation/call_report.py": "hands whoever watches live what they may have",
    "voice/turns/turn_taking.py": "tells a courtesy from an interruption",
    "voice/consent/assent.py": "reads yes and no",
    "recording/transcripts.py": "encrypts what may be kept",
    "recording/redacting.py": "masks more of what is kept",
    "redaction/word_times.py": "finds words in a text",
    "redaction/placeholders.py": "is the vault of a call",
    "client/summaries.py": "answers who may read a transcript, which is an entry in the audit log",
}
"""Who opens words of a call."""
READS_OTHERS = {
    "accounts/": "people who sign in, their numbers and secrets",
    "agents/digits.py": "digits that were entered, on their way into redaction",
    "calls/dialling.py": "a number, for its place",
    "calls/numbers.py": "a number, from its column",
    "calls/policies.py": "a number, for its place",
    "calls/scheduled.py": "a number, from its column",
    "cli/": "a key or a link that was just made",
    "consent/registries.py": "a number, for its prefix",
    "processors/destinations.py": "a secret, for its address",
    "storage/places.py": "a password of a database",
    "testing/telephone.py": "a number that a test calls",
    "types.py": "itself, in an example",
    "vault/": "what is being encrypted",
    "voice/vendors/connections.py": "a vendor's key",
}
BUILDS = {
    "TurnInfo": {"voice/conversation/redacted.py"},
    "LiveEvent": {"voice/conversation/call_report.py", "voice/call/switchboard.py"},
    "SpokenTurn": {"voice/consent/recorded_call.py", "recording/transcripts.py"},
    "TranscriptionFrame": {"voice/conversation/transport.py"},
    "LLMContext": {"voice/conversation/conversation.py", "voice/chat.py"},
}
"""What carries words to a sink, and who makes it."""


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module of ours, by its path within the core, or from the root."""
    for room in rooms:
        for file in sorted((ROOT / room).rglob("*.py")):
            yield str(file.relative_to(ROOT / ROOMS[0] if room == ROOMS[0] else ROOT)), ast.parse(file.read_text())


def called(tree: ast.Module) -> Iterator[str]:
    """The names of what a module calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id


def test_who_opens_what_is_personal_is_known() -> None:
    opening = {name for name, tree in modules(ROOMS[0]) if "reveal" in called(tree)}
    known = {*READS_WORDS, *(name for name in opening if name.startswith(tuple(READS_OTHERS)))}
    assert opening - known == set(), "say here why it opens what is personal, or let it be handed what it may have"
    assert set(READS_WORDS) <= opening
    assert all(any(name.startswith(one) for name in opening) for one in READS_OTHERS)


def test_no_app_and_no_plugin_opens_words_of_a_call() -> None:
    """They open secrets, numbers and addresses of people who sign in; words have no way to them but through a sink."""
    for name, tree in modules("apps", "plugins"):
        opened = [
            ast.unparse(node.func.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reveal"
        ]
        assert not [one for one in opened if one.endswith((".text", "turn", "words"))], name


@pytest.mark.parametrize("carrier", BUILDS)
def test_what_carries_words_to_a_sink_is_made_behind_redaction(carrier: str) -> None:
    makers = {name for name, tree in modules(ROOMS[0]) if carrier in called(tree)}
    assert makers - {name for name in makers if name.startswith(("testing/", "hookspecs/"))} == BUILDS[carrier]


def test_every_sink_is_one_that_words_go_to() -> None:
    said = "\n".join((ROOT / ROOMS[0] / name).read_text() for name in READS_WORDS)
    assert not [sink for sink in Sink if f"Sink.{sink.name}" not in said]


@given(st.text(min_size=3))
def test_words_show_themselves_to_nobody(words: str) -> None:
    said = Personal(words + "canary")
    shown = f"{said} {said!r} {said:>10} {[said]} {copy.deepcopy(said)}"
    assert "canary" not in shown
    for write in (json.dumps, pickle.dumps, msgspec.json.encode, msgspec.msgpack.encode, "".join):
        with pytest.raises((TypeError, msgspec.MsgspecError)):
            write([said])  # type: ignore[operator]
