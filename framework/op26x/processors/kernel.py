"""Rules for the kernel, which also sees what connects in C and Rust, and other processes of the service's user."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from op26x.processors.destinations import Destination

RESOLVER = Path("/etc/resolv.conf")
TRUE_TODAY = (
    "Addresses of companies change: run the command again from time to time, and after terms were accepted.\n"
    "A name without an address could not be looked up."
)

Found = Sequence[tuple[Destination, Sequence[str]]]


def addresses_of(host: str) -> list[str]:
    """Where a name leads to now; nothing if it leads nowhere. An address leads to itself."""
    with suppress(ValueError):
        return [str(ip_address(host))]
    try:
        return sorted({str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except OSError:
        return []


def name_servers(file: Path = RESOLVER) -> list[str]:
    """The name servers that the machine asks, without those on the machine itself."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    named = [line.split()[1].partition("%")[0] for line in lines if line.startswith("nameserver ")]
    return [one for one in named if not ip_address(one).is_loopback]


def rules(form: str, found: Found, user: str, servers: Sequence[str] | None = None) -> str:
    """The rules as a text.

    Args:
        form: ``nftables``, ``systemd`` or ``k8s``.
        found: What may be connected to, with the addresses of each.
        user: Whom the service runs as.
        servers: Name servers; the machine's by default.
    """
    make: dict[str, Callable[[Found, str, Sequence[str]], Iterator[str]]] = {
        "nftables": _nftables,
        "systemd": _systemd,
        "k8s": _k8s,
    }
    return "\n".join(make[form](found, user, name_servers() if servers is None else servers)) + "\n"


def _about(one: Destination, addresses: Sequence[str]) -> str:
    return f"{one.host} ({one.why})" + ("" if addresses else ": no address")


def _comment() -> Iterator[str]:
    yield from (f"# {line}" for line in TRUE_TODAY.splitlines())


def _systemd(found: Found, _user: str, servers: Sequence[str]) -> Iterator[str]:
    yield "# /etc/systemd/system/op26x.service.d/firewall.conf"
    yield from _comment()
    yield "# It holds for connections that come in as well: put a proxy on this machine in front of the service."
    yield "[Service]"
    yield "IPAddressDeny=any"
    yield "IPAddressAllow=localhost"
    for server in servers:
        yield f"IPAddressAllow={server}"
    for one, addresses in found:
        yield f"# {_about(one, addresses)}"
        yield from (f"IPAddressAllow={address}" for address in addresses)


def _nftables(found: Found, user: str, servers: Sequence[str]) -> Iterator[str]:
    yield "#!/usr/sbin/nft -f"
    yield from _comment()
    for one, addresses in found:
        yield f"# {_about(one, addresses)}"
    everywhere = sorted({address for _, addresses in found for address in addresses})
    four, six = ([one for one in everywhere if ip_address(one).version == version] for version in (4, 6))
    yield "table inet op26x"
    yield "delete table inet op26x"
    yield "table inet op26x {"
    yield "  chain output {"
    yield "    type filter hook output priority filter; policy accept;"
    yield f'    meta skuid "{user}" jump service'
    yield "  }"
    yield "  chain service {"
    yield '    oif "lo" accept'
    yield "    ct state established,related accept"
    for server in servers:
        family = "ip" if ip_address(server).version == 4 else "ip6"
        yield f"    {family} daddr {server} meta l4proto {{ tcp, udp }} th dport 53 accept"
    for family, addresses in (("ip", four), ("ip6", six)):
        if addresses:
            yield f"    {family} daddr {{ {', '.join(addresses)} }} accept"
    yield "    counter reject"
    yield "  }"
    yield "}"


def _k8s(found: Found, _user: str, _servers: Sequence[str]) -> Iterator[str]:
    yield from _comment()
    yield from (
        "apiVersion: networking.k8s.io/v1",
        "kind: NetworkPolicy",
        "metadata:",
        "  name: op26x",
        "spec:",
        "  podSelector:",
        "    matchLabels:",
        "      app: op26x",
        "  policyTypes: [Egress]",
        "  egress:",
        "    - ports:  # names",
        "        - { protocol: UDP, port: 53 }",
        "        - { protocol: TCP, port: 53 }",
    )
    for one, addresses in found:
        yield f"    # {_about(one, addresses)}"
        if addresses:
            yield "    - to:"
        for address in addresses:
            yield f"        - ipBlock: {{ cidr: {address}/{ip_address(address).max_prefixlen} }}"
