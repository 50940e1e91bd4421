"""``op26x dashboard``: runs Streamlit with telemetry off."""

import os
import sys
from pathlib import Path

from op26x.cli import load_context

PAGE = Path(__file__).with_name("web.py")


def dashboard(*, data: Path | None = None, host: str = "127.0.0.1", port: int | None = None) -> None:
    """Runs the dashboard of the service that runs on a data directory.

    Args:
        data: Data directory.
        host: Address to listen on.
        port: Port of the dashboard.
    """
    core = load_context(data=data, dashboard_port=port).settings.core
    options = {
        "server.address": host,
        "server.port": core.dashboard_port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "theme.light.primaryColor": "#2f7d76",
        "theme.dark.primaryColor": "#2f7d76",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    os.environ["OP26X_DATA"] = str(core.data)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(PAGE), *arguments])  # noqa: S606
