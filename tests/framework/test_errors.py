"""Errors: one tree, and each prints what happened and what to do."""

import inspect

import pytest

from op26x import errors
from op26x.errors import Op26xError, UsageError, WorkError

CONCRETE = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, Op26xError) and cls not in (Op26xError, UsageError, WorkError)
]


@pytest.mark.parametrize("cls", CONCRETE, ids=lambda c: c.__name__)
def test_every_error_is_either_wrong_use_or_failed_work(cls: type[Op26xError]) -> None:
    assert issubclass(cls, UsageError) != issubclass(cls, WorkError)


@pytest.mark.parametrize("cls", CONCRETE, ids=lambda c: c.__name__)
def test_every_error_is_drawn_in_the_tree(cls: type[Op26xError]) -> None:
    assert errors.__doc__ is not None
    assert cls.__name__ in errors.__doc__.split()


def test_prints_message_and_remedy() -> None:
    error = WorkError("The disk is full.", "Free some space.")
    assert (error.message, error.remedy) == ("The disk is full.", "Free some space.")
    assert str(error) == "The disk is full. Free some space."


def test_without_a_remedy_prints_the_message_alone() -> None:
    assert str(WorkError("The disk is full.")) == "The disk is full."
