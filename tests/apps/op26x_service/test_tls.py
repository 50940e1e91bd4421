"""TLS of the service's own: 1.2 and later, nothing in clear, and a certificate that is exchanged while it serves."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from framework.calls.verifying.certificates import certificate
from op26x.errors import SettingsError
from op26x.settings import CoreSettings
from op26x_service.listening import Certificate


def core(folder: Path, days: int = 30, names: tuple[str, ...] = ("localhost",)) -> CoreSettings:
    folder.mkdir(exist_ok=True)
    return CoreSettings(**certificate(folder, datetime.now(UTC) - timedelta(days=1), days=days, names=names))


@asynccontextmanager
async def serving(context: ssl.SSLContext) -> AsyncIterator[int]:
    """Answers ``ok`` to whoever gets through."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"ok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def client(trusts: str, **changes: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=trusts)
    for name, value in changes.items():
        setattr(context, name, value)
    return context


async def asked(port: int, context: ssl.SSLContext | None, name: str = "localhost") -> bytes:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname=name if context else None
    )
    try:
        return await asyncio.wait_for(reader.read(100), 5)
    finally:
        writer.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_of_today_is_spoken(tmp_path: Path, version: ssl.TLSVersion) -> None:
    own = core(tmp_path / "own")
    async with serving(Certificate(own).context) as port:
        context = client(own.tls_certificate, minimum_version=version, maximum_version=version)
        assert await asked(port, context) == b"ok"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_older_versions_are_refused(tmp_path: Path, version: ssl.TLSVersion) -> None:
    own = core(tmp_path / "own")
    context = client(own.tls_certificate)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, version
    async with serving(Certificate(own).context) as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asked(port, context)


async def test_who_speaks_in_clear_gets_no_answer(tmp_path: Path) -> None:
    async with serving(Certificate(core(tmp_path / "own")).context) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        with suppress(ConnectionError):
            assert b"ok" not in await asyncio.wait_for(reader.read(100), 5)
        writer.close()


async def test_a_certificate_that_is_exchanged_is_used_from_then_on(tmp_path: Path) -> None:
    own, new = core(tmp_path / "own"), core(tmp_path / "new", names=("localhost", "calls.example.com"))
    in_use = Certificate(own)
    async with serving(in_use.context) as port:
        old_trust = client(own.tls_certificate)
        assert await asked(port, old_trust) == b"ok"
        for name in ("tls_certificate", "tls_key"):
            Path(getattr(new, name)).replace(getattr(own, name))
        assert await asked(port, old_trust) == b"ok", "nobody has looked yet"
        in_use.look()
        assert await asked(port, client(own.tls_certificate), "calls.example.com") == b"ok"
        with pytest.raises(ssl.SSLCertVerificationError):
            await asked(port, old_trust)


@pytest.mark.parametrize("broken", ["no certificate", "another key", "gone"])
async def test_one_that_can_not_be_used_leaves_the_old_one(tmp_path: Path, broken: str) -> None:
    own, other = core(tmp_path / "own"), core(tmp_path / "other")
    in_use, trust = Certificate(own), client(own.tls_certificate)
    file = Path(own.tls_certificate)
    if broken == "no certificate":
        file.write_text("no certificate")
    elif broken == "another key":
        Path(other.tls_key).replace(own.tls_key)
    else:
        file.unlink()
    in_use.look()
    async with serving(in_use.context) as port:
        assert await asked(port, trust) == b"ok"


def test_a_key_with_a_passphrase_asks_nobody(tmp_path: Path) -> None:
    own = core(tmp_path / "own")
    file = Path(own.tls_key)
    key = load_pem_private_key(file.read_bytes(), None)
    in_use = Certificate(own)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    in_use.look()
    with pytest.raises(SettingsError, match="passphrase"):
        Certificate(own)


def test_without_a_certificate_that_can_be_used_nothing_starts(tmp_path: Path) -> None:
    own, other = core(tmp_path / "own"), core(tmp_path / "other")
    mixed = CoreSettings(tls_certificate=own.tls_certificate, tls_key=other.tls_key)
    with pytest.raises(SettingsError, match="can't be used"):
        Certificate(mixed)
