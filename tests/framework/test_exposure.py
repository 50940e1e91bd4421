"""What is open to whom: nothing listens beyond the loopback in clear, unless behind a proxy that is named."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.errors import SettingsError
from op26x.exposure import Peers, check_encrypted, check_exposure, is_loopback, trusted
from op26x.settings import CoreSettings

LOOPBACK = ("127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]")
ELSEWHERE = (
    "0.0.0.0",
    "::",
    "192.0.2.1",
    "2001:db8::1",
    "[2001:db8::1]",
    "calls.example.com",
    "",
    "localhost.example.com",
)
PROXIES = ("", "10.0.0.5", "10.0.0.0/24, 2001:db8::/64")


@pytest.fixture
def pem(tmp_path: Path) -> str:
    """A file that is there."""
    file = tmp_path / "some.pem"
    file.write_text("")
    return str(file)


def core(**changes: Any) -> CoreSettings:
    """Settings that differ from the defaults in what is named."""
    return CoreSettings(**changes)


@pytest.mark.parametrize(("host", "tls", "proxies"), list(product(LOOPBACK + ELSEWHERE, [False, True], PROXIES)))
def test_nothing_listens_elsewhere_in_clear_unless_behind_a_proxy(pem: str, host: str, tls: bool, proxies: str) -> None:
    settings = core(tls_certificate=pem if tls else "", tls_key=pem if tls else "", trusted_proxies=proxies)
    if host in LOOPBACK or tls or proxies:
        check_exposure(host, settings)
    else:
        with pytest.raises(SettingsError, match="no TLS") as caught:
            check_exposure(host, settings)
        assert "tls_certificate" in caught.value.remedy


@pytest.mark.parametrize("host", LOOPBACK)
def test_what_is_this_machines_own(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", [*ELSEWHERE, "127.0.0.1.example.com", "0127.0.0.1", "2130706433", "128.0.0.1", "::2"])
def test_what_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("half", ["tls_certificate", "tls_key"])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_certificate_needs_its_key(pem: str, half: str, host: str) -> None:
    with pytest.raises(SettingsError, match="certificate needs its key"):
        check_exposure(host, core(**{half: pem}))


@pytest.mark.parametrize("missing", ["tls_certificate", "tls_key"])
def test_a_file_that_is_not_there_is_said(pem: str, missing: str, tmp_path: Path) -> None:
    files = {"tls_certificate": pem, "tls_key": pem, missing: str(tmp_path / "none.pem")}
    with pytest.raises(SettingsError, match=r"none\.pem"):
        check_exposure("127.0.0.1", core(**files))
    with pytest.raises(SettingsError):
        check_exposure("127.0.0.1", core(**{**files, missing: str(tmp_path)}))


@pytest.mark.parametrize("name", ["proxy.example.com", "10.0.0", "10.0.0.0/33", "10.0.0.5 10.0.0.6", "*", "::g"])
def test_a_proxy_is_named_by_its_address(name: str) -> None:
    for host in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(SettingsError, match="trusted_proxies") as caught:
            check_exposure(host, core(trusted_proxies=f"10.0.0.5, {name}"))
        assert name.split(",", maxsplit=1)[0] in str(caught.value)


@pytest.mark.parametrize("names", ["", " ", ",", " , ,"])
def test_no_name_is_no_proxy(names: str) -> None:
    assert trusted(core(trusted_proxies=names)) == ()


@pytest.mark.parametrize("names", [" ", ","])
def test_and_what_names_none_opens_nothing(names: str) -> None:
    with pytest.raises(SettingsError):
        check_exposure("0.0.0.0", core(trusted_proxies=names))


ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


@given(ADDRESSES)
def test_on_the_loopback_and_over_tls_anybody_connects(address: str) -> None:
    assert Peers("127.0.0.1", core()).may_connect(address)
    assert Peers("0.0.0.0", core(tls_certificate="some.pem", tls_key="some.pem")).may_connect(address)


@given(st.ip_addresses(v=4, network="198.51.100.0/24").map(str))
def test_behind_a_proxy_nobody_else_connects(address: str) -> None:
    peers = Peers("0.0.0.0", core(trusted_proxies="10.0.0.5,10.1.0.0/16"))
    assert not peers.may_connect(address)
    assert not peers.may_connect(f"::ffff:{address}")


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("10.0.0.5", True),
        ("10.0.0.6", False),
        ("10.1.255.1", True),
        ("10.2.0.1", False),
        ("::ffff:10.0.0.5", True),
        ("::ffff:10.0.0.6", False),
        ("2001:db8::17", True),
        ("2001:db8:1::17", False),
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("", False),
        ("testclient", False),
        ("10.0.0.5, 198.51.100.1", False),
    ],
)
def test_the_proxies_and_this_machine_connect(address: str, may: bool) -> None:
    peers = Peers("0.0.0.0", core(trusted_proxies="10.0.0.5, 10.1.0.0/16, 2001:db8::/64"))
    assert peers.may_connect(address) is may


@pytest.mark.parametrize(
    "url", ["", "https://llm.example.com/v1", "http://127.0.0.1:9000", "http://[::1]/", "http://localhost"]
)
def test_what_is_encrypted_or_stays_on_this_machine_may_be_sent_to(url: str) -> None:
    check_encrypted(url, "openai.base_url")


@pytest.mark.parametrize("url", ["http://llm.internal:8000/v1", "http://10.0.0.7", "http://localhost.example.com"])
def test_what_would_go_in_clear_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"openai\.base_url is not encrypted"):
        check_encrypted(url, "openai.base_url")
