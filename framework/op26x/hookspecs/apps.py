"""What plugins add to the service, to the command line and to agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from op26x.hookspecs._markers import hookspec

if TYPE_CHECKING:
    import cyclopts

    from op26x.agents import Tool
    from op26x.calls import Switchboard
    from op26x.settings import Settings


@hookspec
def op26x_routes(switchboard: Switchboard, settings: Settings) -> list[Any]:
    """Adds HTTP and WebSocket routes to the service. *Declaration*; an exception stops the start.

    Args:
        switchboard: Where a telephony plugin announces calls and hands over their media streams.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Returns:
        Litestar route handlers or routers. Each names the action of the permission table that whoever asks must be
        allowed, ``action="calls.read"``, and is handed ``actor: op26x.accounts.Actor`` and
        ``workspace: op26x.calls.Workspace`` if it takes them. Or it says why it asks nobody,
        ``public="signed by the carrier"``, and proves by itself who it is; once it has, it says so with
        ``op26x.doors.proved(request.scope)``: all other connections are few, and the first to be closed. With neither,
        the service does not start.

    Example::

        @hookimpl
        def op26x_routes(switchboard, settings):
            return [voice_webhook(switchboard, settings.of(MySettings))]
    """


@hookspec
def op26x_commands(cli: cyclopts.App) -> None:
    """Adds commands to ``op26x``. *Declaration*.

    Called each time the command line starts, for ``op26x --help`` too. A command that is named by its import path is
    loaded when it is called; ``help`` is its line in the list.

    Args:
        cli: The cyclopts application. A command of an existing noun goes into its group: ``cli["calls"].command(…)``.

    Example::

        @hookimpl
        def op26x_commands(cli):
            cli.command("my_plugin.export:export_csv", help="Writes calls as CSV.")
    """


@hookspec
def op26x_tools() -> list[Tool]:
    """Adds tools that agents may call. *Declaration*.

    An agent gets a tool only if its document lists it under ``tools``.

    Example::

        class Order(msgspec.Struct):
            number: str

        def order_status(call, order: Order):
            return {"status": orders[order.number]}

        @hookimpl
        def op26x_tools():
            return [Tool("order_status", "Looks up an order by its number.", Order, order_status)]
    """
