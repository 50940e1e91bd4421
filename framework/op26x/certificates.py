"""A certificate of one's own: what is wrong with it, or will be soon."""

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from op26x.exposure import is_loopback
from op26x.settings import CoreSettings

SOON = timedelta(days=7)


def certificate_faults(core: CoreSettings, now: datetime) -> list[str]:
    """What keeps others from trusting the service's certificate, a sentence each; it may end within a week.

    Args:
        core: Names certificate and key; nothing is wrong where there are none.
        now: The time, UTC.
    """
    if not (core.tls_certificate and core.tls_key):
        return []
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
    addresses = map(str, extension.value.get_values_for_type(x509.IPAddress))
    return {*(name.lower() for name in extension.value.get_values_for_type(x509.DNSName)), *addresses}
