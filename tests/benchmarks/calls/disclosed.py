"""Our service after the terms of the stubs' company were accepted: `python disclosed.py ARGUMENTS OF op26x up`."""

import os
import subprocess
import sys

US = [sys.executable, "-m", "op26x"]

if __name__ == "__main__":
    accept = [*US, "processors", "accept", os.environ["STUB_COMPANY"]]
    subprocess.run(accept, check=True, stdout=subprocess.DEVNULL)
    os.execv(sys.executable, [*US, *sys.argv[1:]])
