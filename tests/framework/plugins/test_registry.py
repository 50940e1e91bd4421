"""The registry: providers and tools by kind and name, without doubles."""

from typing import Any

import pytest

from op26x.errors import AgentError, PluginError
from op26x.hookspecs import hookimpl
from op26x.plugins import Plugins, build_registry
from op26x.plugins.registry import KINDS
from op26x.types import Provider


def offering(hook: str, result: Any) -> object:
    """A plugin that answers one hook."""

    def answer(self: object) -> Any:
        return result

    return type("Offering", (), {hook: hookimpl(answer)})()


def provider(name: str) -> Provider[Any]:
    return Provider(name, lambda request: name)


def test_without_plugins_there_is_nothing(plugins: Plugins) -> None:
    registry = build_registry(plugins)
    assert registry.providers == {kind: {} for kind in KINDS}
    assert registry.tools == {}


@pytest.mark.parametrize("kind", KINDS)
def test_a_plugin_may_offer_one_provider_or_several(plugins: Plugins, kind: str) -> None:
    one, two, three = provider("one"), provider("two"), provider("three")
    plugins.register(offering(KINDS[kind], one), "single")
    plugins.register(offering(KINDS[kind], [two, three]), "double")
    registry = build_registry(plugins)
    assert [registry.provider(kind, name) for name in ("one", "two", "three")] == [one, two, three]


@pytest.mark.parametrize("kind", KINDS)
def test_two_of_one_name_are_refused_and_both_plugins_named(plugins: Plugins, kind: str) -> None:
    plugins.register(offering(KINDS[kind], provider("same")), "first")
    plugins.register(offering(KINDS[kind], [provider("other"), provider("same")]), "second")
    with pytest.raises(PluginError) as caught:
        build_registry(plugins)
    assert all(word in caught.value.message for word in ("first", "second", kind, "'same'"))


def test_the_same_name_for_different_kinds_is_fine(plugins: Plugins) -> None:
    for hook in KINDS.values():
        plugins.register(offering(hook, provider("local")), hook)
    registry = build_registry(plugins)
    assert all(registry.provider(kind, "local") for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_provides_is_an_error_that_names_what_there_is(plugins: Plugins, kind: str) -> None:
    with pytest.raises(AgentError, match=f"{kind} 'magic'") as nothing:
        build_registry(plugins).provider(kind, "magic")
    assert "none" in nothing.value.remedy
    plugins.register(offering(KINDS[kind], provider("plain")), "plugin")
    with pytest.raises(AgentError) as something:
        build_registry(plugins).provider(kind, "magic")
    assert "plain" in something.value.remedy


def test_what_is_no_provider_is_refused_and_the_plugin_named(plugins: Plugins) -> None:
    plugins.register(offering("op26x_telephony", "not a provider"), "odd")
    with pytest.raises(PluginError, match=r"odd.*telephony"):
        build_registry(plugins)


@pytest.mark.parametrize("result", ["parrot", Provider, [provider("one"), "parrot"], lambda request: None])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_provider_is_refused_with_plugin_hook_and_remedy(plugins: Plugins, kind: str, result: Any) -> None:
    plugins.register(offering(KINDS[kind], result), "wrong")
    with pytest.raises(PluginError, match=rf"wrong, hook {KINDS[kind]}: it returned ") as caught:
        build_registry(plugins)
    assert "op26x.Provider" in caught.value.remedy


@pytest.mark.parametrize("result", ["hours", provider("hours"), [len]])
def test_what_is_no_tool_is_refused(plugins: Plugins, result: Any) -> None:
    plugins.register(offering("op26x_tools", result), "wrong")
    with pytest.raises(PluginError, match="wrong, hook op26x_tools: it returned ") as caught:
        build_registry(plugins)
    assert "op26x.agents.Tool" in caught.value.remedy
