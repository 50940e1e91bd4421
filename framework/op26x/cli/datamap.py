"""``op26x datamap``: the records of processing of this installation, and what a release or a plugin added to them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from op26x.cli.context import (
    Data,
    Json,
    Organization,
    Yes,
    load_context,
    must_exist,
    open_both,
    run_async,
)
from op26x.cli.output import make_sure, print_list, print_one
from op26x.errors import UsageError

if TYPE_CHECKING:
    from op26x.datamap import DataMap

Old = Annotated[Path, Parameter(name="OLD.json", help="What op26x datamap show --json printed before.")]


def show_data_map(
    *,
    markdown: Annotated[bool, Parameter(negative="", help="As a document to read.")] = False,
    html: Annotated[bool, Parameter(negative="", help="As a page.")] = False,
    fides: Annotated[bool, Parameter(negative="", help="As a manifest for fideslang, in YAML.")] = False,
    organization: Organization = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Shows what is held of people: what for, whose, for how long, and who is given it."""
    from op26x.datamap import CORE, rendering

    wanted = {"--markdown": markdown, "--html": html, "--fides": fides, "--json": json}
    if sum(wanted.values()) > 1:
        raise UsageError("One form at a time.", f"Give one of {', '.join(wanted)}, or none.")
    found = _made(organization, data)
    forms = {rendering.as_markdown: markdown, rendering.as_html: html, rendering.as_fides: fides}
    for render, chosen in forms.items():
        if chosen:
            print(render(found), end="")
            return
    if json:
        print_one(found, as_json=True)
        return
    rows = [
        {
            "purpose": one.purpose,
            "whose": ", ".join(one.subjects),
            "data": ", ".join(one.data),
            "period": ", ".join(one.periods),
        }
        for one in found.activities
    ]
    print_list(found.activities, rows, as_json=False, empty="Nothing is held of anybody.")
    used = ", ".join(one.name for one in found.recipients if one.in_use) or "nobody"
    plugins = sorted({f"{c.id.partition('.')[0]} ({c.plugin})" for c in found.columns if c.plugin != CORE})
    if plugins:
        print(f"\nTables of plugins: {', '.join(plugins)}")
    print(f"\nGiven to: {used}. All tables that hold something of people: op26x datamap show --markdown")


def compare_data_maps(old: Old, /, *, organization: Organization = "", data: Data = None, json: Json = False) -> None:
    """Shows what is not as it was: columns, recipients and periods that a release, a plugin or a setting changed."""
    import msgspec

    from op26x.datamap import DataMap
    from op26x.datamap.differences import differences

    try:
        before = msgspec.json.decode(old.read_bytes(), type=DataMap)
    except OSError as error:
        raise UsageError(f"{old} can't be read: {error.strerror}.", "Name a file that you may read.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        remedy = "Make one with: op26x datamap show --json > OLD.json"
        raise UsageError(f"{old} is no data map: {error}.", remedy) from None
    found = differences(before, _made(organization, data))
    rows = [{"what": one.what, "id": one.id, "change": one.change, "details": one.details} for one in found]
    print_list(found, rows, as_json=json, empty=f"No difference to {old}.")


def drop_table(
    table: Annotated[str, Parameter(name="TABLE")], /, *, yes: Yes = False, data: Data = None, json: Json = False
) -> None:
    """Removes a table that a plugin left behind, with all that is in it. Stop the service first."""
    from op26x.calls.tables import core_tables, table_of
    from op26x.storage import Database
    from op26x.storage.places import data_place

    context = load_context(data=data)
    must_exist(context.settings.core)
    if table in {table_of(model).name for model in core_tables()}:
        raise UsageError(f"The table {table} is op26x's own.", "Only what a plugin left behind can be removed.")
    database = Database.open(data_place(context.settings.core), make=False)
    try:
        make_sure(f"remove the table {table} with all that is in it", yes=yes)
        run_async(database.drop(table))
    finally:
        database.close()
    print_one({"id": table}, as_json=json, said=f"The table {table} is gone.")


def _made(organization: str, data: Path | None) -> "DataMap":
    from op26x.calls import records_of_processing

    with open_both(data, organization) as (installation, workspace):
        return run_async(records_of_processing(installation, workspace))
