"""The data map as people read it: Markdown and HTML, and as fideslang takes it."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import yaml

from op26x.datamap.declarations import Holds
from op26x.datamap.picture import picture
from op26x.datamap.processing import CORE, Activity, Column, DataMap, Recipient
from op26x.datamap.vocabulary import DataSubject, Form
from op26x.vault import KeyKind

KEYS = {
    KeyKind.CALL: "the call's key",
    KeyKind.SUBJECT: "the key of that person",
    KeyKind.USER: "the key of that user",
    KeyKind.LINE: "the phone line's key",
    KeyKind.SCHEDULED_CALL: "the scheduled call's key",
    KeyKind.PLUGIN: "a key of the call for plugins",
}
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "th,td{border:1px solid #c8c8c8;padding:.3rem .5rem;text-align:left;vertical-align:top}th{background:#f2f2f2}"
)


def as_markdown(found: DataMap) -> str:
    """Records of processing: purposes, recipients, periods, safeguards, and every table."""
    personal = [column for column in found.columns if column.holds == Holds.PERSONAL]
    return "\n".join(
        [
            f"# Records of processing: {found.organization}",
            "",
            f"As GDPR article 30 asks for them; made on {found.made_at:%Y-%m-%d} by op26x {found.version} from the "
            "declarations of its tables and plugins.",
            *_section(
                "What it is for",
                ("purpose", "whose data", "categories", "which data", "period"),
                [_activity(one) for one in found.activities],
            ),
            *_section(
                "Who is given data",
                ("recipient", "for", "categories", "where", "terms", "may train on it", "in use"),
                [_recipient(one) for one in found.recipients],
            ),
            *_section("How long", ("period", "length"), list(found.periods.items())),
            "",
            "## How it is protected",
            "",
            *(f"- {safeguard}" for safeguard in found.safeguards),
            "",
            "## What each table holds of people",
            *(line for name, own in _by_table(personal) for line in _table(name, own)),
            "",
        ]
    )


def as_html(found: DataMap) -> str:
    """The same as a page that needs nothing else."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(as_markdown(found))
    body = body.replace("</h1>", f"</h1>\n<figure>{picture(found)}</figure>", 1)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Records of processing</title>'
        f"<style>{STYLE}</style></head><body>\n{body}</body></html>\n"
    )


def as_fides(found: DataMap) -> str:
    """A manifest of fideslang in YAML: the database as a data set, and op26x as a system with its uses."""
    personal = [column for column in found.columns if column.holds == Holds.PERSONAL]
    dataset = {
        "fides_key": "op26x_database",
        "name": "op26x",
        "description": f"The database of op26x {found.version}.",
        "collections": [
            {
                "name": table,
                "fields": [
                    {
                        "name": column.id.partition(".")[2],
                        "description": f"{column.about}, {Form(column.form).about}",
                        "data_categories": [column.fides],
                    }
                    for column in own
                ],
            }
            for table, own in _by_table(personal)
        ],
    }
    system = {
        "fides_key": "op26x",
        "name": "op26x",
        "description": f"AI phone calls of {found.organization}.",
        "system_type": "Service",
        "privacy_declarations": [
            {
                "name": one.about,
                "data_use": one.fides,
                "data_subjects": sorted({DataSubject(whose).fides for whose in one.subjects}),
                "data_categories": sorted({c.fides for c in personal if one.purpose in c.purposes}),
                "dataset_references": ["op26x_database"],
            }
            for one in found.activities
        ],
    }
    return str(yaml.safe_dump({"dataset": [dataset], "system": [system]}, sort_keys=False, allow_unicode=True))


def _activity(one: Activity) -> tuple[str, ...]:
    return one.about, _list(one.subjects), _list(one.categories), _list(one.data), _list(one.periods)


def _recipient(one: Recipient) -> tuple[str, ...]:
    who = f"{one.name} (plugin {one.plugin})"
    may, used = ("yes" if said else "no" for said in (one.trains_on_data, one.in_use))
    return who, one.purpose, _list(one.categories), _list(one.hosts), one.terms, may, used


def _by_table(columns: Iterable[Column]) -> "Iterable[tuple[str, list[Column]]]":
    for table, own in groupby(columns, key=lambda column: column.id.partition(".")[0]):
        yield table, list(own)


def _table(name: str, columns: Sequence[Column]) -> list[str]:
    of = "" if columns[0].plugin == CORE else f" (plugin {columns[0].plugin})"
    rows = [
        (
            column.id.partition(".")[2],
            column.about,
            column.whose,
            column.category,
            Form(column.form).about + (f" under {KEYS[KeyKind(column.key)]}" if column.key else ""),
            column.kept,
            column.erase,
            column.ground,
        )
        for column in columns
    ]
    headers = ("column", "what", "whose", "category", "held", "period", "at its end", "ground")
    return _section(f"{name}{of}", headers, rows, level="###")


def _section(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]], level: str = "##") -> list[str]:
    return [
        "",
        f"{level} {title}",
        "",
        f"| {' | '.join(headers)} |",
        f"|{'---|' * len(headers)}",
        *(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows),
    ]


def _list(values: Iterable[str]) -> str:
    return ", ".join(values) or "nobody"
