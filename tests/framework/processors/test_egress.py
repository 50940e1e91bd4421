"""The decision: what may be looked up and connected to, and by whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.errors import EgressRefused, SettingsError
from op26x.plugins import Registry
from op26x.processors import Destination, Egress, by_tool, destinations
from op26x.processors.destinations import plain
from op26x.settings import CoreSettings, resolve
from op26x.types import Processor

PUBLIC, PRIVATE, METADATA = "93.184.215.14", "10.1.2.3", "169.254.169.254"
DECLARED = [
    Destination("api.example.com", "plugin vendor"),
    Destination("llm.internal", "plugin vendor", private=True),
    Destination("crm.internal", "setting egress", private=True, for_tools=True),
    Destination(PRIVATE, "setting egress", private=True, for_tools=True),
]


def egress() -> Egress:
    """Of these."""
    return Egress(DECLARED)


def core(**values: str) -> CoreSettings:
    return resolve({}, environ={}, overrides=values).core


@pytest.mark.parametrize(
    "name", ["api.example.com", "API.Example.com.", "localhost", "127.0.0.1", "[::1]", PRIVATE, ""]
)
def test_what_is_declared_may_be_looked_up(name: str) -> None:
    egress().check_name(name)


@pytest.mark.parametrize("name", ["evil.example", "api.example.com.evil.example", "xapi.example.com", PUBLIC, METADATA])
def test_what_is_not_is_refused_and_counted(name: str) -> None:
    asked = egress()
    for _ in range(3):
        with pytest.raises(EgressRefused, match="may not connect") as refused:
            asked.check_name(name)
    assert isinstance(refused.value, OSError), "to a library, it is a host that can't be reached"
    assert asked.refused == {name: 3}


def test_an_address_is_let_through_once_a_declared_name_led_there() -> None:
    asked = egress()
    with pytest.raises(EgressRefused):
        asked.check_address(PUBLIC)
    asked.found("evil.example", [PUBLIC])
    with pytest.raises(EgressRefused):
        asked.check_address(PUBLIC)
    asked.found("api.example.com", [PUBLIC, "2606:2800:21f::1"])
    asked.check_address(PUBLIC)
    asked.check_address("2606:2800:21f::1")


@pytest.mark.parametrize("inside", ["10.9.9.9", METADATA, "192.168.0.1", "fd00::1", "::ffff:10.9.9.9", "0.0.0.0"])
def test_a_name_server_can_not_lead_inside(inside: str) -> None:
    asked = egress()
    asked.found("api.example.com", [inside])
    with pytest.raises(EgressRefused, match="private network"):
        asked.check_address(inside)
    asked.found("llm.internal", [inside])
    asked.check_address(inside)


@pytest.mark.parametrize("inside", ["10.9.9.9", METADATA, "127.0.0.1", "::1", "localhost"])
def test_tools_reach_nothing_inside_but_what_the_operator_named(inside: str) -> None:
    asked = egress()
    asked.found("llm.internal", [inside])
    with by_tool(), pytest.raises(EgressRefused):
        asked.check_address(inside)
    if inside not in ("127.0.0.1", "::1", "localhost"):
        asked.check_address(inside)
    with by_tool():
        asked.check_address(PRIVATE)
        asked.found("api.example.com", [PUBLIC])
        asked.check_address(PUBLIC)


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("op26x.processors.egress.MOST", 3)
    asked = egress()
    addresses = [f"93.184.215.{last}" for last in range(5)]
    asked.found("api.example.com", addresses)
    for address in addresses[:2]:
        with pytest.raises(EgressRefused):
            asked.check_address(address)
    for address in addresses[2:]:
        asked.check_address(address)


@given(st.text(max_size=40))
def test_whatever_it_is_asked_it_lets_through_or_refuses(name: str) -> None:
    asked = egress()
    for check in (asked.check_name, asked.check_address):
        try:
            check(name)
        except EgressRefused:
            assert asked.refused
        else:
            assert plain(name) in {"", "localhost", *(one.host for one in DECLARED)} or plain(name).startswith(
                ("127.", "::1")
            )


def test_plugins_and_settings_say_where() -> None:
    company = Processor(
        "Vendor", ("API.vendor.example",), "language model", ("communications",), "https://terms.example"
    )
    own = company.reached_at("http://gpu.internal:8000/v1")
    closed = Processor("Rival", ("api.rival.example",), "language model", ("communications",), "")
    registry = Registry({}, {}, processors={"vendor": (company,), "own": (own,), "rival": (closed,)})
    accepted = {company.fingerprint, own.fingerprint}
    settings = core(
        database="postgresql://app:secret@db.internal:5432/op26x",
        oidc_issuer="https://login.example/realm",
        witnesses="witness.example+1+AAAA https://witness.example/add",
        egress="crm.example.com, 10.0.0.7,",
    )
    found = {one.host: (one.why, one.private, one.for_tools) for one in destinations(registry, settings, accepted)}
    assert found == {
        "api.vendor.example": ("plugin vendor", False, False),
        "gpu.internal": ("plugin own", True, False),
        "db.internal": ("setting database", True, False),
        "login.example": ("setting oidc_issuer", True, False),
        "witness.example": ("setting witnesses", True, False),
        "crm.example.com": ("setting egress", True, True),
        "10.0.0.7": ("setting egress", True, True),
    }


@pytest.mark.parametrize("wrong", ["https://crm.example.com", "10.0.0.0/8", "a b", "me@crm.example.com"])
def test_what_is_no_host_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="no host"):
        destinations(Registry({}, {}), core(egress=wrong), ())


def test_a_host_that_was_named_at_runtime_stays_open_when_others_close() -> None:
    asked = egress()
    asked.allow(Destination("login.example", "OpenID provider"))
    asked.declare(DECLARED[1:])
    asked.check_name("login.example")
    with pytest.raises(EgressRefused):
        asked.check_name("api.example.com")
    asked.declare(DECLARED)
    asked.check_name("api.example.com")


def test_what_was_refused_is_told_until_it_is_on_record() -> None:
    asked = egress()
    for _ in range(2):
        with pytest.raises(EgressRefused):
            asked.check_name("evil.example")
    assert asked.untold() == asked.untold() == {"evil.example": 2}
    with pytest.raises(EgressRefused):
        asked.check_name("evil.example")
    asked.told("evil.example", 2)
    assert asked.untold() == {"evil.example": 1}
    asked.told("evil.example", 1)
    assert (asked.untold(), asked.refused) == ({}, {"evil.example": 3})


def test_what_a_declared_host_names_is_let_through() -> None:
    asked = egress()
    asked.allow(Destination("token.example", "setting oidc_issuer"))
    asked.check_name("token.example")
    asked.allow(Destination("llm.internal", "setting oidc_issuer"))
    asked.found("llm.internal", ["10.9.9.9"])
    asked.check_address("10.9.9.9")
