"""The records of processing: made of what is declared, read by people and by other tools, compared with older ones."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from framework.datamap.house import Note, Notes
from op26x import Processor, Provider, hookimpl
from op26x.calls import Installation, records_of_processing
from op26x.calls.core_plugins import register_core
from op26x.clock import ManualClock
from op26x.datamap import DataMap, Purpose
from op26x.datamap.differences import differences
from op26x.datamap.rendering import as_fides, as_html, as_markdown
from op26x.ids import Ids
from op26x.plugins import Plugins, build_registry
from op26x.settings import resolve

FIDESLANG = json.loads(Path(__file__).with_name("fideslang-3.1.4.json").read_text())


class Carrier:
    """Gives data to one company for telephony, and to another one for a store that nobody uses."""

    @hookimpl
    def op26x_processors(self) -> list[Processor]:
        return [Processor("Carrier | Co", ("carrier.example",), "telephony", ("communications",), "https://terms")]

    @hookimpl
    def op26x_telephony(self) -> Provider[Any]:
        return Provider("carrier", lambda request: None)


class Store:
    """Another one."""

    @hookimpl
    def op26x_processors(self) -> list[Processor]:
        return [Processor("Store", ("store.example",), "storage", ("communications",), "", trains_on_data=True)]

    @hookimpl
    def op26x_blob_store(self) -> Provider[Any]:
        return Provider("store", lambda request: None)


@pytest.fixture
def house(data: Path) -> Iterator[Installation]:
    """With two plugins that give data away, and one with a table."""
    plugins = register_core(Plugins())
    for name, plugin in (("carrier", Carrier()), ("store", Store()), ("notes", Notes(Note))):
        plugins.register(plugin, name)
    clock = ManualClock()
    settings = resolve({}, environ={}, overrides={"data": data, "usage_days": 30})
    installation = Installation.open(settings, clock, Ids(clock), registry=build_registry(plugins))
    yield installation
    installation.close()


@pytest.fixture
async def found(house: Installation) -> DataMap:
    """The data map of its organization."""
    return await records_of_processing(house, house.workspace())


async def test_each_purpose_has_its_subjects_data_and_periods(found: DataMap) -> None:
    by_purpose = {one.purpose: one for one in found.activities}
    assert set(by_purpose) == {purpose.value for purpose in Purpose}
    recording = by_purpose["recording"]
    assert (recording.subjects, recording.categories, recording.periods) == (
        ("caller",),
        ("communications",),
        ("call",),
    )
    assert set(recording.data) == {"recorded voice", "words that were said"}
    assert "phone number" in by_purpose["call"].data
    assert by_purpose["security"].subjects == ("user",)
    for one in found.activities:
        assert one.dpv.startswith("https://w3id.org/dpv/2.0#")


async def test_periods_are_the_ones_that_are_set(house: Installation, found: DataMap) -> None:
    assert found.periods["call"].startswith("30 days")
    assert found.periods["usage"].startswith("30 days; the address is shortened to its network after 7")
    workspace = house.workspace()
    await workspace.periods.change(12, workspace.kept, "test")
    assert (await records_of_processing(house, workspace)).periods["call"].startswith("12 days")


async def test_who_is_given_data_is_named_and_who_is_only_installed_is_told_apart(found: DataMap) -> None:
    assert [(one.name, one.plugin, one.in_use) for one in found.recipients] == [
        ("Carrier | Co", "carrier", True),
        ("Store", "store", False),
    ]
    assert found.recipients[1].trains_on_data


async def test_people_read_all_of_it(found: DataMap) -> None:
    text = as_markdown(found)
    for column in found.columns:
        if column.holds == "personal":
            table, _, name = column.id.partition(".")
            assert f"### {table}" in text
            assert f"| {name} | {column.about} |" in text
    assert "### note (plugin notes)" in text
    assert "Carrier &#124; Co (plugin carrier)" in text
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    widths = {line.count("|") for line in lines}
    assert len(widths) <= 4, "no cell breaks its table"
    page = as_html(found)
    assert page.startswith("<!doctype html>")
    assert page.count("<table>") == sum(line.startswith("|---") for line in text.splitlines())
    assert "<script" not in page


async def test_what_a_plugin_says_is_no_markup_of_the_page(house: Installation) -> None:
    house.registry.processors["carrier"] = (Processor("<script>x</script>", (), "a|b", ("usage",), ""),)
    page = as_html(await records_of_processing(house, house.workspace()))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


async def test_fideslang_takes_it(found: DataMap) -> None:
    """The schemas and keys are those of fideslang 3.1.4, written out by ``model_json_schema`` and its taxonomy."""
    manifest = yaml.safe_load(as_fides(found))
    for name in ("dataset", "system"):
        (one,) = manifest[name]
        Draft202012Validator(FIDESLANG[name]).validate(one)
    collections = manifest["dataset"][0]["collections"]
    assert "note" in [collection["name"] for collection in collections]
    used = {key for one in collections for field in one["fields"] for key in field["data_categories"]}
    for one in manifest["system"][0]["privacy_declarations"]:
        used |= {one["data_use"], *one["data_subjects"], *one["data_categories"]}
    assert used <= set(FIDESLANG["keys"])


async def test_it_is_read_back_as_it_was_written(found: DataMap) -> None:
    assert msgspec.json.decode(msgspec.json.encode(found), type=DataMap) == found
    assert differences(found, found) == []


async def test_what_was_added_changed_and_removed_is_named(house: Installation, found: DataMap) -> None:
    changed = msgspec.structs.replace(
        found,
        columns=(
            msgspec.structs.replace(found.columns[0], about="something else"),
            *(column for column in found.columns[1:] if column.id != "note.text"),
        ),
        recipients=found.recipients[:1],
        periods={**found.periods, "call": "7 days"},
    )
    there = {(one.what, one.id, one.change): one.details for one in differences(changed, found)}
    first = found.columns[0].id
    assert set(there) == {
        ("column", first, "changed"),
        ("column", "note.text", "added"),
        ("recipient", "Store (store)", "added"),
        ("period", "call", "changed"),
    }
    assert there["column", first, "changed"] == f"about: something else → {found.columns[0].about}"
    assert "whose: caller" in there["column", "note.text", "added"]
    back = {(one.what, one.id, one.change) for one in differences(found, changed)}
    assert ("column", "note.text", "removed") in back
    assert ("recipient", "Store (store)", "removed") in back
