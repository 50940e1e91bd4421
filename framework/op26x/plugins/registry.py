"""What the plugins provide, by kind and name, checked for doubles."""

from dataclasses import dataclass
from typing import Any

from op26x.errors import AgentError, PluginError
from op26x.plugins.manager import Plugins, unfit
from op26x.types import Provider

KINDS = {
    "key store": "op26x_key_store",
    "telephony": "op26x_telephony",
    "llm": "op26x_llm_service",
    "stt": "op26x_stt_service",
    "tts": "op26x_tts_service",
    "blobs": "op26x_blob_store",
}
TOOLS = "op26x_tools"


@dataclass(frozen=True)
class Registry:
    """Providers and tools that the plugins offer.

    Attributes:
        providers: By kind (``key store``, ``blobs``, ``telephony``, ``llm``, ``stt``, ``tts``), then by
            name.
        tools: Tools by name.
    """

    providers: dict[str, dict[str, Provider[Any]]]
    tools: dict[str, Any]

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
    """Collects all providers and tools.

    Raises:
        PluginError: Two plugins provide the same name.
    """
    providers = {kind: _named(plugins, hook, kind) for kind, hook in KINDS.items()}
    return Registry(providers, _named(plugins, TOOLS, "tool"))


def _named(plugins: Plugins, hook: str, kind: str) -> dict[str, Any]:
    owners: dict[str, str] = {}
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
