"""Structs are read with all of their faults."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.agents import faults_of
from op26x.policy import RecordingMode


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Read key by key."""

    seconds: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    mode: RecordingMode = RecordingMode.OFF


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    """Of every kind."""

    name: str
    voice: Literal["alloy", "ash"] | None = None
    inner: Inner = Inner()
    words: list[str] = []


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Takes nothing."""


def test_each_fault_has_its_place_its_words_and_its_remedy() -> None:
    values = {"voice": "aloy", "inner": {"secconds": 1, "seconds": -1, "mode": "of"}, "words": ["a", 5], 7: 8}
    assert [(fault.where, fault.message, fault.remedy) for fault in faults_of(values, Outer, "It: ")] == [
        ("7", "It: there is no option '7'.", "It takes: name, voice, inner, words."),
        ("name", "It: name is missing.", "Add a line: name: …"),
        ("voice", "It: voice: Invalid enum value 'aloy'.", "Did you mean alloy? Change voice to one of: alloy, ash."),
        (
            "inner.secconds",
            "It: there is no option 'inner.secconds'.",
            "Did you mean seconds? It takes: seconds, mode.",
        ),
        ("inner.seconds", "It: inner.seconds: Expected `float` >= 0.0.", "Change inner.seconds."),
        (
            "inner.mode",
            "It: inner.mode: Invalid enum value 'of'.",
            "Did you mean off? Change inner.mode to one of: announce, assent, off, one-party.",
        ),
        ("words", "It: words: Expected `str`, got `int`.", "Change words."),
    ]


def test_what_takes_nothing_says_so() -> None:
    (fault,) = faults_of({"a": 1}, Nothing)
    assert (fault.message, fault.remedy) == ("there is no key 'a'.", "It takes none.")


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["off", "ash", "x", ""])
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["seconds", "mode", "x"]), SCALARS)


@given(st.dictionaries(st.sampled_from(["name", "voice", "inner", "words", "x"]), VALUES))
def test_there_are_faults_exactly_where_it_does_not_convert(values: dict[str, Any]) -> None:
    faults = list(faults_of(values, Outer))
    assert all(fault.message and fault.remedy for fault in faults)
    if not faults:
        msgspec.convert(values, Outer)
        return
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(values, Outer)
