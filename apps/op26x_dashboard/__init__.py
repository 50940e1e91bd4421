"""The dashboard: Streamlit pages over the API client. It holds no key of the vault and no database.

``home`` is the page that Streamlit runs, ``web`` what serves it, behind its ``door``; ``op26x dashboard`` starts it,
beside a running service.
"""

from typing import TYPE_CHECKING

from op26x import hookimpl

if TYPE_CHECKING:
    import cyclopts


@hookimpl
def op26x_commands(cli: "cyclopts.App") -> None:
    """``op26x dashboard``."""
    cli.command(
        "op26x_dashboard.command:dashboard", help="Runs the dashboard of the service that runs on a data directory."
    )
