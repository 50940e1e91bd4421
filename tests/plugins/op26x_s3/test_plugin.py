"""The plugin as the manager sees it, and its settings."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import obstore
import pytest

import op26x_s3
from op26x import Secret, ServiceRequest
from op26x.errors import SettingsError
from op26x.plugins import Plugins, build_registry
from op26x.settings import resolve
from op26x_s3.settings import S3Settings

SECRET = "never-print-me"
BUCKET = {"bucket": "recordings", "access_key_id": "ours", "secret_access_key": Secret(SECRET)}


@pytest.fixture
def plugins() -> Plugins:
    """A plugin manager with this one alone."""
    plugins = Plugins()
    plugins.register(op26x_s3, "s3")
    return plugins


def signed(**changes: Any) -> str:
    """An address that the configured store would use."""
    return obstore.sign(S3Settings(**(BUCKET | changes)).connect(), "GET", "key", timedelta(minutes=1))


def test_it_provides_blobs(plugins: Plugins) -> None:
    provider = build_registry(plugins).provider("blobs", "s3")
    assert provider.about
    assert provider.build(ServiceRequest(settings_of=lambda cls: cls(**BUCKET)))


@pytest.mark.parametrize(
    ("environ", "name", "host"),
    [
        ({}, "AWS S3", "s3.us-east-1.amazonaws.com"),
        ({"OP26X_S3_REGION": "eu-central-1"}, "AWS S3", "s3.eu-central-1.amazonaws.com"),
        (
            {"OP26X_S3_BUCKET": "mine", "OP26X_S3_VIRTUAL_HOSTED_STYLE": "true"},
            "AWS S3",
            "mine.s3.us-east-1.amazonaws.com",
        ),
        ({"OP26X_S3_ENDPOINT": "https://s3.example.com:9000/"}, "S3 at s3.example.com", "s3.example.com"),
    ],
)
def test_it_declares_whoever_keeps_the_bucket(plugins: Plugins, environ: dict[str, str], name: str, host: str) -> None:
    (summary,) = plugins.summaries(resolve({"s3": S3Settings}, environ=environ))
    (processor,) = summary.processors
    assert (processor.name, processor.hosts) == (name, (host,))
    assert processor.trains_on_data is bool("OP26X_S3_ENDPOINT" in environ), "of others' terms nothing is known"


def test_the_terms_of_another_operator_are_set_with_its_address(plugins: Plugins) -> None:
    environ = {"OP26X_S3_ENDPOINT": "https://s3.example.com", "OP26X_S3_TERMS": "https://example.com/dpa"}
    (summary,) = plugins.summaries(resolve({"s3": S3Settings}, environ=environ))
    assert summary.processors[0].terms == "https://example.com/dpa"


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({}, "https://s3.us-east-1.amazonaws.com/recordings/key?"),
        ({"prefix": "/a/b/"}, "https://s3.us-east-1.amazonaws.com/recordings/a/b/key?"),
        ({"virtual_hosted_style": True}, "https://recordings.s3.us-east-1.amazonaws.com/key?"),
        ({"endpoint": "https://s3.example.com:9000/"}, "https://s3.example.com:9000/recordings/key?"),
        (
            {"endpoint": "https://s3.example.com", "virtual_hosted_style": True},
            "https://recordings.s3.example.com/key?",
        ),
    ],
)
def test_requests_go_to_the_declared_host(changes: dict[str, Any], beginning: str) -> None:
    assert signed(**changes).startswith(beginning)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_no_variable_of_the_vendor_leads_elsewhere(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "https://elsewhere.example")
    assert signed().startswith("https://s3.us-east-1.amazonaws.com/recordings/")


def test_our_keys_are_not_mixed_with_the_vendors_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "theirs")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert "X-Amz-Credential=ours" in signed()
    assert "token" not in signed()
    assert "X-Amz-Credential=theirs" in signed(access_key_id="", secret_access_key=Secret(""))


def test_the_secret_is_not_printed() -> None:
    settings = S3Settings(**BUCKET)
    store = settings.connect()
    assert SECRET not in repr(settings) + str(settings) + repr(store) + repr(store.config)


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"bucket": ""}, "OP26X_S3_BUCKET"),
        ({"secret_access_key": Secret("")}, "OP26X_S3_SECRET_ACCESS_KEY"),
        ({"access_key_id": ""}, "OP26X_S3_ACCESS_KEY_ID"),
        ({"endpoint": "s3.example.com"}, "https://"),
        ({"endpoint": "ftp://s3.example.com"}, "https://"),
    ],
)
def test_settings_that_do_not_do_name_the_remedy(changes: dict[str, Any], remedy: str) -> None:
    with pytest.raises(SettingsError) as caught:
        S3Settings(**(BUCKET | changes)).connect()
    assert remedy in caught.value.remedy
    assert SECRET not in str(caught.value)


def test_half_of_the_vendors_variables_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")
    with pytest.raises(SettingsError):
        S3Settings(bucket="recordings").connect()


def test_without_the_extra_the_error_says_how_to_get_it(plugins: Plugins, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = build_registry(plugins).provider("blobs", "s3")
    monkeypatch.delitem(sys.modules, "op26x_s3.blobs", raising=False)
    monkeypatch.delattr(op26x_s3, "blobs", raising=False)
    for module in ("obstore", "obstore.exceptions"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SettingsError) as caught:
        provider.build(ServiceRequest(settings_of=lambda cls: cls(**BUCKET)))
    assert caught.value.remedy == "pip install op26x[s3]"


def test_the_command_line_does_not_load_the_vendors_library() -> None:
    code = "import sys, op26x_s3; print({'obstore', 'sqlmodel'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
