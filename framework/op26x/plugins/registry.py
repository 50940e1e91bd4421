"""What the plugins provide, by kind and name, checked for doubles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from op26x.errors import AgentError, PluginError
from op26x.plugins.manager import Plugins, unfit
from op26x.types import Processor, Provider, Recognizer

if TYPE_CHECKING:
    from sqlmodel import SQLModel

KINDS = {
    "key store": "op26x_key_store",
    "telephony": "op26x_telephony",
    "llm": "op26x_llm_service",
    "stt": "op26x_stt_service",
    "tts": "op26x_tts_service",
    "blobs": "op26x_blob_store",
    "do-not-call format": "op26x_do_not_call_format",
}
TOOLS, TABLES, RECOGNIZERS = "op26x_tools", "op26x_tables", "op26x_recognizers"


@dataclass(frozen=True)
class Registry:
    """Providers and tools that the plugins offer.

    Attributes:
        providers: By kind, as in ``KINDS``, then by name.
        tools: Tools by name.
        tables: Tables of their own, by plugin.
        processors: Who each plugin gives data to.
        recognizers: Of personal data, besides the core's.
        owners: The plugin that provides each provider or ``tool``, by kind and name.
    """

    providers: dict[str, dict[str, Provider[Any]]]
    tools: dict[str, Any]
    tables: dict[str, list[type[SQLModel]]] = field(default_factory=dict)
    processors: dict[str, tuple[Processor, ...]] = field(default_factory=dict)
    owners: dict[str, dict[str, str]] = field(default_factory=dict)
    recognizers: tuple[Recognizer, ...] = ()

    def provider(self, kind: str, name: str) -> Provider[Any]:
        """The provider of that kind and name.

        Raises:
            AgentError: There is none.
        """
        try:
            return self.providers[kind][name]
        except KeyError:
            known = ", ".join(sorted(self.providers[kind])) or "none"
            raise AgentError(
                f"No plugin provides the {kind} {name!r}.", f"Installed: {known}. See op26x plugins list."
            ) from None


def build_registry(plugins: Plugins) -> Registry:
    """Collects all that they provide and declare.

    Raises:
        PluginError: Two plugins provide the same name, or a declaration is not what its hook wants.
    """
    owners: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    providers = {kind: _named(plugins, hook, kind, owners[kind]) for kind, hook in KINDS.items()}
    tools = _named(plugins, TOOLS, "tool", owners.setdefault("tool", {}))
    return Registry(providers, tools, _tables(plugins), plugins.processors(), owners, tuple(_recognizers(plugins)))


def _recognizers(plugins: Plugins) -> Iterator[Recognizer]:
    for plugin, found in plugins.collect(RECOGNIZERS, settings=plugins.settings):
        if not (isinstance(found, list) and all(isinstance(one, Recognizer) for one in found)):
            raise unfit(plugin, RECOGNIZERS, found, "Return a list of op26x.Recognizer.")
        yield from found


def _tables(plugins: Plugins) -> dict[str, list[type[SQLModel]]]:
    found = dict(plugins.collect(TABLES))
    for plugin, models in found.items():
        if not (isinstance(models, list) and all(_is_table(model) for model in models)):
            raise unfit(plugin, TABLES, models, "Return a list of SQLModel classes with table=True.")
    return found


def _is_table(model: object) -> bool:
    """Whether it is a SQLModel class with a table; SQLModel itself is loaded by whoever declares one."""
    return isinstance(model, type) and hasattr(model, "__table__") and hasattr(model, "model_fields")


def _named(plugins: Plugins, hook: str, kind: str, owners: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for plugin, result in plugins.collect(hook):
        for item in result if isinstance(result, list) else [result]:
            if not (hasattr(item, "handler") if hook == TOOLS else isinstance(item, Provider)):
                wanted = "op26x.agents.Tool" if hook == TOOLS else "op26x.Provider"
                raise unfit(plugin, hook, item, f"Return an {wanted}, or a list of them.")
            if item.name in found:
                raise PluginError(
                    f"Plugins {owners[item.name]} and {plugin} both provide the {kind} {item.name!r}.",
                    "Uninstall one of them, or rename its provider.",
                )
            owners[item.name], found[item.name] = plugin, item
    return found
