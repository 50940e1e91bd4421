"""Whether what a deciding hook returned is what the hook wants; what is wrong is said without quoting any of it."""

from collections.abc import Callable, Mapping
from typing import Any

Fits = Callable[[Any, Mapping[str, Any]], str]
"""Is handed a result and the hook's arguments; returns what is wrong, or nothing."""


def of_type(*types: type[Any]) -> Fits:
    """Fits what is of one of these types."""
    names = " or ".join(cls.__name__ for cls in types)

    def fits(result: Any, _arguments: Mapping[str, Any]) -> str:
        return "" if isinstance(result, types) else f"it returned a {type(result).__name__}, not a {names}"

    return fits
