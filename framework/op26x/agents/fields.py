"""Reading of Structs with every fault that there is, not the first one only."""

import difflib
import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import inspect

from op26x.errors import Fault


def faults_of(values: Mapping[Any, Any], cls: type[msgspec.Struct], who: str = "", path: str = "") -> Iterator[Fault]:
    """What keeps values from being a Struct, field by field.

    Args:
        values: From a document.
        cls: What they should be.
        who: Whose they are, for messages, with a colon behind it if it is not empty.
        path: Of the Struct, with a dot behind it if it is not empty.
    """
    kind = "option" if who else "key"
    fields = {field.encode_name: field for field in msgspec.structs.fields(cls)}
    for key in values:
        if key not in fields:
            takes = f"It takes: {', '.join(fields)}." if fields else "It takes none."
            remedy = f"{near(str(key), fields)} {takes}".lstrip()
            yield Fault(f"{path}{key}", f"{who}there is no {kind} {f'{path}{key}'!r}.", remedy)
    for name, field in fields.items():
        if name not in values:
            if field.required:
                yield Fault(f"{path}{name}", f"{who}{path}{name} is missing.", f"Add a line: {name}: …")
            continue
        nested = _nested(field.type)
        if nested is not None and isinstance(values[name], Mapping):
            yield from faults_of(values[name], nested, who, f"{path}{name}.")
            continue
        try:
            msgspec.convert(values[name], field.type)
        except msgspec.ValidationError as error:
            what = f"{who}{path}{name}: {str(error).partition(' - at ')[0]}."
            yield Fault(f"{path}{name}", what, _remedy(f"{path}{name}", values[name], field.type))


def near(word: str, known: Iterable[str]) -> str:
    """``Did you mean temperature?``, or nothing."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"Did you mean {found[0]}?" if found else ""


def _remedy(path: str, value: Any, kind: Any) -> str:
    words = sorted(_words(inspect.type_info(kind)))
    if not words:
        return f"Change {path}."
    meant = near(value, words) if isinstance(value, str) else ""
    return f"{meant} Change {path} to one of: {', '.join(words)}.".lstrip()


def _words(kind: inspect.Type) -> Iterator[str]:
    """The words that a type allows, if it is a closed list of them."""
    if isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from _words(one)
    elif isinstance(kind, inspect.LiteralType):
        yield from (str(value) for value in kind.values)
    elif isinstance(kind, inspect.EnumType) and issubclass(kind.cls, enum.StrEnum):
        yield from (str(member) for member in kind.cls)


def _nested(kind: Any) -> type[msgspec.Struct] | None:
    """The Struct, if a type is one that is read key by key."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__struct_config__.forbid_unknown_fields:
        return kind
    return None
