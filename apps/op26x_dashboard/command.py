"""``op26x dashboard``: runs Streamlit with telemetry off."""

import os
import sys
from pathlib import Path

from op26x.cli import load_context
from op26x.exposure import check_exposure
from op26x_dashboard.environment import for_pages

PAGE = Path(__file__).with_name("web.py")
MOST_MB = 1
"""Of what a browser may send; a page's buttons and fields are a few kilobytes."""
LARGEST_PAGE_MB = 4
"""Of one piece of a page that a browser is sent."""
FORGET_S = 10
"""How long a page that lost its connection may come back to where it was."""


def dashboard(*, data: Path | None = None, host: str = "127.0.0.1", port: int | None = None) -> None:
    """Runs the dashboard of the service that runs on a data directory.

    Args:
        data: Data directory.
        host: Address to listen on.
        port: Port of the dashboard.
    """
    core = load_context(data=data, dashboard_port=port).settings.core
    check_exposure(host, core)
    options = {
        "server.address": host,
        "browser.serverAddress": host,  # else Streamlit asks a server outside what this machine's address is
        "server.port": core.dashboard_port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "server.enableStaticServing": "false",
        "server.enableAgentApi": "false",
        "server.maxUploadSize": MOST_MB,
        "server.maxWidgetStateSize": MOST_MB,
        "server.maxMessageSize": LARGEST_PAGE_MB,
        "server.disconnectedSessionTTL": FORGET_S,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "theme.light.primaryColor": "#2f7d76",
        "theme.dark.primaryColor": "#2f7d76",
    }
    if core.tls_certificate:
        options |= {"server.sslCertFile": core.tls_certificate, "server.sslKeyFile": core.tls_key}
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "streamlit", "run", str(PAGE), *arguments]
    os.execve(sys.executable, command, for_pages(core, os.environ))  # noqa: S606
