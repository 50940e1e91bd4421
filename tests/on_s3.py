"""With ``--s3``, every directory of blobs is a prefix of a bucket; what opens its files is left out.

The bucket is on the loopback, one server for each process of tests. Whole calls and laws that pass in a time of their
own are left out as well: a server of the machine's time would always answer too late. On a virtual loop it is waited
for in place.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from op26x.storage import defaults
from op26x.testing.virtual_loop import VirtualLoop

DIRECTORY = "blobs"
OWN_TIME = frozenset({"laws", "journeys", "testing"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--s3``."""
    parser.addoption("--s3", action="store_true", help="blobs in a bucket instead of a directory")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is about directories."""
    if config.getoption("--s3"):
        for item in items:
            if item.path.name == "test_local_blobs.py" or "[local" in item.name:
                item.add_marker(pytest.mark.skip(reason="about files"))
            elif not OWN_TIME.isdisjoint(item.path.parts) and not item.get_closest_marker("real_time"):
                item.add_marker(pytest.mark.skip(reason="in a time of its own"))


class InPlace:
    """A bucket over whose requests no time passes on a virtual loop, as none does there over work for a thread.

    Args:
        store: The bucket.
    """

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        usual = getattr(self._store, name)
        if not isinstance(asyncio.get_running_loop(), VirtualLoop):
            return usual
        at_once = getattr(self._store, name.removesuffix("_async"))

        async def request(*of_it: Any, **how: Any) -> Any:
            return at_once(*of_it, **how)

        def listed(*of_it: Any) -> Any:
            async def collected() -> Any:
                return at_once(*of_it).collect()

            return SimpleNamespace(collect_async=collected)

        return listed if name == "list_async" else request


@pytest.fixture(scope="session")
def s3() -> Iterator[Any]:
    """An empty bucket."""
    from counterparts.s3 import S3Counterpart

    with S3Counterpart() as there:
        yield there


@pytest.fixture(autouse=True)
def _on_s3(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, in_other_processes: dict[str, str]) -> None:
    """Has a bucket stand for a directory, also for a test that looks whether a file is there."""
    if not request.config.getoption("--s3"):
        return
    there = request.getfixturevalue("s3")

    def settings(directory: Path) -> Any:
        return there.settings(hashlib.sha256(os.fsencode(Path.cwd() / directory)).hexdigest())

    def in_the_bucket(directory: Path) -> Any:
        from op26x_s3.blobs import S3Blobs

        own = settings(directory)
        in_other_processes["OP26X_BLOBS"] = "s3"
        for name in ("bucket", "prefix", "endpoint", "access_key_id"):
            in_other_processes[f"OP26X_S3_{name.upper()}"] = getattr(own, name)
        in_other_processes["OP26X_S3_SECRET_ACCESS_KEY"] = own.secret_access_key.reveal()
        return S3Blobs(InPlace(own.connect()))

    def found(path: Path) -> dict[Path, int]:
        """What is there, or in it, with its size."""
        directory = next(one for one in (path, *path.parents) if one.name == DIRECTORY)
        entries = [entry for page in settings(directory).connect().list() for entry in page]
        sizes = {directory / entry["path"]: entry["size"] for entry in entries}
        return {file: size for file, size in sizes.items() if path in (file, *file.parents)}

    def named(path: Path, pattern: str) -> list[Path]:
        return [file for file in found(path) if any(Path(part).match(pattern) for part in file.relative_to(path).parts)]

    monkeypatch.setattr(defaults, "LocalBlobs", in_the_bucket)
    _instead(monkeypatch, "rglob", named)
    _instead(monkeypatch, "iterdir", lambda path: [file for file in found(path) if file.parent == path])
    _instead(monkeypatch, "exists", lambda path: bool(found(path)))
    _instead(monkeypatch, "stat", lambda path: SimpleNamespace(st_size=sum(found(path).values())))
    for opens in ("open", "unlink", "mkdir", "rename", "is_dir"):
        _instead(monkeypatch, opens, lambda *_of_it, **_how: pytest.skip("about files"))


def _instead(monkeypatch: pytest.MonkeyPatch, name: str, does: Callable[..., Any]) -> None:
    """Has a method of paths do something else within a directory of blobs."""
    usual = getattr(Path, name)

    def method(path: Path, *of_it: Any, **how: Any) -> Any:
        return (does if DIRECTORY in path.parts else usual)(path, *of_it, **how)

    monkeypatch.setattr(Path, name, method)
