"""What uvicorn and websockets have to say, in our log: without the words of a request, and not once per request."""

import logging

from op26x import logs

SOURCES = ("uvicorn.error", "uvicorn.access")


class _IntoTally(logging.Handler):
    """Takes the pattern of a message, not what is filled in."""

    def __init__(self, told: logs.Tally) -> None:
        super().__init__(logging.WARNING)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        """Counts one message."""
        pattern, error = logs.pattern_of(record)
        self._told.note("server", said=pattern, **error)


def through_ours(told: logs.Tally) -> None:
    """Sends uvicorn's log to ours; what it sent there before is taken away.

    Args:
        told: Says the same thing once a minute.
    """
    for source in SOURCES:
        logger = logging.getLogger(source)
        logger.handlers = [_IntoTally(told)]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
