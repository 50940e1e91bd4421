"""Hook specs: one name each, in the project's form, grouped by domain."""

import inspect

import pytest

from op26x import hookspecs
from op26x.hookspecs import hookimpl
from op26x.plugins import Plugins

SPECS = [
    function
    for module in hookspecs.MODULES
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if hasattr(function, f"{hookspecs.PROJECT}_spec")
]


def test_there_are_hooks_of_every_family() -> None:
    families = {s.__module__.rpartition(".")[2] for s in SPECS}
    assert families == {"lifecycle", "consent", "recording", "redaction", "audit", "providers", "declarations", "apps"}


def test_no_name_is_used_twice() -> None:
    names = [s.__name__ for s in SPECS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.__name__)
def test_a_hook_can_be_implemented_with_all_its_parameters_and_with_none(spec: object) -> None:
    name = spec.__name__  # type: ignore[attr-defined]
    full: dict[str, object] = {}
    parameters = ", ".join(inspect.signature(spec).parameters)  # type: ignore[arg-type]
    exec(f"def {name}({parameters}): pass\ndef bare(): pass", full)
    for number, function in enumerate((full[name], full["bare"])):
        implementation = staticmethod(hookimpl(specname=name)(function))  # type: ignore[arg-type]
        plugins = Plugins()
        plugins.register(type("Plugin", (), {f"answer{number}": implementation})(), "plugin")
        assert plugins.summaries()[0].hooks == (name,)
