"""The hook specs are their own manual: each says when it is called, what it takes and gives, and shows how."""

import ast
import inspect
import textwrap
import typing
from types import FunctionType

import pytest

from op26x import hookspecs

SPECS: list[FunctionType] = [
    function
    for module in hookspecs.MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if hasattr(function, f"{hookspecs.PROJECT}_spec")
]
KINDS = ("*Notification*", "*Deciding*", "*Declaration*")

every_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.__name__)


def manual(spec: FunctionType) -> str:
    return inspect.getdoc(spec) or ""


def kind(spec: FunctionType) -> str:
    (found,) = [k for k in KINDS if k in manual(spec)]
    return found


def section(spec: FunctionType, title: str) -> str:
    """The indented text under a title, without its indentation; empty if there is none."""
    _, found, rest = f"\n{manual(spec)}".partition(f"\n{title}\n")
    if not found:
        return ""
    lines = []
    for line in rest.splitlines():
        if line and not line.startswith(" "):
            break
        lines.append(line)
    return textwrap.dedent("\n".join(lines)).strip()


def example(spec: FunctionType) -> ast.Module:
    return ast.parse(section(spec, "Example::"))


def returns_something(spec: FunctionType) -> bool:
    return str(spec.__annotations__["return"]) not in ("None", "None | Awaitable[None]")


def test_there_are_hooks() -> None:
    assert len(SPECS) >= 14


@every_spec
def test_the_first_line_says_what_it_is_for(spec: FunctionType) -> None:
    first = manual(spec).splitlines()[0]
    assert len(first) > 20
    assert first[0].isupper()
    assert "." in first


@every_spec
def test_it_is_of_exactly_one_kind(spec: FunctionType) -> None:
    assert sum(k in manual(spec) for k in KINDS) == 1


@every_spec
def test_its_name_has_the_projects_form(spec: FunctionType) -> None:
    assert spec.__name__.startswith("op26x_")
    assert spec.__name__.count("_") >= 1


@every_spec
def test_it_says_when_it_is_called(spec: FunctionType) -> None:
    words = manual(spec)
    if kind(spec) == "*Declaration*":
        assert "Declaration" in words
    elif kind(spec) == "*Deciding*":
        assert "Called " in words
    else:
        assert words.startswith("Tells that ")


@every_spec
def test_every_parameter_is_explained(spec: FunctionType) -> None:
    arguments = section(spec, "Args:")
    for name in inspect.signature(spec).parameters:
        assert f"{name}: " in arguments


@every_spec
def test_what_it_may_return_is_said(spec: FunctionType) -> None:
    if kind(spec) == "*Deciding*":
        assert section(spec, "Returns:")
        assert returns_something(spec)
    if kind(spec) == "*Notification*":
        assert not returns_something(spec)
        assert not section(spec, "Returns:")


@every_spec
def test_a_deciding_hook_says_what_an_exception_does(spec: FunctionType) -> None:
    if kind(spec) == "*Deciding*":
        assert "An exception " in manual(spec)


@every_spec
def test_the_example_is_code_that_implements_it(spec: FunctionType) -> None:
    functions = {
        node.name: node for node in ast.walk(example(spec)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    implementation = functions[spec.__name__]
    assert [ast.unparse(d) for d in implementation.decorator_list] == ["hookimpl"]
    taken = {argument.arg for argument in implementation.args.args}
    assert taken <= set(inspect.signature(spec).parameters)


@every_spec
def test_a_line_of_the_manual_can_be_read_in_a_terminal(spec: FunctionType) -> None:
    assert max(map(len, manual(spec).splitlines())) <= 120


def test_the_rules_for_exceptions_are_said_once_for_all() -> None:
    words = typing.cast("str", hookspecs.__doc__)
    assert all(k.lower().strip("*") in words.lower() for k in KINDS)
    assert "fail closed" in words
