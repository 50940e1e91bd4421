"""The plugin as the manager sees it, and its settings."""

import subprocess
import sys

import pytest

import op26x_openai
from op26x import Secret
from op26x.errors import SettingsError
from op26x.plugins import Plugins, build_registry
from op26x.settings import resolve
from op26x_openai.connection import CONNECTIONS
from op26x_openai.settings import OpenAISettings

KEY = "sk-never-print-me"


def test_it_provides_an_llm_an_stt_service_and_a_voice() -> None:
    plugins = Plugins()
    plugins.register(op26x_openai, "openai")
    registry = build_registry(plugins)
    for kind in ("llm", "stt", "tts"):
        assert registry.provider(kind, "openai").about
    (summary,) = plugins.summaries()
    (processor,) = summary.processors
    assert processor.hosts == ("api.openai.com",)
    assert not processor.trains_on_data


def test_whoever_runs_another_address_is_named_instead() -> None:
    plugins = Plugins()
    plugins.register(op26x_openai, "openai")
    plugins.use(resolve(plugins.sections(), environ={"OP26X_OPENAI_BASE_URL": "https://llm.example.com/v1"}))
    (summary,) = plugins.summaries()
    (processor,) = summary.processors
    assert (processor.name, processor.hosts) == ("whoever runs llm.example.com", ("llm.example.com",))
    assert (processor.terms, processor.trains_on_data) == ("", True), "nothing is known of their terms"


async def test_warming_loads_services_and_connections_once() -> None:
    plugins = Plugins()
    plugins.register(op26x_openai, "openai")
    provider = build_registry(plugins).provider("llm", "openai")
    assert provider.warm
    await provider.warm()
    pool = CONNECTIONS.pool()
    await provider.warm()
    assert CONNECTIONS.pool() is pool
    assert not pool.follow_redirects


def test_the_command_line_does_not_load_the_vendors_libraries() -> None:
    code = "import sys, op26x_openai; print({'openai', 'pipecat', 'httpx2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_key_comes_from_our_variable_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    ours = resolve({"openai": OpenAISettings}, environ={"OP26X_OPENAI_API_KEY": KEY}).of(OpenAISettings)
    assert ours.key().reveal() == KEY
    assert OpenAISettings().key().reveal() == "theirs"
    assert KEY not in repr(ours) + str(ours) + repr(ours.key())


def test_a_missing_key_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError) as caught:
        OpenAISettings(api_key=Secret("")).key()
    assert "OP26X_OPENAI_API_KEY" in caught.value.remedy
