"""AES-256-GCM: bytes per second through `cryptography` against those of the machine's `openssl speed`.

Ours is what sealing a message costs in Python: a nonce of its own, a tag, a new bytes object. `openssl speed -evp`
encrypts over and over in place, under one nonce and without tags. The wheels of `cryptography` bring an OpenSSL
of their own, often newer than the machine's and with faster code for its processor: the ratio is between both
programs as they are, not the price of Python, and can be above 1. The result names both versions.
"""

import os
import subprocess
from statistics import median
from time import perf_counter
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from rich import box
from rich.table import Table

CIPHER = "aes-256-gcm"
BATCH_BYTES = 4_000_000
"""Bytes between two looks at the clock: about a millisecond, so that looking costs nothing."""


def measure(sizes: list[int], rounds: int, seconds: int) -> list[dict[str, Any]]:
    """Both contestants at each size, `seconds` each, by turns; who goes first changes from round to round.

    Args:
        sizes: Bytes in one message.
        rounds: How often.
        seconds: Of each measurement, at least one.

    Returns:
        A row for each size: bytes per second of every round, their medians, and ours as a share of openssl's.

    Raises:
        RuntimeError: There is no `openssl` that can measure this.
    """
    contestants = {"cryptography": through_cryptography, "openssl": through_openssl}
    rates: dict[int, dict[str, list[float]]] = {size: {name: [] for name in contestants} for size in sizes}
    for number in range(rounds):
        order = list(contestants) if number % 2 == 0 else list(reversed(contestants))
        for size in sizes:
            for name in order:
                rates[size][name].append(contestants[name](size, seconds))
    return [_row(size, **rates[size]) for size in sizes]


def through_cryptography(size: int, seconds: int) -> float:
    """Bytes per second that `AESGCM.encrypt` seals in messages of `size` bytes."""
    cipher, message = AESGCM(AESGCM.generate_key(256)), os.urandom(size)
    batch = max(1, BATCH_BYTES // size)
    sealed = 0
    began = perf_counter()
    while (passed := perf_counter() - began) < seconds:
        for number in range(sealed, sealed + batch):
            cipher.encrypt(number.to_bytes(12), message, None)
        sealed += batch
    return sealed * size / passed


def through_openssl(size: int, seconds: int) -> float:
    """Bytes per second that `openssl speed` reports for pieces of `size` bytes.

    Raises:
        RuntimeError: `openssl` is not installed, or does not report a figure.
    """
    command = ["openssl", "speed", "-mr", "-evp", CIPHER, "-bytes", str(size), "-seconds", str(seconds), "-elapsed"]
    answer = _run(command)
    # With -mr the figure is in a line of its own: +F:25:AES-256-GCM:2848720000.00
    figures = [line.rpartition(":")[2] for line in answer.splitlines() if line.startswith("+F:")]
    if len(figures) != 1:
        raise RuntimeError(f"`{' '.join(command)}` reported no figure but: {answer[:500]!r}")
    return float(figures[0])


def openssl_version() -> str:
    """What `openssl version` says. Raises RuntimeError when it is not installed."""
    return _run(["openssl", "version"]).strip()


def _run(command: list[str]) -> str:
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise RuntimeError("there is no command openssl to compare with; install OpenSSL") from None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"`{' '.join(command)}` failed: {error.stderr[:500]}") from None


def _row(size: int, cryptography: list[float], openssl: list[float]) -> dict[str, Any]:
    ours, theirs = median(cryptography), median(openssl)
    return {
        "bytes": size,
        "cryptography_bytes_per_s": round(ours),
        "openssl_bytes_per_s": round(theirs),
        "ratio": round(ours / theirs, 3),
        "rounds": {"cryptography": list(map(round, cryptography)), "openssl": list(map(round, openssl))},
    }


def table(rows: list[dict[str, Any]]) -> Table:
    """The medians in GB (10^9 bytes) per second, and the ratio."""
    shown = Table("bytes", title="AES-256-GCM on one core", box=box.SIMPLE)
    for heading in ("cryptography GB/s", "openssl GB/s", "x openssl"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        rates = (row["cryptography_bytes_per_s"], row["openssl_bytes_per_s"])
        shown.add_row(f"{row['bytes']:,}", *(f"{rate / 1e9:.2f}" for rate in rates), f"{row['ratio']:.3f}")
    return shown
