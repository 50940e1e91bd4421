"""The doors: what a stranger may cost before they have proved who they are.

``limits`` says how much, ``visitors`` counts connections and closes the oldest, ``turnstile`` lets strangers work in
small turns beside calls, ``request_rate`` says how often one may ask, ``reading`` paces what a connection reads,
``http`` and ``websocket`` are uvicorn's protocols with all that, ``listener`` accepts, ``headers`` is what every
response carries.
"""

from op26x_service.doors.headers import protect
from op26x_service.doors.http import DoorHttp
from op26x_service.doors.limits import MAX_BODY, MAX_MESSAGE, Limits, raise_descriptors
from op26x_service.doors.listener import Listener
from op26x_service.doors.request_rate import RequestRate
from op26x_service.doors.visitors import Visitor, Visitors, network_of
from op26x_service.doors.websocket import DoorWebSocket

__all__ = [
    "MAX_BODY",
    "MAX_MESSAGE",
    "DoorHttp",
    "DoorWebSocket",
    "Limits",
    "Listener",
    "RequestRate",
    "Visitor",
    "Visitors",
    "network_of",
    "protect",
    "raise_descriptors",
]
