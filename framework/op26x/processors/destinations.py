"""Where this process may connect to, and who says so."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from op26x.errors import SettingsError
from op26x.plugins import Registry
from op26x.processors.register import standings
from op26x.settings import CoreSettings


@dataclass(frozen=True, slots=True)
class Destination:
    """A host that may be connected to.

    Attributes:
        host: Its name, in lower case, or its address.
        why: Who named it: ``plugin openai``, ``setting database``.
        private: Its name may lead to an address of a private network, since whoever runs the installation named it.
        for_tools: Tools may connect to it though it is in a private network.
    """

    host: str
    why: str
    private: bool = False
    for_tools: bool = False


def destinations(registry: Registry, core: CoreSettings, accepted: Collection[str]) -> list[Destination]:
    """Everywhere that settings name, and plugins whose companies' terms are accepted.

    Args:
        registry: What the plugins declare.
        core: The installation's settings.
        accepted: ``Processor.fingerprint`` of those whose terms some organization has accepted.

    Raises:
        SettingsError: ``egress`` names what is no host.
    """
    return [*_of_plugins(registry, core, accepted), *_of_settings(core)]


def _of_plugins(registry: Registry, core: CoreSettings, accepted: Collection[str]) -> Iterator[Destination]:
    """A company of which nothing is known was named by a setting, and may be anywhere (``Processor.reached_at``)."""
    for plugin, processor, standing in standings(registry, core, accepted):
        if standing.is_open:
            for host in processor.hosts:
                yield Destination(plain(host), f"plugin {plugin}", private=not processor.terms)


def _of_settings(core: CoreSettings) -> Iterator[Destination]:
    addresses = {
        "database": [core.database.reveal()],
        "database_owner": [core.database_owner.reveal()],
        "oidc_issuer": [core.oidc_issuer],
        "witnesses": core.witnesses.replace(",", " ").split(),
        "checkpoint_webhook": [core.checkpoint_webhook],
    }
    for name, urls in addresses.items():
        for host in filter(None, map(_host, urls)):
            yield Destination(host, f"setting {name}", private=True)
    for host in filter(None, map(str.strip, core.egress.split(","))):
        if "/" in host or " " in host or "@" in host:
            raise SettingsError(f"{host!r} in egress is no host.", "Write names: crm.example.com, 10.0.0.7")
        yield Destination(plain(host), "setting egress", private=True, for_tools=True)


def plain(host: str | bytes | bytearray) -> str:
    """A host as names are compared: as text, in lower case, without brackets, dot at the end or scope."""
    text = host if isinstance(host, str) else host.decode(errors="replace")
    return text.strip("[]").rstrip(".").partition("%")[0].lower()


def _host(url: str) -> str:
    return plain(urlsplit(url).hostname or "") if "://" in url else ""
