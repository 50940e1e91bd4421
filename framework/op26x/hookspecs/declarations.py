"""What a plugin says of itself, read once at start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from op26x.hookspecs._markers import hookspec

if TYPE_CHECKING:
    import msgspec

    from op26x.settings import Settings
    from op26x.types import Processor


@hookspec
def op26x_settings() -> type[msgspec.Struct]:
    """Declares the plugin's settings as a frozen msgspec Struct with defaults. *Declaration*.

    Field ``api_key`` of plugin ``openai`` is then set by ``OP26X_OPENAI_API_KEY`` or ``[openai] api_key``.
    Secrets are of type ``op26x.Secret``, which prints as ``…`` and is read with ``reveal()``.

    Example::

        class MySettings(msgspec.Struct, frozen=True):
            api_key: Secret = Secret("")

        @hookimpl
        def op26x_settings():
            return MySettings
    """


@hookspec
def op26x_processors(settings: Settings) -> list[Processor]:
    """Declares every company that the plugin gives personal data to. *Declaration*.

    Shown by ``op26x plugins list``. A plugin that connects to nobody leaves this hook out.

    Args:
        settings: All settings, for a plugin whose hosts depend on its own: ``settings.of(MySettings)``.

    Example::

        @hookimpl
        def op26x_processors():
            return [Processor("MyCarrier", ("api.mycarrier.example",), "telephony", ("communications",), "https://…")]
    """
