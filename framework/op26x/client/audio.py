"""Audio as it comes from the service, piece by piece, without a copy of the whole."""

from collections.abc import Iterator

import httpx

from op26x.errors import ServiceUnreachable


class AudioPart:
    """A recording, or a range of it, on its way; to be closed.

    Args:
        response: What the service answers.

    Attributes:
        status: 200 for all of it, 206 for a range.
        length: How many bytes come.
        content_range: Which they are, as the header ``Content-Range`` says it; empty for all.
    """

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.length = int(response.headers["Content-Length"])
        self.content_range = response.headers.get("Content-Range", "")

    def pieces(self) -> Iterator[bytes]:
        """The bytes.

        Raises:
            ServiceUnreachable: They broke off: the recording was erased meanwhile, or the service stopped.
        """
        try:
            yield from self._response.iter_raw()
        except httpx.TransportError as error:
            raise ServiceUnreachable(f"The audio broke off: {type(error).__name__}.") from error

    def close(self) -> None:
        """Ends it, whole or not."""
        self._response.close()
