"""What a command starts from: plugins loaded, settings resolved."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from op26x.plugins import Plugins, load
from op26x.settings import Settings, resolve


@dataclass(frozen=True)
class Context:
    """Plugins and settings of a process."""

    plugins: Plugins
    settings: Settings


def load_context(**overrides: Any) -> Context:
    """Loads plugins and settings.

    Args:
        overrides: Core settings given on the command line; ``None`` means not given.

    Raises:
        PluginError: A plugin does not fit.
        SettingsError: A setting does not fit.
    """
    plugins = load(extra_modules(os.environ))
    sections = dict(plugins.collect("op26x_settings"))
    return Context(plugins, resolve(sections, overrides=overrides))


def extra_modules(environ: Mapping[str, str], file: Path = Path("op26x.toml")) -> list[str]:
    """The setting ``plugins``, which must be known before the settings of plugins are."""
    names = environ.get("OP26X_PLUGINS", "")
    if not names and file.is_file():
        try:
            names = str(tomllib.loads(file.read_text()).get("plugins", ""))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):  # said when settings are resolved
            names = ""
    return [name.strip() for name in names.split(",") if name.strip()]
