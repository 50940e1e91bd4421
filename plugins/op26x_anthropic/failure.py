"""Errors in words that quote nobody.

What the SDK says of an error can hold a part of the request, and with it what a caller said; error
frames end up in logs and records.
"""

from pipecat.frames.frames import ErrorFrame

from op26x.errors import ProviderError


def reason(error: Exception | None) -> str:
    """One sentence about what went wrong."""
    if isinstance(error, ProviderError):
        return error.message
    if isinstance(error, TimeoutError):
        return "Anthropic did not answer in time."
    if status := getattr(error, "status_code", None):
        return f"Anthropic answered with HTTP {status}."
    return f"Anthropic failed: {type(error).__name__}." if error else "Anthropic failed."


def reworded(frame: ErrorFrame) -> ErrorFrame:
    """The same frame, its text replaced."""
    frame.error = reason(frame.exception)
    return frame
