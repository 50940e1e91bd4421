"""Shared words: secrets and personal data that neither print nor encode themselves, phone numbers in E.164."""

import copy
import dataclasses
import io
import json
import logging
import pickle
import pprint
import re
import string
import traceback
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from op26x.errors import UsageError
from op26x.types import Personal, PhoneNumber, Provider, Secret, ServiceRequest

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
KINDS = [Secret, Personal, PhoneNumber]
LAST_TWO = "57"


class Settings(msgspec.Struct, frozen=True):
    key: Secret


@dataclasses.dataclass(frozen=True)
class Record:
    words: Secret


class Refusal(Exception):
    """Keeps what it was given under a name."""

    def __init__(self, words: Secret) -> None:
        super().__init__(words)
        self.words = words


def raised(value: Secret) -> Refusal:
    """An exception that holds a value, as does the frame that raised it."""
    try:
        raise Refusal(value)
    except Refusal as error:
        error.add_note(f"about {value}")
        return error


def logged(log: Callable[[logging.Logger], None]) -> str:
    """What the standard library writes."""
    stream = io.StringIO()
    logger = logging.Logger("shows")
    logger.addHandler(logging.StreamHandler(stream))
    log(logger)
    return stream.getvalue()


PRINT: dict[str, Callable[[Secret], str]] = {
    "str": str,
    "repr": repr,
    "ascii": lambda s: ascii(s).replace(r"\u2026", "…"),
    "format": format,
    "format width": "{:>40}".format,
    "format repr": "{!r}".format,
    "format ascii": lambda s: f"{s!a}".replace(r"\u2026", "…"),
    "f-string": lambda s: f"{s}",
    "f-string debug": lambda s: f"{s=}",
    "percent": lambda s: "%s" % s,  # noqa: UP031 - one of the ways to print
    "percent repr": lambda s: "%r" % s,  # noqa: UP031
    "template": lambda s: string.Template("$s").substitute(s=s),
    "list": lambda s: str([s]),
    "mapping": lambda s: str({s: (s, {s}, MappingProxyType({"s": s}))}),
    "pprint": lambda s: pprint.pformat([s] * 9, width=1),
    "dataclass": lambda s: repr(Record(s)),
    "dataclass as mapping": lambda s: repr(dataclasses.asdict(Record(s))),
    "dataclass replaced": lambda s: repr(dataclasses.replace(Record(s))),
    "struct": lambda s: repr(Settings(s)),
    "struct as mapping": lambda s: repr(msgspec.structs.asdict(Settings(s))),
    "request": lambda s: repr(ServiceRequest(options={"key": s})),
    "copy": lambda s: repr([copy.copy(s), copy.deepcopy([s])]),
    "exception": lambda s: str(raised(s)),
    "exception repr": lambda s: repr(raised(s)),
    "exception of ours": lambda s: str(UsageError(f"wrong key {s}", f"try another than {s!r}")),
    "traceback": lambda s: "".join(traceback.format_exception(raised(s))),
    "traceback locals": lambda s: "".join(
        traceback.TracebackException.from_exception(raised(s), capture_locals=True).format()
    ),
    "logging": lambda s: logged(lambda logger: logger.error("%s and %r", s, s)),
    "logging message": lambda s: logged(lambda logger: logger.error(s)),
    "logging exception": lambda s: logged(lambda logger: logger.error("failed", exc_info=raised(s))),
    "json with a fallback": lambda s: json.dumps({"s": s}, default=str, ensure_ascii=False),
    "msgspec with a fallback": lambda s: msgspec.json.encode(Settings(s), enc_hook=repr).decode(),
}
ENCODE: dict[str, Callable[[Any], object]] = {
    "json": json.dumps,
    "json value": lambda s: json.dumps({"s": [s]}),
    "json key": lambda s: json.dumps({s: 1}),
    "msgspec json": msgspec.json.encode,
    "msgspec key": lambda s: msgspec.json.encode({s: 1}),
    "msgspec struct": lambda s: msgspec.json.encode(Settings(s)),
    "msgspec dataclass": lambda s: msgspec.json.encode([Record(s)]),
    "msgspec msgpack": msgspec.msgpack.encode,
    "msgspec builtins": lambda s: msgspec.to_builtins(Settings(s)),
    **{f"pickle {n}": lambda s, n=n: pickle.dumps(s, n) for n in range(pickle.HIGHEST_PROTOCOL + 1)},  # type: ignore[misc]
    "pickle struct": lambda s: pickle.dumps(Settings(s)),
    "pickle exception": lambda s: pickle.dumps(raised(s)),
    "yaml": lambda s: yaml.dump({"s": s}),
    "state": lambda s: s.__getstate__(),
    "attributes": vars,
    "concatenation": lambda s: "key " + s,
    "concatenation behind": lambda s: s + " key",
    "repetition": lambda s: s * 2,
    "join": lambda s: "".join([s]),
    "bytes": lambda s: bytes(s, "utf-8"),
    "write": lambda s: io.StringIO().write(s),
    "iteration": list,
    "index": lambda s: s[0],
    "contains": lambda s: "x" in s,
    "compiled": re.compile,
    "path": open,
}


