"""Checks of the way: nothing in clear beyond this machine, and certificates that hold."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from op26x.calls.verifying.looking import Look
from op26x.errors import SettingsError
from op26x.exposure import check_exposure, is_loopback
from op26x.settings import CoreSettings
from op26x.storage.places import data_place

SOON = timedelta(days=7)
ADDRESSES = ("public_url", "oidc_issuer", "checkpoint_webhook")


async def tls(look: Look) -> list[str]:
    """Addresses and databases to which something would go in clear."""
    core, wrong = look.core, []
    for check in (lambda: check_exposure(core.host, core), lambda: data_place(core)):
        try:
            check()
        except SettingsError as error:
            wrong.append(error.message)
    for name in ADDRESSES:
        parts = urlsplit(getattr(core, name))
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            wrong.append(f"The setting {name} is not encrypted: it begins with http://.")
    return wrong


async def certificate(look: Look) -> list[str]:
    """A certificate of the service's own that does not hold, or will not soon."""
    if not (look.core.tls_certificate and look.core.tls_key):
        return []
    return await asyncio.to_thread(_certificate, look.core, look.now)


def _certificate(core: CoreSettings, now: datetime) -> list[str]:
    try:
        own = x509.load_pem_x509_certificates(Path(core.tls_certificate).read_bytes())[0]
        key = load_pem_private_key(Path(core.tls_key).read_bytes(), None)
    except (OSError, ValueError, TypeError, IndexError):
        return ["The certificate or its key can't be read."]
    wrong = []
    if own.public_key() != key.public_key():
        wrong.append("The certificate is not that of its key.")
    begin, end = own.not_valid_before_utc, own.not_valid_after_utc
    if not begin <= now <= end:
        wrong.append(f"The certificate holds from {begin:%Y-%m-%d} to {end:%Y-%m-%d}.")
    elif end - now < SOON:
        wrong.append(f"The certificate ends on {end:%Y-%m-%d %H:%M} UTC, within a week.")
    host = urlsplit(core.public_url).hostname or ""
    if host and not is_loopback(host) and not {host, f"*.{host.partition('.')[2]}"} & _names(own):
        wrong.append(f"The certificate is not for {host}.")
    return wrong


def _names(own: x509.Certificate) -> set[str]:
    try:
        extension = own.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return set()
    return {name.lower() for name in extension.value.get_values_for_type(x509.DNSName)}
