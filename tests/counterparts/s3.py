"""S3 on the loopback: moto's server in a thread, on a free port, and a bucket that can be made to fail."""

import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

from op26x import Secret
from op26x_s3.settings import S3Settings

_numbers = itertools.count()

Step = Callable[[], Awaitable[object]]


class S3Counterpart:
    """A context manager.

    Attributes:
        url: Where it listens.
        bucket: An empty bucket of its own: servers of one process share what they hold.
    """

    def __enter__(self) -> Self:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        self.bucket = f"bucket-{next(_numbers)}"
        httpx.put(f"{self.url}/{self.bucket}").raise_for_status()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.stop()

    def settings(self, prefix: str, **changes: Any) -> S3Settings:
        """Settings that lead here."""
        usual: dict[str, Any] = {
            "bucket": self.bucket,
            "prefix": prefix,
            "endpoint": self.url,
            "access_key_id": "key",
            "secret_access_key": Secret("never-print-me"),
        }
        return S3Settings(**(usual | changes))


class Hooked:
    """A bucket that does something else before or after one of its requests.

    Args:
        store: The bucket.
    """

    def __init__(self, store: S3Store) -> None:
        self._store = store
        self.requests: list[tuple[str, str]] = []
        self._before: dict[tuple[str, str], Step] = {}
        self._after: dict[tuple[str, str], Step] = {}

    def before(self, method: str, path: str, step: Step) -> None:
        """Does a step before the next request of that kind for that path."""
        self._before[method, path] = step

    def after(self, method: str, path: str, step: Step) -> None:
        """Does a step after the next request of that kind for that path."""
        self._after[method, path] = step

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if name == "list_async":
            return method

        async def request(paths: Any, *arguments: Any, **options: Any) -> Any:
            kind = (name.removesuffix("_async"), paths if isinstance(paths, str) else paths[0])
            self.requests.append(kind)
            if step := self._before.pop(kind, None):
                await step()
            result = await method(paths, *arguments, **options)
            if step := self._after.pop(kind, None):
                await step()
            return result

        return request
