"""``op26x`` and ``python -m op26x``: an import takes long enough to be interrupted."""

import sys


def main() -> None:
    """Runs the command line and exits with its code; a Ctrl-C while it is loaded is no failure either."""
    try:
        from op26x.cli import main as run
    except KeyboardInterrupt:
        sys.exit(0)
    run()


if __name__ == "__main__":
    main()
