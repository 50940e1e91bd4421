"""``op26x registries``: do-not-call registries of countries, in which people are looked up before they are called."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

from cyclopts import Parameter

from op26x.cli.context import Data, Json, Organization, by_command, load_context, open_workspace, run_async
from op26x.cli.output import moment, print_list, print_one
from op26x.clock import in_utc
from op26x.errors import UsageError

if TYPE_CHECKING:
    from op26x.calls import Workspace
    from op26x.consent import RegistryFormat

Format = Annotated[str, Parameter(name="--format", help="e164, us-ftc, or one that a plugin brings.")]


def list_registries(*, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Lists the registries that were read in. Their numbers are not shown: they are kept as blind indexes."""
    from op26x.client.summaries import registry_summary

    with open_workspace(data, organization) as workspace:
        found = [registry_summary(one) for one in run_async(workspace.registries.list())]
    rows = [
        {
            "name": one.name,
            "as of": moment(one.as_of),
            "numbers": one.numbers,
            "covers": one.covers or "every number",
            "kept until": moment(one.expires_at),
        }
        for one in found
    ]
    print_list(found, rows, as_json=json, empty="No registry was read in.")


def import_registry(
    name: Annotated[str, Parameter(name="NAME", help="As the law's rows name it: us, in.")],
    file: Annotated[Path, Parameter(name="FILE", help="The registry's file, unpacked.")],
    /,
    *,
    as_of: Annotated[datetime, Parameter(help="When the file was made: 2026-11-20.")],
    format: Format = "e164",
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Reads a registry's file in, in place of the one before: all of it or nothing. It counts for the next call."""
    from op26x.client.summaries import registry_summary

    chosen = format_named(format, data)
    with readable(file) as lines, open_workspace(data, organization, make=True) as workspace:
        run_async(_must_be_named(workspace, name))
        reading = workspace.registries.read(name, lines, chosen, in_utc(as_of), by_command(f"registry {name}"))
        found = registry_summary(run_async(reading))
    print_one(found, as_json=json, said=f"Numbers of the registry {name} read in: {found.numbers}.")


async def _must_be_named(workspace: "Workspace", name: str) -> None:
    """Does nothing if a row of the law, or of the organization, asks for a registry of that name.

    Raises:
        UsageError: None does, so nobody would ever be looked up in it.
    """
    from op26x.policy import LAW, OwnRow

    own = (one.content for one in await workspace.own_rows.list())
    rows = [*(row for _, row in LAW.all_rows()), *(one for one in own if isinstance(one, OwnRow))]
    known = sorted({row.registry for row in rows if row.registry})
    if name not in known:
        raise UsageError(f"No row asks for a registry {name!r}.", f"The registries are: {', '.join(known)}.")


def format_named(name: str, data: Path | None) -> "RegistryFormat":
    """A format of files with numbers.

    Raises:
        UsageError: Nobody brings one of that name.
    """
    from op26x.calls.core_plugins import register_core
    from op26x.plugins import build_registry
    from op26x.types import ServiceRequest

    context = load_context(data=data)
    there = build_registry(register_core(context.plugins)).providers["do-not-call format"]
    if name not in there:
        raise UsageError(f"There is no format {name!r}.", f"The formats are: {', '.join(sorted(there))}.")
    found: RegistryFormat = there[name].build(ServiceRequest(settings_of=context.settings.of))
    return found


@contextmanager
def readable(file: Path) -> Iterator[TextIO]:
    """The lines of a file.

    Raises:
        UsageError: It can't be read.
    """
    try:
        lines = file.open(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.", "Name a text file.") from None
    with lines:
        yield lines
