"""The root key in a file of mode 0600 outside the data directory."""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from op26x.errors import KeyFileError

KEY_BYTES = 32


def read_or_create(path: Path, entropy: Callable[[int], bytes] = os.urandom) -> bytes:
    """Reads the root key, or makes one on first use.

    Args:
        path: The key file; its directory is made if need be.
        entropy: Source of randomness.

    Returns:
        32 bytes.

    Raises:
        KeyFileError: Others may read the file, it is not 64 hexadecimal digits, or it can't be read or made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path, entropy)
    except OSError as error:
        raise _unusable(path, error) from None
    return read(path)


def read(path: Path) -> bytes:
    """Reads the root key; 32 bytes.

    Raises:
        KeyFileError: The file is missing, others may read it, it is not 64 hexadecimal digits, or it can't be read.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise KeyFileError(f"The key file {path} can be read by others (mode {mode:o}).", f"chmod 600 {path}")
        key = bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        raise KeyFileError(
            f"The key file {path} is missing, and what is stored can't be read without it.",
            "Restore it from its backup, or name its place in OP26X_KEY_FILE.",
        ) from None
    except ValueError:
        key = b""
    except OSError as error:
        raise _unusable(path, error) from None
    if len(key) != KEY_BYTES:
        raise KeyFileError(
            f"The key file {path} does not hold a key of 64 hexadecimal digits.", "Restore it from its backup."
        )
    return key


def _unusable(path: Path, error: OSError) -> KeyFileError:
    return KeyFileError(
        f"The key file {path} can't be used: {error.strerror}.", "Set OP26X_KEY_FILE to a path you may write."
    )


def _create(path: Path, entropy: Callable[[int], bytes]) -> None:
    """Makes the file if it is not there, whole or not at all: two processes may start at once."""
    if path.exists():
        return
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(entropy(KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
