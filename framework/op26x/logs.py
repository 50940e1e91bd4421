"""Structured logs that hold no personal data.

Every line is one JSON object. Values of a personal or secret type are masked whatever the key; Pipecat's own
logging is switched off, because it writes what callers say. A line that can't be written is lost, and nothing else.
structlog takes longer to load than most commands run, so it is loaded with the first line, or when a service starts.
"""

import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TextIO
from weakref import WeakSet

from op26x.clock import Clock
from op26x.types import Secret

if TYPE_CHECKING:
    from logging import LogRecord

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
            code = frame.tb_frame.f_code
            event["where"] = f"{Path(code.co_filename).name}:{frame.tb_lineno} {code.co_name}"
    return event


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Sends structured logs to a stream (default: standard error) and silences Pipecat's.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        stream: Where the lines go.
    """
    import logging

    from loguru import logger as pipecat_logger

    pipecat_logger.remove()
    pipecat_logger.disable("pipecat")
    structure(level, stream)
    logging.getLogger().handlers = [from_libraries()]


def structure(level: str = "warning", stream: TextIO | None = None) -> None:
    """Sends structured logs to a stream (default: standard error), so that none mixes with what a command prints.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        stream: Where the lines go.
    """
    import logging

    import structlog

    Logger.waits_for_a_line = False
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
        logger_factory=lambda *_: _Lines(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def structure_with_the_first_line() -> None:
    """The same for a command, which seldom writes a line: structlog is loaded if it does."""
    Logger.waits_for_a_line = True


def pattern_of(record: "LogRecord") -> tuple[str, dict[str, str]]:
    """What a record of Python's own ``logging`` says: the pattern of its message, and the type of its exception.

    What is filled into the pattern stays out: it may quote a caller, or a stranger may have written it.
    """
    error = record.exc_info[0] if record.exc_info else None
    return str(record.msg).strip(), {"error": error.__name__} if error else {}


def from_libraries() -> Any:
    """A handler for Python's own ``logging``, by which the SDKs of vendors warn: one line of ours for each warning."""
    import logging

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            pattern, error = pattern_of(record)
            get("library").warning(pattern, library=record.name, **error)

    return Handler(logging.WARNING)


def take_over(library: str) -> None:
    """Takes away the handlers that a library has put on its logger, so that it warns like all others."""
    import logging

    logger = logging.getLogger(library)
    logger.handlers.clear()
    logger.propagate = True


class _Lines:
    """A logger of structlog that writes lines, as far as they can be written.

    A full disk, a closed pipe or a stream that was closed must not change what the service does.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        """Writes a line, or loses it."""
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    log = debug = info = warn = warning = error = critical = fatal = failure = exception = msg


class Tally:
    """Says what may happen very often once a minute, and at the end, with how often it did.

    The first time is said at once, so that a misconfiguration shows; what follows within a minute is counted.

    Args:
        log: Where lines go.
        clock: Tells when a minute is over.
    """

    _all: ClassVar["WeakSet[Tally]"] = WeakSet()
    MINUTE_S = 60.0
    MOST = 1000

    def __init__(self, log: Any, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._counted: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, int]] = {}
        Tally._all.add(self)

    @classmethod
    def flush_all(cls) -> None:
        """Has every tally say what was counted for a minute; a service does that once a second."""
        for tally in tuple(cls._all):
            tally.flush()

    @classmethod
    def end_all(cls) -> None:
        """Has every tally say what was counted and not said yet; a service that stops does that last."""
        for tally in tuple(cls._all):
            for key, (_, count) in tally._counted.items():
                if count:
                    tally._tell(key, count)
            tally._counted.clear()

    def note(self, event: str, **values: str) -> None:
        """It happened once more.

        Args:
            event: What.
            values: To whom or why; past a thousand different ones within a minute, further ones count together.
        """
        key = (event, tuple(sorted(values.items())))
        self.flush()
        if key not in self._counted:
            if len(self._counted) < self.MOST:
                self._tell(key, 1)
                self._counted[key] = (self._clock.monotonic(), 0)
                return
            key = (event, (("others", "yes"),))
        since, count = self._counted.get(key, (self._clock.monotonic(), 0))
        self._counted[key] = (since, count + 1)

    def flush(self) -> None:
        """Says what was counted for a minute."""
        over = self._clock.monotonic() - self.MINUTE_S
        while self._counted:
            key, (since, count) = next(iter(self._counted.items()))
            if since > over:
                return
            del self._counted[key]
            if count:
                self._tell(key, count)
                self._counted[key] = (self._clock.monotonic(), 0)

    def _tell(self, key: tuple[str, tuple[tuple[str, str], ...]], count: int) -> None:
        event, values = key
        self._log.warning(event, count=count, **dict(values))


class Logger:
    """structlog's, found anew for each line, so that importing a room does not load it.

    Args:
        room: Its name is in each line.
    """

    waits_for_a_line = False

    def __init__(self, room: str) -> None:
        self._room = room

    def __getattr__(self, name: str) -> Any:
        import structlog

        if Logger.waits_for_a_line:
            structure()
        return getattr(structlog.get_logger(room=self._room), name)


def get(room: str) -> Any:
    """A logger whose lines carry the name of the room."""
    return Logger(room)
