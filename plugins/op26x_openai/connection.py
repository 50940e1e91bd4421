"""The connections to OpenAI."""

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from op26x.voice.vendors.connections import VendorConnections, is_page


def _is_no_answer(response: httpx2.Response) -> bool:
    """A proxy's page or an error in JSON must not be played as sound either."""
    kind = response.headers.get("content-type", "")
    text_for_sound = response.request.url.path.endswith("/audio/speech") and kind.startswith("application/json")
    return is_page(response) or (response.is_success and text_for_sound)


CONNECTIONS = VendorConnections("OpenAI", "openai", AsyncOpenAI, DefaultAsyncHttpxClient, _is_no_answer)
