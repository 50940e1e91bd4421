"""What a command starts from: plugins loaded, settings resolved."""

import difflib
import os
import shlex
import tomllib
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from cyclopts import Parameter
from cyclopts.validators import Number

from op26x.errors import NotFound, PluginError, WorkError
from op26x.plugins import Plugins, load
from op26x.settings import CoreSettings, Settings, resolve

if TYPE_CHECKING:
    from op26x.audit import Access
    from op26x.calls import Installation, Workspace

T = TypeVar("T")

WHO = "command-line"
"""As the audit log names it."""

Data = Annotated[Path | None, Parameter(help="Data directory; default is the setting data.")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Organization = Annotated[str, Parameter(help="Name of the organization; default is the only one there is.")]
Yes = Annotated[bool, Parameter(negative="", help="Do not ask first.")]
Limit = Annotated[int, Parameter(help="How many at the most.", validator=Number(gte=1, lte=500))]


@dataclass(frozen=True)
class Context:
    """Plugins and settings of a process."""

    plugins: Plugins
    settings: Settings


def load_context(**overrides: Any) -> Context:
    """Loads the installed plugins and the settings; the core's own defaults come when a workspace is opened.

    Args:
        overrides: Core settings given on the command line; ``None`` means not given.

    Raises:
        PluginError: A plugin does not fit.
        SettingsError: A setting does not fit.
    """
    plugins = load_plugins()
    sections = plugins.sections()
    settings = resolve(sections, overrides=overrides)
    plugins.use(settings)
    return Context(plugins, settings)


def load_plugins(broken: dict[str, PluginError] | None = None) -> Plugins:
    """Loads the installed plugins, and those of the setting ``plugins``; arguments and errors as of ``load``."""
    return load(extra_modules(os.environ), broken=broken)


@contextmanager
def open_installation(data: Path | None, *, make: bool = False) -> Iterator["Installation"]:
    """The installation on a data directory, for as long as the block lasts.

    Args:
        data: The directory; default is the setting.
        make: Whether to make it if need be. Without, nothing is made and nothing is migrated.

    Raises:
        NotFound: There is no such directory, and it is not to be made.
    """
    from op26x.calls import Installation
    from op26x.calls.core_plugins import register_core
    from op26x.plugins import build_registry

    context = load_context(data=data)
    if not make:
        must_exist(context.settings.core)
    register_core(context.plugins)
    installation = Installation.open(context.settings, registry=build_registry(context.plugins), make=make)
    try:
        yield installation
    finally:
        installation.close()


@contextmanager
def open_workspace(data: Path | None, organization: str = "", *, make: bool = False) -> Iterator["Workspace"]:
    """The records of an organization on a data directory, for as long as the block lasts.

    Args:
        data: The directory; default is the setting.
        organization: Its name; default is the setting, or else the only one there is.
        make: Whether to make the directory if need be. Without, nothing is made and nothing is migrated.

    Raises:
        NotFound: There is no such directory, and it is not to be made; or no such organization.
        UsageError: No organization was named, and there are several.
    """
    with open_both(data, organization, make=make) as (_, workspace):
        yield workspace


@contextmanager
def open_both(
    data: Path | None, organization: str = "", *, make: bool = False
) -> Iterator[tuple["Installation", "Workspace"]]:
    """The installation as well; arguments and errors as of ``open_workspace``."""
    with open_installation(data, make=make) as installation:
        yield installation, installation.workspace(organization or installation.settings.core.organization)


def there_is_data(core: CoreSettings) -> bool:
    """Whether the records of an installation can be read. Whoever may not look into them sees none."""
    try:
        must_exist(core)
    except (NotFound, WorkError):
        return False
    return True


def must_exist(core: CoreSettings, *, files: bool = False) -> None:
    """Does nothing if there is a database, or if PostgreSQL is to be asked for it and not ``files``.

    Raises:
        NotFound: There is none; the message names others that are near.
        WorkError: It may not be looked for.
    """
    database = core.database_path
    try:
        if (core.database and not files) or database.exists():
            return
    except PermissionError:
        raise WorkError(
            f"You may not look into {database.parent}.", "Run the command as the user whose service it is."
        ) from None
    data = database.parent
    here = data.absolute()
    found = [*here.glob(f"*/{database.name}"), *here.parent.glob(f"*/{database.name}")]
    others = {other.parent.name: other.parent for other in found}
    meant = difflib.get_close_matches(data.name, others, n=1) or sorted(others)[:3]
    near = f" Did you mean {' or '.join(str(others[name]) for name in meant)}?" if meant else ""
    raise NotFound(
        f"There is no op26x data in {data}.{near}",
        "Name the directory with --data or OP26X_DATA; op26x up makes one.",
    )


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Runs what is asynchronous to its end. Whoever asks for help or lists agents does without asyncio."""
    import asyncio

    return asyncio.run(work)


def by_command(why: str = "") -> "Access":
    """What is done at the command line, as the audit log has it."""
    from op26x.audit import Access

    return Access(WHO, why)


def data_option(data: Path | None) -> str:
    """How a command is told of the same data directory, to be shown behind its name."""
    return f" --data {shlex.quote(str(data))}" if data is not None else ""


def extra_modules(environ: Mapping[str, str], file: Path = Path("op26x.toml")) -> list[str]:
    """The setting ``plugins``, which must be known before the settings of plugins are."""
    names = environ.get("OP26X_PLUGINS", "")
    if not names and file.is_file():
        try:
            names = str(tomllib.loads(file.read_text()).get("plugins", ""))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):  # said when settings are resolved
            names = ""
    return [name.strip() for name in names.split(",") if name.strip()]
