"""Shared words: secrets and personal data that do not print themselves, phone numbers in E.164."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from op26x.errors import UsageError
from op26x.types import Personal, PhoneNumber, Provider, Secret, ServiceRequest

HIDDEN = "correct-horse-battery"
E164 = re.compile(r"\+[1-9][0-9]{1,14}")


@pytest.mark.parametrize("cls", [Secret, Personal])
@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        "{}".format,
        "{!r}".format,
        "{!s}".format,
        "{:>40}".format,
        lambda s: f"{s}",
        lambda s: "%s" % s,  # noqa: UP031 - one of the ways to print
        lambda s: "%r" % s,  # noqa: UP031
        lambda s: str([s]),
        lambda s: str({"key": (s,)}),
        lambda s: str(ServiceRequest(options={"key": s})),
    ],
)
def test_no_way_of_printing_shows_the_value(cls: type[Secret], show: object) -> None:
    value = cls(HIDDEN)
    shown = show(value)  # type: ignore[operator]
    assert HIDDEN not in shown
    assert "…" in shown
    assert value.reveal() == HIDDEN
    assert type(value.reveal()) is str


@given(st.text(min_size=1))
def test_a_secret_prints_alike_whatever_it_is(text: str) -> None:
    assert (str(Secret(text)), repr(Secret(text))) == ("…", "Secret(…)")


def test_an_empty_secret_prints_as_nothing() -> None:
    assert str(Secret("")) == ""
    assert not Secret("")


def test_an_exception_that_holds_a_secret_does_not_show_it() -> None:
    assert HIDDEN not in str(UsageError(f"wrong key {Secret(HIDDEN)}"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+15550100123", "+15550100123"),
        ("+1 (555) 010-0123", "+15550100123"),
        ("+49 30 901820", "+4930901820"),
        ("+91-98765-43210", "+919876543210"),
    ],
)
def test_numbers_are_normalised(text: str, number: str) -> None:
    assert PhoneNumber.parse(text).reveal() == number


@pytest.mark.parametrize("text", ["", "anonymous", "+", "Restricted"])
def test_a_word_or_nothing_is_a_withheld_number(text: str) -> None:
    number = PhoneNumber.parse(text)
    assert not number
    assert (str(number), number.last_two) == ("", "")


@pytest.mark.parametrize("text", ["5559876543", "98", "+0", "+12345678901234567", "call me at 9"])
def test_what_is_no_number_with_a_country_code_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        PhoneNumber.parse(text)
    assert caught.value.remedy
    assert text not in str(caught.value)


@given(st.one_of(st.text(max_size=25), st.from_regex(r"\+[0-9 ()-]{1,20}", fullmatch=True)))
def test_any_text_gives_e164_or_a_withheld_number_or_a_usage_error(text: str) -> None:
    try:
        number = PhoneNumber.parse(text)
    except UsageError:
        return
    if number:
        assert E164.fullmatch(number.reveal())
        assert PhoneNumber.parse(number.reveal()) == number


@given(st.from_regex(E164, fullmatch=True))
def test_a_number_prints_its_last_two_digits_only(text: str) -> None:
    assume(len(text) > 4)
    number = PhoneNumber(text)
    assert str(number) == f"{number}" == f"…{text[-2:]}"
    assert repr(number) == f"PhoneNumber(…{text[-2:]})"
    assert number.last_two == text[-2:]


def test_a_request_gives_a_plugin_its_defaults_where_no_settings_are_at_hand() -> None:
    assert ServiceRequest().settings_of(dict) == {}


def test_a_provider_builds() -> None:
    provider = Provider("echo", lambda request: request.language)
    assert provider.build(ServiceRequest(language="hi")) == "hi"
