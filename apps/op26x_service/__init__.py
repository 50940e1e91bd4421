"""The service: webhooks, media streams and the API in one process, the only one that holds keys and the database.

``app`` puts the Litestar application together, ``api`` has its routes, ``server`` runs it, ``up`` and ``demo`` are
the commands. ``witness`` is a service of its own, for the audit logs of others.
"""

from typing import TYPE_CHECKING

from op26x import hookimpl

if TYPE_CHECKING:
    import cyclopts


@hookimpl
def op26x_commands(cli: "cyclopts.App") -> None:
    """``op26x up``, ``op26x demo`` and ``op26x audit witness``."""
    cli.command("op26x_service.up:up", help="Runs the service and the dashboard until Ctrl-C.")
    cli.command(
        "op26x_service.demo:demo",
        help="Shows one whole phone call: rings a fresh service, books an appointment, prints what happened.",
    )
    cli["audit"].command("op26x_service.witness:witness", name="witness")
