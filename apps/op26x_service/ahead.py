"""What would be loaded by the first call or request is loaded at start.

Loading takes long, and may fail: with no descriptor left for a file, ``phonenumbers`` keeps the lock under which it
loads a country's numbers, and whoever parses a number after that waits for ever.
"""

import importlib
from typing import Any

import phonenumbers
from litestar import Litestar, Request
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.serialization import encode_json

LATE_MODULES = ("encodings.idna", "stringprep", "op26x.carrier_numbers")
"""For the first name of a host that is looked up, and the first number that a carrier writes."""


def load_ahead() -> None:
    """Loads the numbering plans of all countries and what the standard library leaves for later: 0.1 s, 1 MB."""
    phonenumbers.PhoneMetadata.load_all()
    for name in LATE_MODULES:
        importlib.import_module(name)


class SchemaAhead(JsonRenderPlugin):
    """The API's schema as JSON, made once: it takes a quarter of a second, and asks for a key as metrics do."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json")
        self._made = b""

    def make(self, app: Litestar) -> None:
        """Makes it."""
        self._made = encode_json(app.openapi_schema.to_schema())

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The bytes of it."""
        return self._made or self.render_json(request, openapi_schema)
