"""Whom the plugin declares: Twilio, in the region that its address names, once it can be in a call."""

import pytest

import op26x_twilio
from op26x.plugins import Plugins
from op26x.settings import resolve
from op26x.types import Processor
from op26x_twilio.settings import TwilioSettings


def declared(**environ: str) -> list[Processor]:
    """What the plugin says with settings of the section ``twilio``, or of the core."""
    plugins = Plugins()
    plugins.register(op26x_twilio, "twilio")
    settings = resolve({"twilio": TwilioSettings}, environ={f"OP26X_{name}": value for name, value in environ.items()})
    return [one for processors in plugins.processors(settings).values() for one in processors]


@pytest.mark.parametrize(
    ("url", "name", "host", "places"),
    [
        ("https://api.twilio.com", "Twilio", "api.twilio.com", ()),
        ("https://api.dublin.ie1.twilio.com", "Twilio", "api.dublin.ie1.twilio.com", ("IE",)),
        ("https://api.sydney.au1.twilio.com", "Twilio", "api.sydney.au1.twilio.com", ("AU",)),
        ("https://api.dublin.ie1.twilio.com.example", "whoever runs api.dublin.ie1.twilio.com.example", None, ()),
    ],
)
def test_a_region_of_twilios_is_twilio_in_that_place(
    url: str, name: str, host: str | None, places: tuple[str, ...]
) -> None:
    (found,) = declared(TWILIO_ACCOUNT_SID="AC1", TWILIO_API_BASE_URL=url)
    assert (found.name, found.hosts[0], found.places) == (name, host or url.removeprefix("https://"), places)


@pytest.mark.parametrize(
    ("environ", "declares"),
    [
        ({}, False),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, True),
        ({"PUBLIC_URL": "https://calls.example.com"}, True),
        ({"HOST": "0.0.0.0"}, True),
    ],
)
def test_twilio_is_declared_once_it_can_be_in_a_call(environ: dict[str, str], declares: bool) -> None:
    assert bool(declared(**environ)) is declares
