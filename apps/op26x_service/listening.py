"""Where servers listen: the socket, its address in words, and TLS."""

import errno
import socket
import ssl
from pathlib import Path

from op26x import logs
from op26x.errors import SettingsError, WorkError
from op26x.settings import CoreSettings

log = logs.get("service")


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


class Certificate:
    """Certificate and key of the settings, read again when their files change; TLS 1.2 or later (RFC 9325).

    Args:
        core: Names the files.

    Attributes:
        context: What connections are opened with. A file that was exchanged holds for those that come then.

    Raises:
        SettingsError: They can't be used.
    """

    def __init__(self, core: CoreSettings) -> None:
        self._files = (core.tls_certificate, core.tls_key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._read = self._state()
        try:
            self.context.load_cert_chain(*self._files, password=_nobody_to_ask)
        except (OSError, ssl.SSLError, ValueError) as error:
            raise SettingsError(
                f"Certificate and key can't be used: {error}.", "See tls_certificate and tls_key: both are PEM files."
            ) from None

    def look(self) -> None:
        """Reads them again if a file has changed; what can't be used leaves the old ones in use."""
        state = self._state()
        if state in (self._read, None):
            return
        self._read = state
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files, password=_nobody_to_ask)
            self.context.load_cert_chain(*self._files, password=_nobody_to_ask)
        except (OSError, ssl.SSLError, ValueError) as error:
            log.error("the new certificate can't be used; the old one stays", exc_info=error)
        else:
            log.info("the certificate was exchanged")

    def _state(self) -> tuple[tuple[int, int], ...] | None:
        try:
            found = [Path(file).stat() for file in self._files]
        except OSError:  # one is being exchanged
            return None
        return tuple((one.st_mtime_ns, one.st_ino) for one in found)


def _nobody_to_ask() -> str:
    """Instead of OpenSSL's question on the terminal, which would stop every call until somebody answers it.

    Raises:
        ValueError: Always.
    """
    raise ValueError("the key has a passphrase: write it without one, in a file that nobody else may read")


def certificate(core: CoreSettings) -> Certificate | None:
    """The service's own, if it has one; errors as of ``Certificate``."""
    return Certificate(core) if core.tls_certificate else None
