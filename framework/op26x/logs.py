"""Structured logs that hold no personal data.

Every line is one JSON object. Values of a personal or secret type are masked whatever the key; Pipecat's own
logging is switched off, because it writes what callers say.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from op26x.types import Secret

EventDict = MutableMapping[str, Any]


def mask_personal(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replaces secrets and personal values, also inside lists and mappings, by how they print."""
    for key, value in event.items():
        event[key] = _masked(value)
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, Secret):
        return str(value)
    if isinstance(value, dict):
        return {_masked(k): _masked(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(v) for v in value]
    return value


def name_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keeps the type and place of an exception; its message may quote a caller and is dropped."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frame = error.__traceback__
        while frame and frame.tb_next:
            frame = frame.tb_next
        if frame:
            event["where"] = f"{frame.tb_frame.f_code.co_name}:{frame.tb_lineno}"
    return event


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Sends structured logs to a stream (default: standard error) and silences Pipecat's.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        stream: Where the lines go.
    """
    from loguru import logger as pipecat_logger

    pipecat_logger.remove()
    pipecat_logger.disable("pipecat")
    structure(level, stream)


def structure(level: str = "warning", stream: TextIO | None = None) -> None:
    """Sends structured logs to a stream (default: standard error), so that none mixes with what a command prints.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        stream: Where the lines go.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            name_exception,
            mask_personal,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: structlog.PrintLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def get(room: str) -> Any:
    """A logger whose lines carry the name of the room."""
    return structlog.get_logger(room=room)
