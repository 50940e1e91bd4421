"""The command line: ``op26x …``. Commands that need an app or a vendor come from plugins, by ``op26x_commands``.

Exit codes: 0 done, 1 the work failed, 2 wrong use, 130 interrupted before it was done.
"""

from op26x.cli.app import WRONG_USE, build, main
from op26x.cli.context import Context, load_context

__all__ = ["WRONG_USE", "Context", "build", "load_context", "main"]
