"""A local counterpart of Twilio, for tests and rehearsals: its side of the media stream, its signed webhooks, and
the part of its REST API that op26x uses.
"""

from op26x_twilio.testing.media import CallEnd, MediaStream
from op26x_twilio.testing.rest import TwilioCounterpart
from op26x_twilio.testing.webhooks import Webhooks

__all__ = ["CallEnd", "MediaStream", "TwilioCounterpart", "Webhooks"]
