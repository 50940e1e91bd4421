"""Writes into the pages what is made from the code: ``python docs/mkdocs/made_from_code.py``.

A page holds pairs of comments on lines of their own, ``<!-- made: WHAT -->`` and ``<!-- end -->``. What stands between
them is made and committed, so that the pages read whole wherever they are read; a test sees that it is current.

- ``hooks``: the manual of every hook
- ``types``: the types that hooks hand over and take
- ``settings``: a table per section of the settings
- ``permissions``: which role may do what
- ``datamap``: what each table of the core holds
- ``acts``: what the audit log knows
- ``checks``: what is promised, what enforces it and what is looked at
- ``fields MODULE.CLASS``: a table of a Struct's fields
- ``methods MODULE.CLASS``: the manual of every public method of a class, and a list of its properties
- ``example PATH``: a file of ``docs/examples``
"""

import dataclasses
import enum
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import msgspec
from sqlmodel import SQLModel

from op26x import Secret, hookspecs
from op26x.accounts import Role, permissions
from op26x.audit.acts import acts
from op26x.calls.tables import core_tables, table_of
from op26x.calls.verifying.verification import CHECKS
from op26x.datamap import CORE as OWN
from op26x.datamap import DataMap, Kept, data_map, declared
from op26x.datamap.picture import picture
from op26x.plugins import load
from op26x.policy.promises import promises
from op26x.settings import CORE, CoreSettings

DOCS = Path(__file__).parents[1]
EXAMPLES = DOCS / "examples"
PICTURE = DOCS / "datamap.svg"
MADE = re.compile(
    r"^<!-- made: (hooks|types|settings|permissions|datamap|acts|checks|fields|methods|example)(?: (\S+))? -->"
    r"\n.*?^<!-- end -->$",
    re.MULTILINE | re.DOTALL,
)
BAR = "\\|"
"""One that divides no cells."""
LANGUAGES = {".py": "python", ".toml": "toml", ".yaml": "yaml", ".service": "ini", ".conf": "nginx"}
SECTION = re.compile(r"^(Args|Returns|Attributes|Raises|Example):{1,2}$")
ROOMS = [
    "op26x",
    *(f"op26x.{room}" for room in ("agents", "calls", "consent", "datamap", "policy", "recording", "storage", "vault")),
    *(f"op26x.{room}" for room in ("voice", "types", "settings")),
]
"""Where plugins import from."""
VARIABLES = {"Row"}
"""Type variables in signatures of which the public types of a room have a namesake."""


def rendered(page: str) -> str:
    """A page with all that is made from the code as the code is now."""
    return MADE.sub(lambda found: _between(found[1], found[2] or ""), page)


def _between(what: str, of: str) -> str:
    return f"<!-- made: {what}{of and ' '}{of} -->\n\n{_made(what, of)}\n\n<!-- end -->"


def _made(what: str, of: str) -> str:
    if what == "hooks":
        return "\n\n".join(_module(module) for module in hookspecs.MODULES)
    if what == "types":
        return "\n\n".join(_type(cls) for cls in handed_over())
    if what == "settings":
        return "\n\n".join(_section(name, cls) for name, cls in sections().items())
    if what == "permissions":
        return _permissions()
    if what == "acts":
        rows = [[f"`{one.name}`", one.about, f"`{one.purpose}`"] for one in acts().values()]
        return "\n".join(map(_row, [["`what`", "what happened", "`purpose`"], ["---"] * 3, *rows]))
    if what == "checks":
        return _checks()
    if what == "datamap":
        return _tables()
    if what in ("fields", "methods"):
        module, _, name = of.rpartition(".")
        cls = getattr(importlib.import_module(module), name)
        return fields(cls) if what == "fields" else methods(cls)
    text = (EXAMPLES / of).read_text(encoding="utf-8").strip()
    return f"```{LANGUAGES[Path(of).suffix]}\n{text}\n```"


def _permissions() -> str:
    head = ["action", "allows", *(role.value for role in Role)]
    rows = [
        [f"`{action}`", row.about, *("yes" if role in row.roles else "" for role in Role)]
        for action, row in permissions().items()
    ]
    return "\n".join([_row(head), _row(["---"] * len(head)), *map(_row, rows)])


