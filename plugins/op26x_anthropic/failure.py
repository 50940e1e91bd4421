"""Errors in words that quote nobody.

What the SDK says of an error can hold a part of the request, and with it what a caller said; error frames end
up in logs and records.
"""

from pipecat.frames.frames import ErrorFrame

from op26x.errors import ProviderError


def reason(error: Exception | None) -> str:
    """One sentence about what went wrong."""
    own = error.__cause__ if error and isinstance(error.__cause__, ProviderError) else error
    if isinstance(own, ProviderError):
        return own.message
    if isinstance(error, TimeoutError):
        return "Anthropic did not answer in time."
    status = getattr(error, "status_code", 0)
    # An error event within an answer carries the status of the answer.
    if status >= 300:
        return f"Anthropic answered with HTTP {status}."
    return f"Anthropic failed: {type(error).__name__}." if error else "Anthropic failed."


def reworded(frame: ErrorFrame) -> ErrorFrame:
    """The same frame, its text replaced."""
    frame.error = reason(frame.exception)
    return frame
