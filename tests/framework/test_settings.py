"""Settings: environment over file over default, every name and value checked, secrets hidden."""

from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from op26x.errors import SettingsError
from op26x.settings import CoreSettings, Row, Settings, resolve
from op26x.types import Secret


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin's settings."""

    account: str = ""
    auth_token: Secret = Secret("")
    mode: Literal["test", "live"] = "test"
    retries: int = 3
    folder: Path = Path("spool")


SECTIONS = {"carrier": Carrier}


def row(settings: Settings, name: str) -> Row:
    return next(r for r in settings.rows() if r.id == name)


def test_without_any_source_defaults_hold() -> None:
    settings = resolve(SECTIONS, environ={})
    assert settings.core == CoreSettings()
    assert settings.of(Carrier) == Carrier()
    assert {r.origin for r in settings.rows()} == {"default"}


def test_environment_beats_file_beats_default(tmp_path: Path) -> None:
    file = tmp_path / "op26x.toml"
    file.write_text('host = "0.0.0.0"\nport = 1\n[carrier]\naccount = "file"\nretries = 5\n')
    settings = resolve(SECTIONS, environ={"OP26X_PORT": "2", "OP26X_CARRIER_ACCOUNT": "environment"}, file=file)
    assert (settings.core.host, settings.core.port) == ("0.0.0.0", 2)
    assert settings.of(Carrier).account == "environment"
    assert settings.of(Carrier).retries == 5
    assert {r.id: r.origin for r in settings.rows() if r.origin != "default"} == {
        "host": "op26x.toml",
        "port": "OP26X_PORT",
        "carrier.account": "OP26X_CARRIER_ACCOUNT",
        "carrier.retries": "op26x.toml",
    }


def test_the_command_line_beats_all_and_none_means_not_given() -> None:
    settings = resolve({}, environ={"OP26X_PORT": "2"}, overrides={"port": 3, "host": None})
    assert (settings.core.port, settings.core.host) == (3, "127.0.0.1")
    assert row(settings, "port").origin == "command line"


def test_the_file_in_the_working_directory_is_found() -> None:
    Path("op26x.toml").write_text("port = 77\n")
    assert resolve({}, environ={}).core.port == 77


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP26X_PORT", "78")
    assert resolve({}).core.port == 78


def test_other_variables_do_not_matter() -> None:
    assert resolve({}, environ={"HOME": "/", "XOP26X_PORT": "1"}).core == CoreSettings()


def test_every_row_names_the_variable_that_sets_it() -> None:
    for setting in resolve(SECTIONS, environ={}).rows():
        section, _, name = setting.id.rpartition(".")
        assert setting.environment == "_".join(p for p in ("OP26X", section.upper(), name.upper()) if p)


def test_core_rows_come_first() -> None:
    ids = [r.id for r in resolve(SECTIONS, environ={}).rows()]
    assert ids[0] == "data"
    assert ids.index("carrier.account") > ids.index("drain_s")


def test_a_secret_is_masked_in_rows_and_revealed_to_its_owner() -> None:
    settings = resolve(SECTIONS, environ={"OP26X_CARRIER_AUTH_TOKEN": "hush-hush"})
    assert row(settings, "carrier.auth_token").value == "…"
    assert "hush" not in repr(settings.of(Carrier)) + repr(settings.rows())
    assert settings.of(Carrier).auth_token.reveal() == "hush-hush"


def test_the_variables_of_secrets_are_known_whether_they_are_set_or_not() -> None:
    assert resolve(SECTIONS, environ={}).secret_variables == {
        "OP26X_CARRIER_AUTH_TOKEN",
        "OP26X_DATABASE",
        "OP26X_DATABASE_OWNER",
        "OP26X_OIDC_CLIENT_SECRET",
    }


def test_an_unset_secret_shows_as_nothing() -> None:
    assert row(resolve(SECTIONS, environ={}), "carrier.auth_token").value == ""


def test_values_get_their_types(tmp_path: Path) -> None:
    file = tmp_path / "op26x.toml"
    file.write_text('drain_s = 5\n[carrier]\nfolder = "x/y"\nauth_token = 1234\n')
    settings = resolve(SECTIONS, environ={"OP26X_CARRIER_RETRIES": "9"}, file=file)
    assert settings.core.drain_s == 5.0
    assert settings.of(Carrier).folder == Path("x/y")
    assert settings.of(Carrier).retries == 9
    assert settings.of(Carrier).auth_token.reveal() == "1234"


