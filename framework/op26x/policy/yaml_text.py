"""YAML as rows are written in: a key that is there twice is an error."""

from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C, where PyYAML was built with it: the tables are read whenever a process starts."""


def parsed(text: bytes) -> Any:
    """What a document says.

    Raises:
        yaml.YAMLError: It is no YAML.
        ValueError: A key is there twice: YAML would take the last one, which may be the looser. Or there is an alias:
            a short text could stand for an endless one.
    """
    loader = LOADER(text)
    try:
        node = loader.get_single_node()
        _refuse_doubles(node, set())
        return None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _refuse_doubles(node: yaml.Node | None, seen: set[int]) -> None:
    if id(node) in seen:
        raise ValueError("there is an alias in it: write what it stands for")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        for key, value in node.value:
            if keys.count(key.value) > 1:
                raise ValueError(f"line {key.start_mark.line + 1} has the key {key.value!r} twice")
            _refuse_doubles(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_doubles(value, seen)