def _checks() -> str:
    looked = {name: f"`{name}`: {check.__doc__}" for name, check in CHECKS.items()}
    rows = [
        [one.id, one.says["en"], one.enforced_by, "<br>".join(looked[name] for name in one.checks)]
        for one in promises()
    ]
    head = ["promise", "what it says", "what enforces it", "what is looked for"]
    return "\n".join(map(_row, [head, ["---"] * len(head), *rows]))


def _tables() -> str:
    rows = [[f"`{model.__tablename__}`", _about_table(model), *_held(model)] for model in core_tables()]
    head = ["table", "what a row is", "personal, and how it is held", "ends with"]
    return "\n".join([_row(head), _row(["---"] * len(head)), *map(_row, rows)])


def _about_table(model: type[Any]) -> str:
    return _plain((inspect.getdoc(model) or "").partition("\n")[0])


def _held(model: type[Any]) -> tuple[str, str]:
    said = [(column.name, declared(column)) for column in table_of(model).columns]
    own = [(name, one.form, one.personal) for name, one in said if one is not None and one.personal is not None]
    columns = ", ".join(f"`{name}` ({form.value})" for name, form, _ in own)
    ends = ", ".join(dict.fromkeys(what.kept.value for *_, what in own if what is not None))
    return columns or "nothing", ends


def _data_map() -> DataMap:
    """Of the core's tables alone, as no installation in particular has them."""
    periods = dict.fromkeys(Kept, "")
    tables = {OWN: map(table_of, core_tables())}
    return data_map(tables, {}, (), periods, organization="", version="", at=datetime(1970, 1, 1, tzinfo=UTC))


def drawn() -> str:
    """The picture of the data map."""
    return picture(_data_map())


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def specs(module: ModuleType) -> list[FunctionType]:
    """The hooks of a module of ``op26x.hookspecs``, in the order they stand in it."""
    return [value for name, value in vars(module).items() if name.startswith("op26x_")]


def _module(module: ModuleType) -> str:
    name = module.__name__.rpartition(".")[2]
    return "\n\n".join([f"## {name.capitalize()}", _plain(inspect.getdoc(module) or ""), *map(hook, specs(module))])


def hook(spec: FunctionType) -> str:
    """The manual of one hook."""
    return "\n\n".join([f"### {spec.__name__}", f"```python\n{_signature(spec)}\n```", *_manual(spec)])


def methods(cls: type[Any]) -> str:
    """The manual of a class's own public methods, and a list of its properties."""
    parts: list[str] = []
    for method in _methods(cls):
        parts += [f"```python\n{_signature(method)}\n```", *_manual(method)]
    properties = [(name, value) for name, value in vars(cls).items() if isinstance(value, property)]
    attributes = [*_about(cls).items(), *((name, _manual(value)[0]) for name, value in properties)]
    return "\n\n".join([*parts, "\n".join(f"- `{name}`: {_plain(about)}" for name, about in attributes)]).strip()


def _manual(documented: Any) -> list[str]:
    """What a docstring says, in paragraphs and lists."""
    parts = []
    for title, body in _parts(inspect.getdoc(documented) or ""):
        if title == "Example":
            parts.append(f"```python\n{body}\n```")
        elif title == "Args":
            parts.append("\n".join(f"- `{name}`: {_plain(about)}" for name, about in _entries(body)))
        elif title == "Returns":
            parts.append(f"**Returns** {_plain(body)}")
        elif title == "Raises":
            parts.append("\n".join(f"- raises `{name}`: {_plain(about)}" for name, about in _entries(body)))
        else:
            parts.append(_plain(body))
    return parts


def _signature(function: Any) -> str:
    """As the source has it, with types; on several lines if it is long."""
    signature = inspect.signature(function)
    parameters = [_parameter(parameter) for parameter in signature.parameters.values()]
    kinds = [p.kind for p in signature.parameters.values()]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        first = next(n for n, p in enumerate(signature.parameters.values()) if p.kind is p.KEYWORD_ONLY)
        parameters.insert(first, "*")
    returns = _annotation(signature.return_annotation)
    keyword = "async def" if inspect.iscoroutinefunction(function) else "def"
    line = f"{keyword} {function.__name__}({', '.join(parameters)}) -> {returns}: ..."
    if len(line) <= 120:
        return line
    inner = "".join(f"    {parameter},\n" for parameter in parameters)
    return f"{keyword} {function.__name__}(\n{inner}) -> {returns}: ..."


def _parameter(parameter: inspect.Parameter) -> str:
    typed = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "") + parameter.name
    if parameter.annotation is not parameter.empty:
        typed += f": {_annotation(parameter.annotation)}"
    return typed if parameter.default is parameter.empty else f"{typed} = {_literal(parameter.default)}"