def hidden(kind: type[Secret]) -> st.SearchStrategy[tuple[Secret, Secret]]:
    """Two values that a reader must not be able to tell apart."""
    texts = st.text(min_size=1).map(lambda text: text + LAST_TWO)
    return st.tuples(texts.map(kind), texts.map(kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("show", PRINT.values(), ids=PRINT)
@settings(max_examples=20)
@given(data=st.data())
def test_no_way_of_printing_tells_one_value_from_another(
    kind: type[Secret], show: Callable[[Secret], str], data: st.DataObject
) -> None:
    one, other = data.draw(hidden(kind))
    assert show(one) == show(other)
    assert "…" in show(one)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encode", ENCODE.values(), ids=ENCODE)
@settings(max_examples=20)
@given(data=st.data())
def test_no_way_of_encoding_takes_a_value(
    kind: type[Secret], encode: Callable[[Secret], object], data: st.DataObject
) -> None:
    messages = []
    for value in data.draw(hidden(kind)):
        with pytest.raises(TypeError) as caught:
            encode(value)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text())
def test_only_the_one_who_asks_gets_the_text(kind: type[Secret], text: str) -> None:
    assert kind(text).reveal() == text
    assert type(kind(text).reveal()) is str


@pytest.mark.parametrize("kind", KINDS)
@given(one=st.text(), other=st.text())
def test_values_are_equal_when_type_and_text_are(kind: type[Secret], one: str, other: str) -> None:
    assert (kind(one) == kind(other)) is (one == other)
    assert len({kind(one), kind(other), kind(one)}) == (1 if one == other else 2)
    assert kind(one) != one
    assert len({each(one) for each in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_value_is_false_and_prints_as_nothing(kind: type[Secret]) -> None:
    assert (str(kind("")), f"{kind('')}", bool(kind(""))) == ("", "", False)
    assert kind("0")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["_text", "text", "reveal"])
def test_a_value_can_not_be_changed(kind: type[Secret], name: str) -> None:
    value = kind("correct-horse")
    with pytest.raises(AttributeError, match=kind.__name__):
        setattr(value, name, "else")
    with pytest.raises(AttributeError, match=kind.__name__):
        delattr(value, name)
    assert value.reveal() == "correct-horse"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+12125550123", "+12125550123"),
        ("+1 (212) 555-0123", "+12125550123"),
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


AMERICAN, BRITISH, INDIAN = PhoneNumber("+14152125550"), PhoneNumber("+442079460000"), PhoneNumber("+912223456789")


@pytest.mark.parametrize(
    ("text", "near", "number"),
    [
        ("+14155550121", None, "+14155550121"),
        ("whatsapp:+14155550121", None, "+14155550121"),
        ("WhatsApp:+1 415 555 0121", None, "+14155550121"),
        ("sip:+14155550121@example.com", None, "+14155550121"),
        ("sips:+14155550121@example.com;user=phone", None, "+14155550121"),
        ("sip:14155550121@203.0.113.7:5060", None, "+14155550121"),
        ("tel:+1-415-555-0121", None, "+14155550121"),
        ("tel:+1-415-555-0121;ext=5", None, "+14155550121"),
        ("14155550121", None, "+14155550121"),
        ("14155550121", AMERICAN, "+14155550121"),
        ("4155550121", AMERICAN, "+14155550121"),
        ("(415) 555-0121", AMERICAN, "+14155550121"),
        ("011442079460123", AMERICAN, "+442079460123"),
        ("442079460123", BRITISH, "+442079460123"),
        ("02079460123", BRITISH, "+442079460123"),
        ("00442079460123", None, "+442079460123"),
        ("0014155550121", BRITISH, "+14155550121"),
        ("09876543210", INDIAN, "+919876543210"),
        ("9876543210", INDIAN, "+919876543210"),
        ("919876543210", INDIAN, "+919876543210"),
    ],
)
def test_a_carriers_way_of_writing_a_number_makes_no_other_of_it(
    text: str, near: PhoneNumber | None, number: str
) -> None:
    assert PhoneNumber.from_carrier(text, near).reveal() == number


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "anonymous",
            "Restricted",
            "+266696687",
            "266696687",
            "+7378742833",
            "+2562533",
            "+8656696",
            "+86282452253",
        ),
        *(
            "sip:alice@example.com",
            "client:alice",
            "sip:alice42@example.com",
            "sip:+1555alice@example.com",
            "whatsapp:",
            "+",
        ),
        *("12", "4155550121", "sip:@example.com", "+12345678901234567890"),
    ],
)
def test_who_can_not_be_known_is_nobody(text: str) -> None:
    assert not PhoneNumber.from_carrier(text)


@given(st.text(max_size=40), st.sampled_from([None, AMERICAN, BRITISH, PhoneNumber("")]))
def test_whatever_a_carrier_writes_it_is_a_number_or_nobody(text: str, near: PhoneNumber | None) -> None:
    number = PhoneNumber.from_carrier(text, near)
    assert not number or E164.fullmatch(number.reveal())


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
