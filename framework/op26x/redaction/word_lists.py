"""Word lists: the files of ``words``, by name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent / "words"


@cache
def word_lists(name: str) -> Mapping[str, frozenset[str]]:
    """The lists of a file: words separated by blanks, or a YAML list where an expression has several words."""
    listed = msgspec.yaml.decode((FOLDER / f"{name}.yaml").read_bytes(), type=dict[str, str | list[str]])
    return {key: frozenset(words.split() if isinstance(words, str) else words) for key, words in listed.items()}
