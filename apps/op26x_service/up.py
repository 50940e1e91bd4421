"""``op26x up``: service and dashboard, until Ctrl-C."""

import gc
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

from op26x import logs
from op26x.cli import load_context
from op26x.cli.context import data_option
from op26x.hardening import no_core_dumps


def up(
    *,
    host: str | None = None,
    port: int | None = None,
    dashboard: Annotated[bool, Parameter(negative="--no-dashboard")] = True,
    data: Path | None = None,
    agents: str | None = None,
    agent: str | None = None,
    tls_cert: str | None = None,
    tls_key: str | None = None,
    trusted_proxy: str | None = None,
) -> None:
    """Runs the service and the dashboard until Ctrl-C.

    Args:
        host: Address to listen on.
        port: Port of the service; 0 takes a free one.
        dashboard: Whether to run the dashboard as well.
        data: Data directory.
        agents: Directory of agent documents.
        agent: Name of the agent that answers; default is the setting agent, or else the first one.
        tls_cert: PEM file of the certificate of service and dashboard.
        tls_key: PEM file of its key.
        trusted_proxy: Addresses of proxies that end TLS before them, with commas.
    """
    no_core_dumps()
    gc.disable()  # until everything is loaded: it would search through all of it again and again
    context = load_context(
        host=host,
        port=port,
        data=data,
        agents=agents,
        agent=agent,
        tls_certificate=tls_cert,
        tls_key=tls_key,
        trusted_proxies=trusted_proxy,
    )
    core = context.settings.core
    logs.configure(core.log_level)

    import asyncio

    from op26x.calls import Installation
    from op26x.calls.core_plugins import register_core
    from op26x.calls.health import what_is_lost
    from op26x.exposure import check_exposure
    from op26x.plugins import build_registry
    from op26x.processors import Egress, destinations, install
    from op26x.redaction import try_out
    from op26x_service.app import Service
    from op26x_service.doors import raise_descriptors
    from op26x_service.loop import Loop
    from op26x_service.occupation import only_service
    from op26x_service.processes import dashboard_beside
    from op26x_service.server import Server

    check_exposure(core.host, core)
    raise_descriptors()
    register_core(context.plugins)
    registry = build_registry(context.plugins)
    try_out(registry.recognizers)
    install(Egress(destinations(registry, core, ())))
    installation = Installation.open(context.settings, registry=registry)
    with only_service(core.data), ExitStack() as beside:
        for lost in asyncio.run(what_is_lost(installation)):
            Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold yellow]Lost:[/] {escape(lost)}")
        service = Service(context, installation)
        asyncio.run(service.take_agents())  # what is wrong with one is said before anything listens
        asyncio.run(service.firewall.look())
        for problem in service.firewall.problems:
            said = f"[bold yellow]Closed:[/] {escape(problem.message)} {escape(problem.remedy)}"
            Console(stderr=True, highlight=False, soft_wrap=True).print(said)
        server = Server(service, core, ready=keep_what_is_loaded)
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"Service    {server.url}")
        if dashboard:
            address = beside.enter_context(dashboard_beside(context.settings))
            service.browsers.dashboard_port = int(address.rpartition(":")[2])
            console.print(f"Dashboard  {address}")
        for old in asyncio.run(service.keys_from_before()):
            console.print(f"The API key {escape(old)} is from before there were roles: it may do everything.")
        if link := asyncio.run(service.link_for_owner(core.public_url or server.url)):
            console.print(f"Become the owner, once, within a day: [bold]{escape(link)}[/]")
        console.print(f"Rehearse a call with: [bold]op26x calls simulate{escape(data_option(data))}[/]   Ctrl-C stops.")
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(server.serve_until_signal())


def keep_what_is_loaded() -> None:
    """Takes what is loaded from the collector of garbage, whose search through all of it would hold calls up.

    What of it is garbage stays: not much, and to look for it would take a tenth of the start.
    """
    gc.freeze()
    gc.enable()
