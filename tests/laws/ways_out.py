"""Every way out of a process that the tests know, each to one host and port, on whatever loop runs."""

import asyncio
import http.client
import socket
import urllib.request
from collections.abc import Awaitable, Callable

import aiohttp
import httpx
import httpx2
import requests
import urllib3
import websockets.asyncio.client
import websockets.sync.client

SOON = 5.0
Way = Callable[[str, int], Awaitable[object]]


async def httpx_async(host: str, port: int) -> object:
    async with httpx.AsyncClient(timeout=SOON, trust_env=False) as client:
        return await client.get(f"http://{host}:{port}/")


async def httpx2_async(host: str, port: int) -> object:
    async with httpx2.AsyncClient(timeout=SOON, trust_env=False) as client:
        return await client.get(f"http://{host}:{port}/")


async def aiohttp_client(host: str, port: int) -> object:
    timeout = aiohttp.ClientTimeout(total=SOON)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"http://{host}:{port}/") as answer:
        return answer.status


async def websocket(host: str, port: int) -> object:
    async with websockets.asyncio.client.connect(f"ws://{host}:{port}/", open_timeout=SOON, proxy=None):
        return None


async def streams(host: str, port: int) -> object:
    _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), SOON)
    writer.write(b"leak\n")
    await writer.drain()
    writer.close()
    return None


async def loops_own_socket(host: str, port: int) -> object:
    with socket.socket() as out:
        out.setblocking(False)
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(out, (host, port)), SOON)
        await asyncio.get_running_loop().sock_sendall(out, b"leak\n")
    return None


async def datagrams(host: str, port: int) -> object:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, port))
    transport.sendto(b"leak")
    await asyncio.sleep(0.05)
    transport.close()
    return None


async def datagrams_each_to_somewhere(host: str, port: int) -> object:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("0.0.0.0", 0))
    try:
        transport.sendto(b"leak", (host, port))
        await asyncio.sleep(0.05)
    finally:
        transport.close()
    return None


def _httpx(host: str, port: int) -> object:
    return httpx.get(f"http://{host}:{port}/", timeout=SOON, trust_env=False)


def _requests(host: str, port: int) -> object:
    return requests.get(f"http://{host}:{port}/", timeout=SOON, proxies={"http": ""})


def _urllib(host: str, port: int) -> object:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(f"http://{host}:{port}/", timeout=SOON).read()


def _urllib3(host: str, port: int) -> object:
    return urllib3.PoolManager(retries=False, timeout=SOON).request("GET", f"http://{host}:{port}/")


def _http_client(host: str, port: int) -> object:
    connection = http.client.HTTPConnection(host, port, timeout=SOON)
    connection.request("GET", "/")
    return connection.getresponse().read()


def _websocket(host: str, port: int) -> object:
    with websockets.sync.client.connect(f"ws://{host}:{port}/", open_timeout=SOON, proxy=None):
        return None


def _tcp(host: str, port: int) -> object:
    with socket.create_connection((host, port), SOON) as out:
        return out.sendall(b"leak\n")


def _tcp_without_a_word(host: str, port: int) -> object:
    with socket.socket() as out:
        out.settimeout(SOON)
        return out.connect_ex((host, port))


def _udp(host: str, port: int) -> object:
    with socket.socket(type=socket.SOCK_DGRAM) as out:
        return out.sendto(b"leak", (host, port))


def _udp_message(host: str, port: int) -> object:
    with socket.socket(type=socket.SOCK_DGRAM) as out:
        return out.sendmsg([b"leak"], [], 0, (host, port))


def _udp_connected(host: str, port: int) -> object:
    with socket.socket(type=socket.SOCK_DGRAM) as out:
        out.connect((host, port))
        return out.send(b"leak")


def _in_a_thread(way: Callable[[str, int], object]) -> Way:
    async def go(host: str, port: int) -> object:
        return await asyncio.to_thread(way, host, port)

    go.__name__ = f"a thread's {way.__name__.strip('_')}"
    return go


WAYS: list[Way] = [
    httpx_async,
    httpx2_async,
    aiohttp_client,
    websocket,
    streams,
    loops_own_socket,
    datagrams,
    datagrams_each_to_somewhere,
    *map(
        _in_a_thread,
        [
            *(_httpx, _requests, _urllib, _urllib3, _http_client, _websocket),
            *(_tcp, _tcp_without_a_word, _udp, _udp_message, _udp_connected),
        ],
    ),
]
