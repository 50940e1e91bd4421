"""The plugin as the manager sees it, and its settings."""

import subprocess
import sys

import pytest

import op26x_anthropic
from op26x import Secret
from op26x.errors import SettingsError
from op26x.plugins import Plugins, build_registry
from op26x.settings import resolve
from op26x_anthropic.connection import CONNECTIONS
from op26x_anthropic.settings import AnthropicSettings

KEY = "sk-ant-never-print-me"


def test_it_provides_an_llm() -> None:
    plugins = Plugins()
    plugins.register(op26x_anthropic, "anthropic")
    registry = build_registry(plugins)
    assert registry.provider("llm", "anthropic").about
    (summary,) = plugins.summaries()
    (processor,) = summary.processors
    assert processor.hosts == ("api.anthropic.com",)
    assert not processor.trains_on_data


async def test_warming_loads_services_and_connections_once() -> None:
    plugins = Plugins()
    plugins.register(op26x_anthropic, "anthropic")
    provider = build_registry(plugins).provider("llm", "anthropic")
    assert provider.warm
    await provider.warm()
    pool = CONNECTIONS.pool()
    await provider.warm()
    assert CONNECTIONS.pool() is pool
    assert not pool.follow_redirects


def test_the_command_line_does_not_load_the_vendors_libraries() -> None:
    code = "import sys, op26x_anthropic; print({'anthropic', 'pipecat', 'httpx2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_key_comes_from_our_variable_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "theirs")
    ours = resolve({"anthropic": AnthropicSettings}, environ={"OP26X_ANTHROPIC_API_KEY": KEY}).of(AnthropicSettings)
    assert ours.key().reveal() == KEY
    assert AnthropicSettings().key().reveal() == "theirs"
    assert KEY not in repr(ours) + str(ours) + repr(ours.key())


def test_a_missing_key_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with pytest.raises(SettingsError) as caught:
        AnthropicSettings(api_key=Secret("")).key()
    assert "OP26X_ANTHROPIC_API_KEY" in caught.value.remedy
