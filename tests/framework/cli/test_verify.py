"""``op26x policy verify`` and ``op26x policy text``: exit codes, forms and languages."""

import json
from collections.abc import Callable

import pytest

Run = Callable[..., tuple[int, str, str]]


def test_a_fresh_installation_holds_what_it_promises(op26x: Run) -> None:
    op26x("api-keys", "create", "first", "--role", "viewer")
    code, out, err = op26x("policy", "verify")
    assert (code, err) == (0, "")
    assert "BROKEN" not in out
    assert "your duty" in out
    told = json.loads(op26x("policy", "verify", "--json", "--language", "fr")[1])
    assert told["language"] == "fr"
    assert {one["state"] for one in told["promises"]} == {"holds", "duty"}
    assert any("Nous ne vendons pas" in one["says"] for one in told["promises"])
    assert "assessment-results" in json.loads(op26x("policy", "verify", "--oscal")[1])


def test_what_is_broken_is_said_and_is_the_exit_code(op26x: Run, call_id: str) -> None:
    """The call of this fixture was recorded without an entry in the consent ledger."""
    code, out, _ = op26x("policy", "verify")
    assert code == 1
    assert "BROKEN" in out
    assert call_id in out
    for form in ("--json", "--oscal", "--markdown", "--html"):
        code, out, _ = op26x("policy", "verify", form)
        assert code == 1
        assert call_id in out
    written = op26x("policy", "text")[1]
    assert "~~A call is recorded only after you were told" in written


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi"])
def test_the_policy_is_printed_in_five_languages(op26x: Run, language: str) -> None:
    op26x("api-keys", "create", "first", "--role", "viewer")
    code, out, _ = op26x("policy", "text", "--language", language)
    assert code == 0
    assert out.startswith("# ")
    assert "30" in out
    assert op26x("policy", "text", "--language", language, "--html")[1].startswith("<!doctype html>")
    assert json.loads(op26x("policy", "text", "--language", language, "--json")[1]) == {
        "language": language,
        "text": out,
    }


def test_one_form_at_a_time(op26x: Run) -> None:
    code, _, err = op26x("policy", "verify", "--json", "--html")
    assert (code, "One form at a time" in err) == (2, True)
