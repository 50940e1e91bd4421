"""Runs a command that ends with the process that started it, however that one ends.

``python -m op26x_service.with_parent PID PROGRAM ARGUMENT…``. On Linux the kernel sends SIGTERM when the parent is
gone, killed or not (PR_SET_PDEATHSIG, ``prctl(2)``), and that outlives the exchange of this program for the command.
Elsewhere a parent that is killed leaves the command behind.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(parent: int, command: list[str]) -> None:
    """Becomes the command, unless the parent is gone by now."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            return
    os.execv(command[0], command)  # noqa: S606 - our own command


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
