"""What the pages' process is told: a few settings, and no secret.

``op26x dashboard`` reads all settings, then replaces itself by Streamlit; what it hands on is chosen here, and read
again on the other side. So the process that browsers talk to holds no token and no vendor's key.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from op26x.hardening import only_needed
from op26x.settings import CoreSettings, Settings, resolve

STREAMLIT = "STREAMLIT_"
"""How Streamlit's own settings begin, a certificate's file for instance."""


def for_pages(core: CoreSettings, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the pages' process.

    Args:
        core: The core's settings.
        environ: That of the command.
    """
    streamlit = {name: value for name, value in environ.items() if name.startswith(STREAMLIT)}
    return {**only_needed(environ), **streamlit, **_handed_on(core)}


def settings_of_pages(environ: Mapping[str, str]) -> Settings:
    """The settings as they were handed on; no plugin is loaded and no file is read."""
    given = {name: environ[name] for name in _handed_on(CoreSettings()) if name in environ}
    return resolve({}, environ=given, file=Path(os.devnull))


def _handed_on(core: CoreSettings) -> dict[str, str]:
    return {
        "OP26X_DATA": str(core.data),
        "OP26X_PUBLIC_URL": core.public_url,
        "OP26X_PORT": str(core.port),
        "OP26X_DASHBOARD_PORT": str(core.dashboard_port),
        "OP26X_DASHBOARD_HOSTS": core.dashboard_hosts,
        "OP26X_TLS_CERTIFICATE": core.tls_certificate,
        "OP26X_TLS_KEY": core.tls_key,
        "OP26X_TRUSTED_PROXIES": core.trusted_proxies,
    }