@pytest.mark.parametrize(
    ("environ", "suggestion"),
    [
        ({"OP26X_PORTT": "1"}, "OP26X_PORT"),
        ({"OP26X_CARRIER_ACOUNT": "1"}, "OP26X_CARRIER_ACCOUNT"),
        ({"OP26X_ZZZZZZZZZZ": "1"}, "op26x settings list"),
    ],
)
def test_an_unknown_variable_is_refused_with_a_suggestion(environ: dict[str, str], suggestion: str) -> None:
    with pytest.raises(SettingsError, match=next(iter(environ))) as caught:
        resolve(SECTIONS, environ=environ)
    assert suggestion in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "name", "suggestion"),
    [
        ("prot = 1", "prot", "port"),
        ("[carrier]\nacount = 1", "carrier.acount", "carrier.account"),
        ("[carier]\naccount = 1", "carier.account", "carrier.account"),
        ("[port]\nx = 1", "port.x", ""),
        ("[nonsense]\n", "nonsense", "settings list"),
    ],
)
def test_an_unknown_name_in_the_file_is_refused_with_a_suggestion(
    tmp_path: Path, text: str, name: str, suggestion: str
) -> None:
    file = tmp_path / "op26x.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=name) as caught:
        resolve(SECTIONS, environ={}, file=file)
    assert "op26x.toml" in caught.value.message
    assert suggestion in caught.value.remedy


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"OP26X_PORT": "many"}, "port"),
        ({"OP26X_DRAIN_S": "soon"}, "drain_s"),
        ({"OP26X_CARRIER_MODE": "maybe"}, "mode"),
        ({"OP26X_LOG_LEVEL": "loud"}, "log_level"),
    ],
)
def test_a_value_that_does_not_fit_names_its_source_and_the_setting(environ: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=next(iter(environ))) as caught:
        resolve(SECTIONS, environ=environ)
    assert name in caught.value.remedy


@pytest.mark.parametrize("content", [b"port = = 1", b"\xff\xfe\x00", b"[port", b"data = 5", b"plugins = ['a']"])
def test_a_file_that_can_not_be_read_as_settings_is_a_settings_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "op26x.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"op26x\.toml") as caught:
        resolve({}, environ={}, file=file)
    assert caught.value.remedy


@given(st.text())
def test_any_file_gives_settings_or_a_settings_error(text: str) -> None:
    file = Path("any.toml")
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        resolve({}, environ={}, file=file)
    except SettingsError as error:
        assert error.remedy


def test_a_section_that_nobody_declares_is_refused() -> None:
    with pytest.raises(SettingsError, match="Carrier"):
        resolve({}, environ={}).of(Carrier)


def test_a_plugin_can_not_ask_for_a_type_that_settings_can_not_have() -> None:
    class Odd(msgspec.Struct):
        thing: slice = slice(0)

    with pytest.raises(SettingsError, match="slice"):
        resolve({"odd": Odd}, environ={"OP26X_ODD_THING": "x"})


@pytest.mark.parametrize("folder", ["/srv/op26x", "relative", ".", "..", "a/.."])
def test_the_key_lies_beside_the_data_directory_and_never_in_it(folder: str) -> None:
    core = resolve({}, environ={}, overrides={"data": Path(folder)}).core
    data, key = core.data.resolve(), core.key_path.resolve()
    assert key == data.parent / f"{data.name}.key"
    assert not key.is_relative_to(data)


def test_the_key_file_can_be_set(tmp_path: Path) -> None:
    settings = resolve({}, environ={"OP26X_KEY_FILE": str(tmp_path / "root.key")})
    assert settings.core.key_path == tmp_path / "root.key"


def test_a_running_service_leaves_its_address_in_the_data_directory(data: Path) -> None:
    assert resolve({}).core.runtime_path.parent == data


@pytest.mark.parametrize("port", ["99999", "-1", "x"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(SettingsError, match="OP26X_PORT") as refused:
        resolve({}, environ={"OP26X_PORT": port})
    assert refused.value.remedy == "Change port."


class Listed(msgspec.Struct, frozen=True):
    """A plugin's, with several values under one name."""

    blocked: tuple[str, ...] = ()
    ports: list[int] = []


def test_several_values_come_with_commas_from_the_environment_and_as_a_list_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "op26x.toml"
    file.write_text('[mine]\nblocked = ["+12125550123", "+12125550124"]\n')
    environ = {"OP26X_MINE_PORTS": " 1, 2,,3 "}
    found = resolve({"mine": Listed}, environ=environ, file=file).of(Listed)
    assert found == Listed(("+12125550123", "+12125550124"), [1, 2, 3])
    with pytest.raises(SettingsError, match="OP26X_MINE_PORTS"):
        resolve({"mine": Listed}, environ={"OP26X_MINE_PORTS": "1,x"})


class Zone(msgspec.Struct, frozen=True):
    zone: str = "UTC"


def test_a_hyphen_in_a_plugins_name_is_an_underscore_in_its_variables(tmp_path: Path) -> None:
    settings = resolve({"my-hours": Zone}, environ={"OP26X_MY_HOURS_ZONE": "CET"}, file=tmp_path / "none")

    assert settings.of(Zone).zone == "CET"
    assert {row.id: row.environment for row in settings.rows()}["my-hours.zone"] == "OP26X_MY_HOURS_ZONE"
