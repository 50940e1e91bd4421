"""Runs one benchmark: ``python tests/benchmarks NAME [options]``."""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = sorted(path.parent.name for path in HERE.glob("*/__main__.py"))


def main() -> None:
    """Hands over to the benchmark; exits with 2 if there is no such one."""
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        print(f"Which benchmark? There are: {', '.join(NAMES)}", file=sys.stderr)
        sys.exit(2)
    name = sys.argv.pop(1)
    sys.path.append(str(HERE.parent))
    runpy.run_path(str(HERE / name), run_name="__main__")


main()
