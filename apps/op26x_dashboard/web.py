"""What Streamlit serves: the pages, and nothing of them that a browser may keep.

Streamlit holds what a page plays in memory, under ``/media``, and says nothing of caching; a browser would be free to
write a recording to its disk.
"""

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.starlette import App

MEDIA = "/media/"


class NotKept:
    """Forbids to keep what is under ``/media`` (RFC 9111, section 5.2.2.5).

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""

        async def send_unkept(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
            await send(message)

        media = scope["type"] == "http" and MEDIA in scope["path"]
        await self._app(scope, receive, send_unkept if media else send)


app = App(Path(__file__).with_name("home.py"), middleware=[Middleware(NotKept)])
