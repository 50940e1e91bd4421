"""What a process does so that its secrets stay in it: no core dump, and no secret handed to a child without need."""

import ctypes
import resource
import sys
from collections.abc import Mapping

from op26x.errors import WorkError
from op26x.settings import Settings

PR_GET_DUMPABLE, PR_SET_DUMPABLE = 3, 4  # linux/prctl.h

VENDORS = ("OPENAI_", "ANTHROPIC_", "TWILIO_", "AWS_")
"""How the names of vendors' own variables begin."""
SECRET_ENDINGS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSPHRASE", "CREDENTIALS")
"""How a variable's name ends that holds a secret of a vendor that is not listed here."""
NEEDED = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
NEEDED_BEGINNINGS = ("LC_", "PYTHON", "OMP_", "OPENBLAS_")


def no_core_dumps() -> None:
    """Keeps the memory of this process, keys and words in it, out of core files.

    Sets the limit of core files to 0 for it and its children (RLIMIT_CORE). On Linux the process is also marked as
    not dumpable, since a ``core_pattern`` that begins with ``|`` is not bound by that limit; then no other process
    of the same user can read its memory or attach a debugger either. A child that runs another program loses the
    mark (``prctl(2)``), and keeps the limit.

    Raises:
        WorkError: The system refused.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise WorkError(
            f"The process can't be kept from being dumped: error {ctypes.get_errno()} of prctl.",
            "Allow prctl(PR_SET_DUMPABLE) in the sandbox that it runs in.",
        )


def without_secrets(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """An environment for a child that holds no key and no database.

    Left out are the variables of our settings whose type is ``Secret``, vendors' own (``OPENAI_API_KEY``,
    ``TWILIO_…``, ``AWS_…``), and whatever is named like a key, token or password.

    Args:
        environ: The parent's.
        settings: The parent's; they know which of ours are secret.
    """
    return {name: value for name, value in environ.items() if not _is_secret(name, settings.secret_variables)}


def only_needed(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment for a child that needs no setting: where programs, libraries and temporary files are, and the
    language.

    Args:
        environ: The parent's.
    """
    return {name: value for name, value in environ.items() if name in NEEDED or name.startswith(NEEDED_BEGINNINGS)}


def _is_secret(name: str, ours: frozenset[str]) -> bool:
    return name in ours or name.startswith(VENDORS) or name.upper().endswith(SECRET_ENDINGS)
