"""``op26x audit witness``: co-signs the checkpoints of other installations' audit logs, until Ctrl-C."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from cyclopts import Parameter
from litestar import Litestar, Request, Response, get, post
from litestar.enums import MediaType
from rich.console import Console
from rich.markup import escape

from op26x import logs
from op26x.audit.notes import SIGNATURE, Cosigner, Verifier
from op26x.audit.witness import MALFORMED, Witness
from op26x.cli import load_context
from op26x.clock import SystemClock
from op26x.errors import Tampered, UsageError
from op26x.exposure import Peers, check_exposure
from op26x.settings import CoreSettings
from op26x.vault import key_file
from op26x_service.doors import protect
from op26x_service.listening import address, listen
from op26x_service.occupation import only_service

log = logs.get("witness")

MOST_BYTES = 16 * 1024
"""A checkpoint of ours has less than a kilobyte, 63 hashes have three."""
MOST_AT_ONCE = 64
KEEP_ALIVE_S = 90
"""Longer than the minute after which a log asks again."""
FORBIDDEN, UNAVAILABLE = 403, 503


def witness(
    directory: Path,
    /,
    *,
    name: str,
    log: Annotated[
        list[str],
        Parameter(negative="", help="Key of a log, as op26x audit checkpoint prints it, or a file of such keys."),
    ],
    host: str | None = None,
    port: int = 8030,
) -> None:
    """Co-signs the checkpoints of other installations' audit logs, as long as each log only grows.

    Args:
        directory: Where it keeps its key, and what it has co-signed.
        name: What it is called, such as witness.example.com. It is part of its key.
        host: Address to listen on.
        port: Port; 0 takes a free one.
    """
    core = load_context(host=host, port=port).settings.core
    logs.configure(core.log_level)
    check_exposure(core.host, core)
    verifiers = [verifier for said in log for verifier in _keys(said)]
    signer = Cosigner(_checked(name), _seed(directory))
    with only_service(directory):
        own = Witness(signer, verifiers, directory, SystemClock())
        listening = listen(core)
        url = address(core, listening)
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"Witness    {url}")
        for verifier in verifiers:
            seen = own.last(verifier.name).size
            console.print(f"Log        {escape(verifier.name)}, co-signed up to {seen} entries")
        for evidence in own.refused():
            console.print(f"[bold red]Forked:[/] a log has signed {escape(str(evidence))}")
        console.print("Set this on the installations that it watches:")
        console.print(f'OP26X_WITNESSES="{escape(str(own.verifier))} {core.public_url or url}"')
        server = uvicorn.Server(_config(application(own, Peers(core.host, core)), core))
        asyncio.run(server.serve(sockets=[listening]))


def application(own: Witness, peers: Peers) -> Litestar:
    """Answers what https://c2sp.org/tlog-witness has.

    Args:
        own: Decides.
        peers: From where it may be asked.
    """

    @post("/add-checkpoint", status_code=200)
    async def add_checkpoint(request: Request[Any, Any, Any]) -> Response[str]:
        try:
            said = (await request.body()).decode()
        except UnicodeDecodeError:
            return Response("", status_code=MALFORMED, media_type=MediaType.TEXT)
        try:
            answer = await asyncio.to_thread(own.add, said)
        except (OSError, Tampered) as error:
            log.error("a checkpoint can't be co-signed", exc_info=error)
            return Response("", status_code=UNAVAILABLE, media_type=MediaType.TEXT)
        return Response(answer.body, status_code=answer.status, media_type=answer.media_type)

    @get("/", media_type=MediaType.TEXT)
    async def about() -> str:
        return f"This is a witness of audit logs, https://c2sp.org/tlog-witness. Its key is {own.verifier}\n"

    def from_peers(request: Request[Any, Any, Any]) -> Response[str] | None:
        if request.client and not peers.may_connect(request.client.host):
            return Response("", status_code=FORBIDDEN, media_type=MediaType.TEXT)
        return None

    return Litestar(
        [add_checkpoint, about],
        before_request=from_peers,
        before_send=[protect],
        request_max_body_size=MOST_BYTES,
        logging_config=None,
        openapi_config=None,
    )


def _config(app: Litestar, core: CoreSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ssl_certfile=core.tls_certificate or None,
        ssl_keyfile=core.tls_key or None,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=5,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )


def _keys(said: str) -> list[Verifier]:
    """The key that an option names, or those of a file, one in a line.

    Raises:
        UsageError: It is neither.
    """
    lines = [said]
    if "+" not in said or Path(said).is_file():
        try:
            lines = [line for line in Path(said).read_text(encoding="utf-8").splitlines() if line.strip()]
        except (OSError, UnicodeDecodeError):
            raise UsageError(
                f"{said[:80]!r} is no key of a log, and no file of keys.", "Copy what op26x audit checkpoint prints."
            ) from None
    found = [Verifier.parse(line) for line in lines]
    for verifier in found:
        if verifier.kind != SIGNATURE:
            raise UsageError(f"{verifier.name} is a witness, no log.", "Copy what op26x audit checkpoint prints.")
    return found


def _checked(name: str) -> str:
    if not name or "+" in name or any(letter.isspace() for letter in name):
        raise UsageError(f"{name!r} can't be a witness's name.", "Use no spaces and no plus: witness.example.com")
    return name


def _seed(directory: Path) -> bytes:
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"{directory} can't be used: {error.strerror}.", "Choose a directory of its own.") from None
    return key_file.read_or_create(directory / "key")
