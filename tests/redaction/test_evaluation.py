"""What the redaction is measured with is sound, and the redaction is no worse than it was."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from op26x.redaction import Entity, Span, Turn, redact_dialogue
from redaction import negatives, values
from redaction.generate import MODES, GoldDialogue, GoldTurn, gold_set, modes_of
from redaction.measure import Measured, count, find, measure
from redaction.templates import FOLDER, SETS, SLOT, Split, read_templates, templates_of

SPLITS: tuple[Split, ...] = get_args(Split)
ROUNDS: dict[Split, int] = {"development": 1, "test": 2}


class Floor(NamedTuple):
    """What is held: at least this recall, and at most so much leaked, over and false."""

    recall: float
    leaked: float
    over: float
    false: float


FLOORS: dict[tuple[Split, str], Floor] = {
    ("development", "us"): Floor(0.84, 0.13, 0.03, 0.06),
    ("development", "uk"): Floor(0.83, 0.12, 0.03, 0.08),
    ("development", "in"): Floor(0.85, 0.11, 0.04, 0.08),
    ("development", "de"): Floor(0.76, 0.18, 0.04, 0.08),
    ("development", "es"): Floor(0.83, 0.15, 0.05, 0.10),
    ("development", "fr"): Floor(0.77, 0.23, 0.03, 0.08),
    ("development", "hi"): Floor(0.73, 0.20, 0.03, 0.06),
    ("development", "written"): Floor(0.81, 0.16, 0.04, 0.21),
    ("test", "us"): Floor(0.82, 0.16, 0.03, 0.06),
    ("test", "uk"): Floor(0.81, 0.17, 0.03, 0.10),
    ("test", "in"): Floor(0.84, 0.13, 0.04, 0.10),
    ("test", "de"): Floor(0.63, 0.22, 0.02, 0.07),
    ("test", "es"): Floor(0.83, 0.18, 0.04, 0.10),
    ("test", "fr"): Floor(0.63, 0.37, 0.04, 0.18),
    ("test", "hi"): Floor(0.63, 0.20, 0.04, 0.10),
    ("test", "written"): Floor(0.78, 0.17, 0.04, 0.32),
}
"""Of each set, over all its modes: some hundredths from what was measured."""


@cache
def dialogues(name: str, split: Split) -> list[GoldDialogue]:
    """A set in all its modes."""
    return [one for mode in modes_of(name) for one in gold_set(name, split, mode, ROUNDS[split])]


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("name", SETS)
def test_as_much_is_found_as_was_found_before(name: str, split: Split) -> None:
    found = measure(dialogues(name, split), redact_dialogue).overall

    floor = FLOORS[split, name]
    assert found.recall >= floor.recall, found.shares()
    assert found.leaked <= floor.leaked, found.shares()
    assert found.over <= floor.over, found.shares()
    assert found.false <= floor.false, found.shares()


def test_the_same_dialogues_are_made_again() -> None:
    for name in SETS:
        mode = modes_of(name)[0]
        assert gold_set(name, "test", mode) == gold_set(name, "test", mode)
    assert gold_set("us", "test", "spoken") != gold_set("us", "test", "spoken", seed=1)


@pytest.mark.parametrize("split", SPLITS)
def test_gold_is_inside_its_turn_and_begins_and_ends_with_a_character(split: Split) -> None:
    for name in SETS:
        for turn in (turn for dialogue in dialogues(name, split) for turn in dialogue.turns):
            at = 0
            for span in turn.gold:
                said = turn.text[span.start : span.end]
                assert at <= span.start < span.end <= len(turn.text), turn
                assert said == said.strip(), turn
                at = span.end


@pytest.mark.parametrize("split", SPLITS)
def test_every_entity_and_every_mode_occurs(split: Split) -> None:
    every = [dialogue for name in SETS for dialogue in dialogues(name, split)]

    for mode in MODES:
        labels = {span.label for one in every if one.mode == mode for turn in one.turns for span in turn.gold}
        assert labels == set(Entity)
    assert {one.region for one in every} == set(values.REGIONS)


def test_what_is_spoken_has_neither_figures_nor_capitals() -> None:
    texts = [turn.text for name in values.REGIONS for one in gold_set(name, "test", "spoken") for turn in one.turns]

    assert not [text for text in texts if text != text.lower()]
    assert sum(bool(re.search(r"\d", text)) for text in texts) < 0.05 * len(texts)


def test_every_file_is_of_a_set_and_a_split() -> None:
    for path in FOLDER.glob("*.txt"):
        assert path.stem.rpartition("_")[2] in SPLITS
        assert all(template.set_name in SETS for template in read_templates(path))
    assert {template.source for template in templates_of("us", "development")} == {
        "us_development",
        "moreus_development",
    }
    assert {template.source for template in templates_of("us", "test")} == {"us_test"}


def test_slots_are_known_and_nothing_of_a_slot_is_left() -> None:
    for name in SETS:
        for text in (one.text for split in SPLITS for one in templates_of(name, split)):
            for slot, _, literal_label, _ in SLOT.findall(text):
                known = negatives.MAKERS if slot.startswith("=") else set(Entity)
                assert (literal_label or slot.removeprefix("=")) in known, text
            assert not re.search(r"\[\[|\]\]|\{=|\{[A-Z_]+[:}]|\\n", SLOT.sub("", text)), text


def test_no_sentence_with_an_entity_is_in_both_splits() -> None:
    def with_slots(split: Split) -> set[str]:
        turns = {text for name in SETS for one in templates_of(name, split) for _, text in one.turns}
        return {text for text in turns if SLOT.search(text) and len(re.findall(r"\w+", SLOT.sub("", text))) > 3}

    assert not with_slots("development") & with_slots("test")


def test_a_line_without_a_speaker_is_refused(tmp_path: Path) -> None:
    (tmp_path / "us_test.txt").write_text("A: Hello.\nB: Hello.\n")

    with pytest.raises(ValueError, match=r"us_test.txt:2"):
        read_templates(tmp_path / "us_test.txt")


def one_dialogue() -> GoldDialogue:
    """Three turns, the first with a name and a number, the others with nothing."""
    first = GoldTurn("caller", "Ann Lee, 12 34", (Span(0, 7, "PERSON"), Span(9, 14, "PIN")))
    return GoldDialogue((first, GoldTurn("agent", "thank you", ()), GoldTurn("agent", "a b", ())), "", "us", "written")


def measured(*spans: list[Span]) -> Measured:
    """How a finder did that found these spans."""
    found = find([one_dialogue()], lambda turns: spans)
    return count([one_dialogue()], found)


def test_who_finds_all_and_nothing_else_leaks_nothing() -> None:
    every = measured([Span(0, 7, "X"), Span(9, 14, "X")], [], [])

    assert every.overall.shares() == {"recall": 1.0, "leaked": 0.0, "over": 0.0, "false": 0.0}
    assert every.ms_per_turn > 0


def test_who_finds_nothing_leaks_all() -> None:
    assert measured([], [], []).overall.shares() == {"recall": 0.0, "leaked": 1.0, "over": 0.0, "false": 0.0}


def test_white_space_does_not_count() -> None:
    apart = [Span(0, 3, "X"), Span(4, 7, "X"), Span(9, 11, "X"), Span(12, 14, "X")]

    assert measured(apart, [], []).overall.recall == 1.0


def test_a_part_of_an_entity_leaks_the_rest_and_is_no_recall() -> None:
    part = measured([Span(0, 3, "PERSON"), Span(9, 14, "PIN")], [], [])

    assert part.overall.recall == 0.5
    assert part.overall.leaked == 3 / 10
    assert part.labels["PERSON"].leaked == 0.5
    assert part.labels["PIN"].recall == 1.0


def test_what_is_masked_besides_counts_by_the_finders_label() -> None:
    beside = measured([Span(0, 14, "PERSON")], [Span(0, 5, "CITY")], [])

    assert beside.overall.recall == 1.0
    assert beside.overall.over == 6 / 11
    assert beside.overall.false == 0.5
    assert beside.labels["CITY"].over == 5 / 11
    assert beside.labels["CITY"].false == 0.5
    assert beside.labels["PERSON"].over == 1 / 11
    assert beside.labels["PERSON"].false == 0.0


def test_a_finder_gets_the_turns_as_they_were_said() -> None:
    got: list[Turn] = []

    def finder(turns: list[Turn]) -> list[list[Span]]:
        got.extend(turns)
        return [[] for _ in turns]

    measure([one_dialogue()], finder)
    assert got == [Turn("caller", "Ann Lee, 12 34"), Turn("agent", "thank you"), Turn("agent", "a b")]
