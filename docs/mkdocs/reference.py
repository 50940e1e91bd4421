"""Derives reference pages from the code, when the documentation is built (a hook of MkDocs).

A page holds markers, each a comment on a line of its own: ``<!-- hooks -->`` becomes the manual of every hook,
``<!-- settings -->`` a table per section of the settings, ``<!-- fields MODULE.CLASS -->`` a table of a Struct's
fields, ``<!-- example PATH -->`` a file of ``docs/examples``.
"""

import dataclasses
import importlib
import inspect
import re
import textwrap
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import msgspec

from op26x import Secret, hookspecs
from op26x.plugins import load
from op26x.settings import CORE, CoreSettings

EXAMPLES = Path(__file__).parents[1] / "examples"
MARKER = re.compile(r"^<!-- (hooks|settings|fields|example)(?: (\S+))? -->$", re.MULTILINE)
LANGUAGES = {".py": "python", ".toml": "toml", ".yaml": "yaml"}
SECTION = re.compile(r"^(Args|Returns|Example):{1,2}$")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fills in the markers of a page."""
    return MARKER.sub(lambda found: _made(found[1], found[2] or ""), markdown)


def _made(what: str, of: str) -> str:
    if what == "hooks":
        return "\n\n".join(_module(module) for module in hookspecs.MODULES)
    if what == "settings":
        return "\n\n".join(_section(name, cls) for name, cls in sections().items())
    if what == "fields":
        module, _, name = of.rpartition(".")
        return fields(getattr(importlib.import_module(module), name))
    text = (EXAMPLES / of).read_text().strip()
    return f"```{LANGUAGES[Path(of).suffix]}\n{text}\n```"


def specs(module: ModuleType) -> list[FunctionType]:
    """The hooks of a module of ``op26x.hookspecs``, in the order they stand in it."""
    return [value for name, value in vars(module).items() if name.startswith("op26x_")]


def _module(module: ModuleType) -> str:
    name = module.__name__.rpartition(".")[2]
    return "\n\n".join([f"## {name.capitalize()}", _plain(inspect.getdoc(module) or ""), *map(hook, specs(module))])


def hook(spec: FunctionType) -> str:
    """The manual of one hook."""
    signature = inspect.signature(spec)
    parameters = ", ".join(signature.parameters)
    returns = f" -> {signature.return_annotation}"
    parts = [f"### {spec.__name__}", f"```python\ndef {spec.__name__}({parameters}){returns}: ...\n```"]
    for title, body in _parts(inspect.getdoc(spec) or ""):
        if title == "Example":
            parts.append(f"```python\n{body}\n```")
        elif title == "Args":
            parts.append("\n".join(f"- `{name}`: {_plain(about)}" for name, about in _entries(body)))
        elif title == "Returns":
            parts.append(f"**Returns** {_plain(body)}")
        else:
            parts.append(_plain(body))
    return "\n\n".join(parts)


def _parts(docstring: str) -> list[tuple[str, str]]:
    """A docstring in its parts: title of the section, empty for text between them, and its body."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in docstring.splitlines():
        if found := SECTION.match(line):
            parts.append((found[1], []))
            continue
        if parts[-1][0] and line and not line.startswith(" "):
            parts.append(("", []))
        parts[-1][1].append(line)
    bodies = [(title, textwrap.dedent("\n".join(lines)).strip()) for title, lines in parts]
    return [(title, body) for title, body in bodies if body]


def _entries(body: str) -> list[tuple[str, str]]:
    """The entries of ``Args`` or ``Attributes``: name and text."""
    entries: list[tuple[str, str]] = []
    for line in body.splitlines():
        found = re.match(r"(\w+): (.*)", line)
        if found:
            entries.append((found[1], found[2]))
        elif entries:
            entries[-1] = (entries[-1][0], f"{entries[-1][1]} {line.strip()}")
    return entries


def _plain(text: str) -> str:
    return text.replace("``", "`")


def sections() -> dict[str, type[msgspec.Struct]]:
    """The settings of the core and of every installed plugin, by section."""
    return {CORE: CoreSettings, **dict(load().collect("op26x_settings"))}


def _section(name: str, cls: type[msgspec.Struct]) -> str:
    title = f"## Section `{name}`" if name else "## Core"
    rows = [
        f"| `{'OP26X_' + (f'{name}_' if name else '').upper() + field.upper()}` | `{field}` | {default} | {about} |"
        for field, default, about in _rows(cls)
    ]
    head = "| environment | in `op26x.toml` | default | what it is |\n|---|---|---|---|"
    return "\n\n".join([title, "\n".join([head, *rows])])


def fields(cls: type[Any]) -> str:
    """A table of the fields of a Struct or a dataclass."""
    rows = [f"| `{name}` | {default} | {about} |" for name, default, about in _rows(cls)]
    return "\n".join(["| key | default | what it is |", "|---|---|---|", *rows])


def _rows(cls: type[Any]) -> list[tuple[str, str, str]]:
    about = dict(_entries(textwrap.dedent((inspect.getdoc(cls) or "").partition("Attributes:\n")[2])))
    declared = dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else msgspec.structs.fields(cls)
    return [(field.name, _default(field), _plain(about[field.name])) for field in declared]


def _default(field: Any) -> str:
    nothing = (msgspec.NODEFAULT, dataclasses.MISSING)
    value = field.default if field.default not in nothing else field.default_factory
    if value in nothing:
        return "required"
    if inspect.isclass(value):
        return f"a `{value.__name__}`"
    if isinstance(value, Path):
        return "`op26x/data` in the user's data directory"
    if isinstance(value, Secret) or value in ("", None, (), list):
        return "empty"
    if isinstance(value, msgspec.Struct):
        return f"`{value.use}`" if hasattr(value, "use") else "see below"
    return f"`{value}`"
