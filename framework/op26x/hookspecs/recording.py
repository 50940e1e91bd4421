"""The life of a recording. Audio and words never come through these hooks."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from op26x.hookspecs._markers import hookspec

if TYPE_CHECKING:
    from op26x.calls import Records
    from op26x.recording import RecordingInfo
    from op26x.settings import Settings


@hookspec
def op26x_recording_started(recording: RecordingInfo, settings: Settings) -> None | Awaitable[None]:
    """Tells that the gate opened and a call is being recorded. *Notification*.

    Args:
        recording: Its identifier, call, mode and deadline.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Example::

        @hookimpl
        def op26x_recording_started(recording):
            lamp.on(recording.call_id)
    """


@hookspec
def op26x_recording_paused(recording: RecordingInfo, paused: bool, settings: Settings) -> None | Awaitable[None]:
    """Tells that a recording was paused, or goes on. *Notification*.

    Args:
        recording: Which.
        paused: ``False`` when it goes on.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Example::

        @hookimpl
        def op26x_recording_paused(recording, paused):
            lamp.blink(recording.call_id, paused)
    """


@hookspec
def op26x_recording_sealed(recording: RecordingInfo, records: Records, settings: Settings) -> None | Awaitable[None]:
    """Tells that a recording is complete and durable. *Notification*.

    Args:
        recording: With its length, size and SHA-256.
        records: The organization's rows in the tables that ``op26x_tables`` declares.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Example::

        @hookimpl
        def op26x_recording_sealed(recording):
            billing.count(recording.duration_ms)
    """
