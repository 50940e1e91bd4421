"""The simulator's scripts: all of ours can be played, and what can't says why."""

from pathlib import Path

import pytest

from op26x.errors import UsageError
from op26x_twilio.simulator.script import load_script, recording, scripts


@pytest.mark.parametrize("name", scripts())
def test_every_word_of_our_callers_is_recorded(name: str) -> None:
    script = load_script(name)
    assert script.name == name
    assert script.about
    for step in script.steps:
        if step.say:
            assert 0.2 < len(recording(step.say)) / 8000 < 15
        assert set(step.press) <= set("0123456789*#")


def test_the_callers_of_the_manual_are_there() -> None:
    assert {"books", "brief", "silent", "hangs-up", "barges-in", "presses-keys"} <= set(scripts())


def test_an_unknown_caller() -> None:
    with pytest.raises(UsageError, match="no caller 'nobody'") as unknown:
        load_script("nobody")
    assert "books" in unknown.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "about: no name",
        "name: a\nabout: b\nsteps: [{shout: hello}]",
        "name: [",
        "just words",
        "",
        "name: a\nabout: b\nsteps: 7",
    ],
)
def test_a_script_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"mine\.yaml"):
        load_script(str(file))


def test_a_script_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nabout: Mine.\nsteps: [{press: '1'}, {hang_up: true}]")
    assert [step.press for step in load_script(str(file)).steps] == ["1", ""]


def test_words_without_a_recording() -> None:
    with pytest.raises(UsageError, match="no recording"):
        recording("words that nobody spoke")
