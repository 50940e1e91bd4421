"""Turns in an order that an LLM can answer to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.voice.vendors.requests import answerable

NAMES = {
    "u": {"role": "user", "content": "u"},
    "a": {"role": "assistant", "content": "a"},
    "c": {"role": "assistant", "tool_calls": [{"id": "1"}]},
    "t": {"role": "tool", "tool_call_id": "1", "content": "t"},
    "d": {"role": "developer", "content": "d"},
}


def made(order: str) -> list[dict[str, Any]]:
    """Messages by their letters."""
    return [NAMES[letter] for letter in order]


@pytest.mark.parametrize(
    ("order", "asked"),
    [
        ("", ""),
        ("u", "u"),
        ("aucta", "auact"),
        ("uctcta", "uactct"),
        ("uctaa", "uaact"),
        ("uctau", "uctau"),
        ("uctad", "uctad"),
        ("uctauctaa", "uctauaact"),
        ("ua", "ua"),
        ("cta", "act"),
    ],
)
def test_what_was_said_beside_a_call_stands_before_it(order: str, asked: str) -> None:
    assert answerable(made(order)) == made(asked)


@given(st.text(st.sampled_from("uactd"), max_size=12))
def test_nothing_is_lost_and_a_second_time_changes_nothing(order: str) -> None:
    once = answerable(made(order))
    assert sorted(map(str, once)) == sorted(map(str, made(order)))
    assert answerable(once) == once
    assert answerable([*made(order), NAMES["u"]]) == made(order + "u")
