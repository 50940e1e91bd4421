"""What Streamlit serves: the pages behind their door, and the recordings that they play."""

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.middleware import Middleware
from streamlit import config
from streamlit.starlette import App

from op26x import logs
from op26x.exposure import Peers
from op26x.hardening import no_core_dumps
from op26x_dashboard import listening, media, service
from op26x_dashboard.door import Door

log = logs.get("dashboard")

SWEEP_S = 5.0
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@asynccontextmanager
async def sweeping(_app: App) -> AsyncIterator[None]:
    """Ends what nobody listens to any more, for as long as the dashboard runs."""
    task = asyncio.create_task(_sweep())
    try:
        yield
    finally:
        task.cancel()


async def _sweep() -> None:
    while True:
        await asyncio.sleep(SWEEP_S)
        try:
            await asyncio.to_thread(listening.sweep)
        except Exception as error:
            log.error("what nobody listens to could not be ended", exc_info=error)


def own_scripts() -> list[str]:
    """Hashes of the scripts within Streamlit's page (Content Security Policy Level 3, section 2.3.1)."""
    page = Path(streamlit.__file__).with_name("static") / "index.html"
    digests = (hashlib.sha256(script.encode()).digest() for script in SCRIPT.findall(page.read_text()))
    return [f"sha256-{base64.b64encode(digest).decode()}" for digest in digests]


def own_names() -> list[str]:
    """The address that it was told to listen on, the public name, and the names that it was told it has."""
    core = service.core()
    public = urlsplit(core.public_url).hostname or ""
    return [config.get_option("server.address") or "", public, *core.dashboard_hosts.split(",")]


logs.structure()
no_core_dumps()
door = Middleware(
    Door,
    hosts=own_names(),
    peers=Peers(config.get_option("server.address") or "", service.core()),
    sign_in_address=service.sign_in_address,
    scripts=own_scripts(),
)
app = App(Path(__file__).with_name("home.py"), routes=[media.route], middleware=[door], lifespan=sweeping)
