"""What fails in a test's calls: op26x logs it and goes on, and a test must not."""

from dataclasses import dataclass
from typing import Any

import structlog
from loguru import logger as pipecats_log

from op26x import logs

PASSED_OVER = ("event", "exc_info", "room", "call", "remedy")


@dataclass(frozen=True)
class Failure:
    """Something that failed.

    Attributes:
        what: A sentence: which hook, service or tool, of which plugin.
        error: What was raised, if anything was.
    """

    what: str
    error: BaseException | None = None


class Failures:
    """Collects every error that is logged.

    Attributes:
        found: In order.
    """

    def __init__(self) -> None:
        self.found: list[Failure] = []
        self._before: dict[str, Any] | None = None
        self._listening = False

    def begin(self) -> None:
        """From now on; the log goes on being written."""
        self._before = structlog.get_config() if structlog.is_configured() else None
        self._listening = True
        pipecats_log.disable("pipecat")
        logs.structure("info")
        structlog.configure(processors=[self._note, *structlog.get_config()["processors"]])

    def end(self) -> None:
        """The log is as it was."""
        if self._listening and self._before is None:
            structlog.reset_defaults()
        elif self._before is not None:
            structlog.configure(**self._before)

    def add(self, what: str) -> None:
        """Notes one that nobody logs."""
        self.found.append(Failure(what))

    def _note(self, _logger: object, level: str, event: Any) -> Any:
        if level == "error":
            error = event.get("exc_info")
            told = ", ".join(f"{key} {value}" for key, value in event.items() if key not in PASSED_OVER)
            what = f"{event['event']} ({told})" if told else str(event["event"])
            self.found.append(Failure(what, error if isinstance(error, BaseException) else None))
        return event
