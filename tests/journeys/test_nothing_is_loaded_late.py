"""In a call nothing is loaded any more: loading takes long, and fails when descriptors have run out."""

import asyncio
import sys
from pathlib import Path

import httpcore  # noqa: F401 - loaded by the client with its first request
import numpy.fft  # noqa: F401 - loaded by the caller's ear
import phonenumbers
import pytest

from journeys.documents import agent
from journeys.house import open_house
from op26x_twilio.rest import TwilioTelephony

BY_THE_CALLER = ("httpcore", "httpx", "certifi", "anyio", "websockets", "numpy")


@pytest.mark.parametrize("local", [False, True], ids=["stubs", "local"])
async def test_a_whole_call_loads_nothing(tmp_path: Path, local: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TwilioTelephony, "can_hang_up", False)
    async with open_house(tmp_path, None if local else agent(recording={"mode": "assent"})) as home:
        before = set(sys.modules)
        line = await home.ring()
        await line.hears()
        await line.press("1")
        await line.hears(2)
        line.say()
        await line.said()
        await asyncio.sleep(3)
        await line.press("*1")
        await line.hang_up()
        await home.record()
        late = {name for name in set(sys.modules) - before if not name.startswith(BY_THE_CALLER)}
    assert late == set()


async def test_every_countrys_numbers_are_loaded_at_start(tmp_path: Path) -> None:
    async with open_house(tmp_path, agent()):
        assert not any(phonenumbers.PhoneMetadata._region_available.values())
        assert not any(phonenumbers.PhoneMetadata._country_code_available.values())
