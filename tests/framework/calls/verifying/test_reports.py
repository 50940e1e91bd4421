"""The result as people and programs read it, and the policy that is made of it."""

import re
from datetime import UTC, datetime

import pytest

from framework.processors.vendors import VENDOR
from op26x.calls.verifying import CheckResult, PromiseResult, Verification, oscal, report, text
from op26x.calls.verifying.pages import page
from op26x.policy.promises import LANGUAGES, promises
from op26x.processors import Registered, Standing

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
OPEN = [Registered("vendor", VENDOR, ("llm",), Standing.ACCEPTED)]
TOKEN = re.compile(r"^[^\W\d][\w.\-]*$")
UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


def verification(*findings: str, language: str = "en") -> Verification:
    """Of one promise that these findings break, one that holds, and a duty."""
    checks = [CheckResult("overdue", "What should have been erased.", list(findings))]
    held = [CheckResult("tls", "Addresses in clear.", [])]
    return Verification(
        "Example <Clinic>",
        "0.1.0",
        AT,
        language,
        [
            PromiseResult(
                "5.3", "security", "Kept for 30 days.", "broken" if findings else "holds", "Law 5.", "", checks
            ),
            PromiseResult("5.1", "security", "TLS | always.", "holds", "Doors.", "", held),
            PromiseResult("4.2", "consent", "You ask.", "duty", "Law 8.", "Ask.", held),
        ],
    )


def test_people_read_what_is_broken_and_what_is_theirs() -> None:
    said = report.as_markdown(verification("2 calls are kept past their end."))
    assert "1 of 3 promises do not hold." in said
    assert "## 5.3 BROKEN" in said
    assert "- What should have been erased (overdue): **2 calls are kept past their end.**" in said
    assert "- Addresses in clear (tls): none." in said
    assert "**Yours:** Ask." in said
    assert "No promise is broken." in report.as_markdown(verification())


def test_the_page_needs_nothing_and_shows_no_html_of_others() -> None:
    shown = report.as_html(verification("<script>alert(1)</script>"))
    assert shown.startswith("<!doctype html>")
    assert "<script>" not in shown
    assert "Example &lt;Clinic&gt;" in shown
    assert not re.search(r"(src|href)=", shown)


def test_a_page_loads_nothing_whatever_words_are_in_it() -> None:
    shown = page("Title", "![pixel](https://evil.example/p.png)", "en")
    assert "<img" not in shown
    assert "default-src 'none'" in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_policy_is_written_in_five_languages_with_every_sentence(language: str) -> None:
    written = text.as_markdown(verification(language=language), OPEN)
    for sentence in ("Kept for 30 days.", "TLS | always.", "You ask."):
        assert sentence in written
    assert "Vendor" in written
    assert "2026-11-28" in written
    assert "~~" not in written
    assert all(names[language] in written for names in text.SECTIONS.values())


def test_a_sentence_that_does_not_hold_is_struck_out_with_the_reason() -> None:
    broken = verification("2 calls are kept past their end.")
    assert "~~Kept for 30 days.~~ **2 calls are kept past their end.**" in text.as_markdown(broken, [])
    page = text.as_html(broken, [])
    assert "<s>Kept for 30 days.</s> <strong>2 calls are kept past their end.</strong>" in page
    assert '<html lang="en">' in page


@pytest.mark.parametrize("standing", [Standing.NEW, Standing.CHANGED, Standing.HERE])
def test_a_company_that_may_not_be_given_data_is_not_in_the_policy(standing: Standing) -> None:
    assert "Vendor" not in text.as_markdown(verification(), [Registered("vendor", VENDOR, (), standing)])


def test_programs_read_findings_and_the_observations_that_they_rest_on() -> None:
    results = oscal.as_oscal(verification("2 calls are kept past their end."))["assessment-results"]
    assert results["metadata"]["oscal-version"] == "1.1.2"
    (result,) = results["results"]
    observed = {one["uuid"]: one["title"] for one in result["observations"]}
    assert sorted(observed.values()) == ["overdue", "tls"]
    states = {one["target"]["target-id"]: one["target"]["status"]["state"] for one in result["findings"]}
    assert states == {"promise-5.3": "not-satisfied", "promise-5.1": "satisfied", "promise-4.2": "satisfied"}
    for one in result["findings"]:
        assert TOKEN.match(one["target"]["target-id"])
        assert {related["observation-uuid"] for related in one["related-observations"]} <= set(observed)
    uuids = [results["uuid"], result["uuid"], *observed, *(one["uuid"] for one in result["findings"])]
    assert len(set(uuids)) == len(uuids)
    assert all(map(UUID.match, uuids))
    assert oscal.as_oscal(verification("x"))["assessment-results"]["uuid"] == results["uuid"], "the same each time"


def test_every_promise_is_said_in_five_languages_with_the_same_blanks() -> None:
    for one in promises():
        assert set(one.says) == set(LANGUAGES)
        blanks = {tuple(sorted(re.findall(r"{\w+}", said))) for said in one.says.values()}
        assert len(blanks) == 1, one.id
        assert all(said.rstrip().endswith((".", "।")) for said in one.says.values()), one.id
