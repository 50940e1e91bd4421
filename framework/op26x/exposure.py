"""Listening beyond the loopback: only with TLS, or behind proxies that are named."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

from op26x.errors import SettingsError
from op26x.settings import CoreSettings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    name = host.strip("[]")
    try:
        return name == "localhost" or _plain(name).is_loopback
    except ValueError:
        return False


def address_class(host: str) -> str:
    """The class of an address, which tells nobody's: ``loopback``, ``private``, ``public``; empty for none."""
    if is_loopback(host):
        return "loopback"
    try:
        return "private" if _plain(host.strip("[]")).is_private else "public"
    except ValueError:
        return ""


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address; of an IPv4 one that is written as IPv6, the IPv4 one."""
    parsed = ipaddress.ip_address(address)
    return getattr(parsed, "ipv4_mapped", None) or parsed


def check_exposure(host: str, core: CoreSettings) -> None:
    """Sees that what listens on an address is not open to whoever reaches it in clear.

    Args:
        host: The address.
        core: Name a certificate, or proxies.

    Raises:
        SettingsError: It would be; or certificate, key or a proxy's address can't be used.
    """
    if bool(core.tls_certificate) != bool(core.tls_key):
        raise SettingsError(
            "A certificate needs its key, and a key its certificate.", "Set tls_certificate and tls_key."
        )
    for file in (core.tls_certificate, core.tls_key):
        if file and not Path(file).is_file():
            raise SettingsError(f"There is no file {file}.", "Name the PEM file in tls_certificate and tls_key.")
    proxies = trusted(core)
    if is_loopback(host) or core.tls_certificate or proxies:
        return
    raise SettingsError(
        f"On {host} everybody who reaches this machine could listen in: there is no TLS.",
        "Set tls_certificate and tls_key; or name in trusted_proxies the proxy that ends TLS; or listen on 127.0.0.1.",
    )


def goes_in_clear(url: str) -> bool:
    """Whether what is sent to an address leaves this machine, and not encrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def check_encrypted(url: str, setting: str) -> None:
    """Sees that what is sent to an address is encrypted on its way: nothing in clear leaves this machine.

    Args:
        url: The address.
        setting: Its name, for the message: ``openai.base_url``.

    Raises:
        SettingsError: It is not.
    """
    if goes_in_clear(url):
        parts = urlsplit(url)
        raise SettingsError(
            f"The setting {setting} is not encrypted: what is said in calls would go to {parts.hostname} in clear.",
            f"Put TLS before it, and write https://{parts.netloc}.",
        )


def is_exposed(core: CoreSettings) -> bool:
    """Whether anything leads to the service from outside: an address of its own, a public one, or a proxy's."""
    public = urlsplit(core.public_url).hostname or ""
    return bool(trusted(core)) or not all(is_loopback(one) for one in (core.host, public) if one)


def trusted(core: CoreSettings) -> tuple[Network, ...]:
    """The networks of the proxies that are named.

    Raises:
        SettingsError: One of them is no address and no network.
    """
    found = []
    for name in filter(None, map(str.strip, core.trusted_proxies.split(","))):
        try:
            found.append(ipaddress.ip_network(name, strict=False))
        except ValueError:
            raise SettingsError(
                f"{name} in trusted_proxies is no address.", "Write 10.0.0.5 or 10.0.0.0/24, with commas between them."
            ) from None
    return tuple(found)


class Peers:
    """From where connections are taken.

    Args:
        host: The address that is listened on.
        core: Name a certificate, or proxies.
    """

    def __init__(self, host: str, core: CoreSettings) -> None:
        self._anybody = is_loopback(host) or bool(core.tls_certificate)
        self._proxies = trusted(core)
        self._host = host

    def may_connect(self, address: str) -> bool:
        """Whether a connection from an address is taken: without TLS, the proxies' and this machine's own."""
        if self._anybody or is_loopback(address) or address == self._host:
            return True
        try:
            parsed = _plain(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)
