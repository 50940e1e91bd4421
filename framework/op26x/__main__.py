"""``python -m op26x`` is ``op26x``."""

from op26x.cli import main

main()
