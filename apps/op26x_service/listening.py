"""Where servers listen: the socket, its address in words, and TLS."""

import errno
import socket
import ssl

from op26x.errors import SettingsError, WorkError
from op26x.settings import CoreSettings


def listen(core: CoreSettings) -> socket.socket:
    """A socket on the host and port of the settings.

    Raises:
        WorkError: Another program listens there, or it is no address of this machine.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((core.host, core.port))
    except OSError as error:
        remedy = "Choose another port with --port; 0 takes a free one."
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            remedy = "Choose an address of this machine with --host; 0.0.0.0 takes all."
        raise WorkError(f"The service can't listen on {core.host}:{core.port}: {error.strerror}.", remedy) from None
    return listener


def address(core: CoreSettings, listening: socket.socket) -> str:
    """Where that is: with TLS of its own, under the name that the certificate is for."""
    if core.tls_certificate and core.public_url:
        return core.public_url
    host, port = listening.getsockname()[:2]
    scheme = "https" if core.tls_certificate else "http"
    return f"{scheme}://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - compared, not bound


def tls(core: CoreSettings) -> ssl.SSLContext | None:
    """Certificate and key of the settings, if there are any; TLS 1.2 or later (RFC 9325).

    Raises:
        SettingsError: They can't be used.
    """
    if not core.tls_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(core.tls_certificate, core.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"Certificate and key can't be used: {error}.", "See tls_certificate and tls_key: both are PEM files."
        ) from None
    return context