def _literal(value: Any) -> str:
    return repr(value).replace("'", '"')


def handed_over() -> list[type[Any]]:
    """Types of ours in the hooks' signatures, and those of their fields, by name."""
    names = {name: getattr(importlib.import_module(room), name) for room in reversed(ROOMS) for name in _public(room)}
    names = {name: cls for name, cls in names.items() if name not in VARIABLES}
    found: dict[str, type[Any]] = {}
    waiting = {word for module in hookspecs.MODULES for spec in specs(module) for word in _words(_signature(spec))}
    while waiting:
        name = waiting.pop()
        cls = names.get(name)
        if name in found or not inspect.isclass(cls):
            continue
        found[name] = cls
        waiting |= {word for text in _annotations(cls) for word in _words(text)}
    return [found[name] for name in sorted(found)]


def _public(room: str) -> list[str]:
    module = importlib.import_module(room)
    own = [name for name, value in vars(module).items() if getattr(value, "__module__", "") == room]
    return list(getattr(module, "__all__", own))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\b[A-Z]\w+", text))


def _annotations(cls: type[Any]) -> list[str]:
    if issubclass(cls, enum.Enum):
        return []
    fields = [_annotation(annotation) for annotation in getattr(cls, "__annotations__", {}).values()]
    return fields + [_signature(method) for method in _methods(cls)]


def _annotation(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = re.sub(r"\b(?:\w+\.)+(?=[A-Za-z])", "", text).replace("'", "").replace("~", "")
    return re.sub(r"Annotated\[([^,\]]+), Meta\([^)]*\)\]", r"\1", text)


def _methods(cls: type[Any]) -> list[Any]:
    """Public ones of its own."""
    own = [name for name, value in vars(cls).items() if name[0] != "_" and not isinstance(value, property)]
    return [value for name in own if inspect.isroutine(value := getattr(cls, name))]


def _type(cls: type[Any]) -> str:
    room = next(room for room in ROOMS if cls.__name__ in _public(room))
    parts = [f"### {cls.__name__}", f"```python\nfrom {room} import {cls.__name__}\n```"]
    about = [body for title, body in _parts(inspect.getdoc(cls) or "") if not title]
    parts += [_plain(body) for body in about]
    if issubclass(cls, enum.Enum):
        parts.append("One of " + ", ".join(f"`{member.value}`" for member in cls) + ".")
    elif dataclasses.is_dataclass(cls) or issubclass(cls, msgspec.Struct | SQLModel):
        parts.append(_table(cls))
    else:
        parts += [_method(method) for method in _methods(cls)]
    return "\n\n".join(parts)


def _method(method: Any) -> str:
    first = _plain(inspect.cleandoc(method.__doc__ or "").partition("\n\n")[0])
    return f"```python\n{_signature(method)}\n```\n\n{' '.join(first.split())}".rstrip()


def _about(cls: type[Any]) -> dict[str, str]:
    """What a class says of its attributes."""
    return dict(_entries(textwrap.dedent((inspect.getdoc(cls) or "").partition("Attributes:\n")[2])))


def _table(cls: type[Any]) -> str:
    about = _about(cls)
    rows = [
        f"| `{name}` | `{_annotation(annotation).replace('|', BAR)}` | {_plain(about.get(name, ''))} |"
        for name, annotation in cls.__annotations__.items()
        if not name.startswith("_")
    ]
    return "\n".join(["| attribute | type | what it is |", "|---|---|---|", *rows])


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
    return {CORE: CoreSettings, **load().sections()}


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
    about = _about(cls)
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
    if isinstance(value, Secret) or value in ("", (), list):
        return "empty"
    if isinstance(value, msgspec.Struct):
        return f"`{value.use}`" if hasattr(value, "use") else "see below"
    return f"`{value}`"


def pages() -> Iterator[Path]:
    """All pages that may hold something made from the code."""
    yield from sorted(DOCS.glob("*.md"))


def main() -> None:
    """Brings all pages up to date."""
    for page in pages():
        before = page.read_text(encoding="utf-8")
        if (now := rendered(before)) != before:
            page.write_text(now, encoding="utf-8")
            print(page.relative_to(DOCS.parent), file=sys.stderr)
    PICTURE.write_text(drawn(), encoding="utf-8")


if __name__ == "__main__":
    main()
