"""The application: the core's commands, then the plugins'."""

import os
import sys
from collections.abc import Sequence

import cyclopts
from rich.console import Console
from rich.markup import escape

from op26x import __version__, logs
from op26x.cli import groups
from op26x.cli.context import load_plugins
from op26x.errors import Op26xError, PluginError, UsageError

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130


def build(broken: dict[str, PluginError] | None = None, arguments: Sequence[str] = ()) -> cyclopts.App:
    """The command line with the commands of every plugin.

    Args:
        broken: Takes the errors of plugins that can't be loaded; a command that needs them raises them itself.
        arguments: What is to be run.
    """
    broken = {} if broken is None else broken
    app = cyclopts.App(
        name="op26x",
        version=__version__,
        help="AI phone calls whose privacy policy is executable.",
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
    )
    asks_for_help = len(arguments) == 1 or arguments[1:] in (["--help"], ["-h"])
    groups.add(app, arguments[0] if asks_for_help else "")
    load_plugins(broken).collect("op26x_commands", broken, cli=app)
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and exits: 0 done, 1 the work failed, 2 wrong use, 130 interrupted."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Runs a command and returns its exit code."""
    logs.structure_with_the_first_line()
    broken: dict[str, PluginError] = {}
    try:
        result = build(broken, arguments)(arguments, exit_on_error=False, result_action="return_value")
        sys.stdout.flush()
    except cyclopts.CycloptsError:
        return WRONG_USE
    except Op26xError as error:
        console = Console(stderr=True, highlight=False)
        console.print("[bold red]Error:[/]", escape(str(error)), soft_wrap=True)
        return WRONG_USE if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads has had enough, such as head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    for warning in broken.values() if result in (None, DONE) else ():
        Console(stderr=True, highlight=False).print("[bold yellow]Warning:[/]", escape(str(warning)), soft_wrap=True)
    return result if isinstance(result, int) else DONE
