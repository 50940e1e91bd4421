"""An idle connection is closed by whoever knows that it asks: the client, or the proxy, never the service first."""

import httpx

from op26x.settings import CoreSettings
from op26x_service.server import KEEP_ALIVE_S, Server

LONGEST_OF_A_PROXY_S = 60
"""nginx's ``keepalive_timeout`` of upstreams, and the idle timeout of AWS's load balancers, unless they are set."""


def test_the_service_keeps_connections_for_longer_than_clients_and_proxies() -> None:
    ours = httpx.Limits().keepalive_expiry
    assert ours is not None
    assert ours < LONGEST_OF_A_PROXY_S < KEEP_ALIVE_S


def test_it_is_what_the_server_is_told(service: object) -> None:
    server = Server(service, CoreSettings(port=0))  # type: ignore[arg-type]
    server.socket.close()
    assert server.config.timeout_keep_alive == KEEP_ALIVE_S
