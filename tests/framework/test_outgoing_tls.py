"""What goes out verifies certificates: a server whose certificate does not hold gets nothing, whoever asks it."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from framework.calls.verifying.certificates import certificate
from op26x import Secret
from op26x.audit import SignedCheckpoint
from op26x.audit.defaults import AuditDefaults
from op26x.settings import CoreSettings, Settings
from op26x_anthropic.connection import CONNECTIONS as ANTHROPIC
from op26x_anthropic.settings import AnthropicSettings
from op26x_openai.connection import CONNECTIONS as OPENAI
from op26x_openai.settings import OpenAISettings
from op26x_s3.settings import S3Settings
from op26x_twilio.rest import TwilioTelephony
from op26x_twilio.settings import TwilioSettings

HEARD: list[str] = []
"""What came through to the server."""


class Answers(BaseHTTPRequestHandler):
    """Notes whatever is asked, and answers nothing of use."""

    def do_GET(self) -> None:
        HEARD.append(self.path)
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815 - so the library calls them

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@contextmanager
def serving(files: dict[str, str]) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["tls_certificate"], files["tls_key"])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def webhook(url: str) -> None:
    checkpoint = SignedCheckpoint("01ORG", "01CHECKPOINT", 1, "note", "key")
    await AuditDefaults().op26x_checkpoint(checkpoint, Settings({"core": CoreSettings(checkpoint_webhook=url)}, {}))


async def openai(url: str) -> None:
    client = OPENAI.client(OpenAISettings(api_key=Secret("a"), base_url=url))
    await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hello"}])


async def anthropic(url: str) -> None:
    client = ANTHROPIC.client(AnthropicSettings(api_key=Secret("a"), base_url=url))
    await client.messages.create(model="m", max_tokens=1, messages=[{"role": "user", "content": "hello"}])


async def twilio(url: str) -> None:
    own = TwilioSettings(account_sid="AC" + "0" * 32, auth_token=Secret("a"), number="+12125550100", api_base_url=url)
    await TwilioTelephony(own, "https://calls.example.com").hang_up("CA" + "0" * 32)


async def s3(url: str) -> None:
    own = S3Settings(bucket="b", endpoint=url, access_key_id="a", secret_access_key=Secret("b"))
    store = own.connect()
    async with asyncio.timeout(5):  # it tries again and again
        await store.put_async("key", b"words")


WAYS: list[Callable[[str], Awaitable[None]]] = [webhook, openai, anthropic, twilio, s3]
WRONG = {
    "expired": {"days": 1, "names": ("localhost",)},
    "another name": {"days": 30, "names": ("other.example.com",)},
    "nobody vouches": {"days": 30, "names": ("localhost",)},
}


def files_of(folder: Path, days: int, names: tuple[str, ...]) -> dict[str, str]:
    return certificate(folder, datetime.now(UTC) - timedelta(days=2), days=days, names=names)


@pytest.fixture(autouse=True)
def nothing_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    HEARD.clear()
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_a_certificate_that_does_not_hold_gets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Callable[[str], Awaitable[None]], wrong: str
) -> None:
    files = files_of(tmp_path, **WRONG[wrong])  # type: ignore[arg-type]
    if wrong != "nobody vouches":
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            monkeypatch.setenv(name, files["tls_certificate"])
    with serving(files) as url:
        with pytest.raises(Exception):  # noqa: B017 - each library has its own
            await way(url)
        assert HEARD == []


@pytest.mark.parametrize("way", [webhook, openai, anthropic], ids=lambda way: way.__name__)
async def test_one_that_holds_is_spoken_to_so_the_others_were_refused_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: Callable[[str], Awaitable[None]]
) -> None:
    files = files_of(tmp_path, days=30, names=("localhost",))
    monkeypatch.setenv("SSL_CERT_FILE", files["tls_certificate"])
    with serving(files) as url:
        try:
            await way(url)
        except Exception as error:
            assert "certificate" not in repr(error).lower(), error
        assert HEARD
