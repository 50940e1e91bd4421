"""The core's own defaults: plugins that register through the same hooks as everybody's."""

from op26x.agents import AgentTools
from op26x.audit.defaults import AuditDefaults
from op26x.consent import ConsentDefaults, RegistryFormats
from op26x.plugins import Plugins
from op26x.storage import StorageDefaults
from op26x.vault import VaultDefaults


def register_core(plugins: Plugins) -> Plugins:
    """Adds them to other plugins; returns these."""
    plugins.register(VaultDefaults(), "core-vault")
    plugins.register(StorageDefaults(), "core-storage")
    plugins.register(ConsentDefaults(), "core-consent")
    plugins.register(RegistryFormats(), "core-registries")
    plugins.register(AuditDefaults(), "core-audit")
    plugins.register(AgentTools(), "core-agents")
    return plugins
