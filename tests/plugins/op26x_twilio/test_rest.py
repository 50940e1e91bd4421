"""The official SDK against the local counterpart, and the counterpart against Twilio's own description."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from op26x import PhoneNumber, Secret
from op26x.errors import ProviderError, SettingsError, UsageError
from op26x_twilio.rest import TwilioTelephony
from op26x_twilio.settings import TwilioSettings
from op26x_twilio.testing import TwilioCounterpart

SCHEMA = json.loads((Path(__file__).parent / "call_schema.json").read_text())
ACCOUNT, TOKEN = "AC" + "1" * 32, "an-auth-token"
NOWHERE = "http://127.0.0.1:9"
CALLEE, OWN = PhoneNumber("+12125550123"), PhoneNumber("+12125550199")


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioCounterpart]:
    numbers = itertools.count(1)
    async with TwilioCounterpart(TOKEN, lambda: f"CA{next(numbers):032x}") as counterpart:
        yield counterpart


def _telephony(url: str, public_url: str = NOWHERE, **settings: Any) -> TwilioTelephony:
    chosen = {"account_sid": ACCOUNT, "auth_token": Secret(TOKEN), "number": OWN.reveal(), "api_base_url": url}
    return TwilioTelephony(TwilioSettings(**{**chosen, **settings}), public_url)


async def test_placing_a_call(twilio: TwilioCounterpart) -> None:
    sid = await _telephony(twilio.url).place_call(to=CALLEE, caller=OWN)
    assert list(twilio.calls) == [sid]
    ((path, form),) = twilio.requests
    assert path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    jsonschema.validate({**form, "StatusCallbackEvent": [form["StatusCallbackEvent"]]}, SCHEMA["create"])
    assert form["Url"] == f"{NOWHERE}/twilio/voice"
    assert form["StatusCallback"] == f"{NOWHERE}/twilio/status"
    assert (form["To"], form["From"], form["Method"]) == (CALLEE.reveal(), OWN.reveal(), "POST")


async def test_twilio_is_told_whom_to_call_and_nothing_else(twilio: TwilioCounterpart) -> None:
    await _telephony(twilio.url).place_call(to=CALLEE, caller=OWN)
    ((_, form),) = twilio.requests
    reports = {"StatusCallback", "StatusCallbackEvent", "StatusCallbackMethod"}
    assert form.keys() <= {"To", "From", "Url", "Method", "Timeout", *reports}, "no recording, no transcription"


async def test_hanging_up(twilio: TwilioCounterpart) -> None:
    telephony = _telephony(twilio.url)
    sid = await telephony.place_call(to=CALLEE, caller=OWN)
    await telephony.hang_up(sid)
    path, form = twilio.requests[-1]
    assert path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json"
    jsonschema.validate(form, SCHEMA["update"])
    assert form == {"Status": "completed"}
    assert twilio.calls[sid]["status"] == "completed"


async def test_putting_somebody_through(twilio: TwilioCounterpart) -> None:
    telephony = _telephony(twilio.url)
    sid = await telephony.place_call(to=CALLEE, caller=OWN)
    await telephony.transfer(sid, PhoneNumber("+12125550100"))
    path, form = twilio.requests[-1]
    assert path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json"
    jsonschema.validate(form, SCHEMA["update"])
    (twiml,) = form.values()
    assert twiml.endswith("<Response><Dial>+12125550100</Dial></Response>")
    with pytest.raises(ProviderError):
        await telephony.transfer("CA" + "f" * 32, CALLEE)


async def test_the_counterpart_answers_in_twilios_shapes(twilio: TwilioCounterpart) -> None:
    base = f"{twilio.url}/2010-04-01/Accounts/{ACCOUNT}/Calls"
    async with httpx.AsyncClient(auth=(ACCOUNT, TOKEN)) as client:
        about = {"To": CALLEE.reveal(), "From": OWN.reveal(), "Url": f"{NOWHERE}/twilio/voice"}
        created = await client.post(f"{base}.json", data=about)
        assert created.status_code == 201
        _is_a_call(created.json())
        sid = created.json()["sid"]
        updated = await client.post(f"{base}/{sid}.json", data={"Status": "completed"})
        assert updated.status_code == 200
        _is_a_call(updated.json())
        missing = await client.post(f"{base}/CA{'f' * 32}.json", data={"Status": "completed"})
        stranger = await client.post(f"{base}.json", data=about, auth=(ACCOUNT, "wrong"))
    for reply, status, code in ((missing, 404, 20404), (stranger, 401, 20003)):
        assert (reply.status_code, reply.json()["status"], reply.json()["code"]) == (status, status, code)
        assert set(reply.json()) == {"code", "message", "more_info", "status"}


def _is_a_call(body: dict[str, Any]) -> None:
    jsonschema.validate(body, SCHEMA["call"])
    assert set(body) <= set(SCHEMA["call"]["properties"])


def test_the_schema_can_tell() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"sid": "CA1"}, SCHEMA["call"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"status": "dreaming"}, SCHEMA["call"])


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [({"auth_token": Secret("wrong")}, 401, 20003), ({"account_sid": "AC" + "2" * 32}, 401, 20003), ({}, 400, 21211)],
    ids=["token", "account", "number"],
)
async def test_a_refusal_quotes_no_number(
    twilio: TwilioCounterpart, settings: dict[str, Any], status: int, code: int
) -> None:
    twilio.accounts = {ACCOUNT}
    to = PhoneNumber("client:2125550123") if code == 21211 else CALLEE
    with pytest.raises(ProviderError, match=f"status {status} and code {code}") as refused:
        await _telephony(twilio.url, **settings).place_call(to=to, caller=OWN)
    assert str(code) in refused.value.remedy
    assert "0100123" not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_hanging_up_an_unknown_call(twilio: TwilioCounterpart) -> None:
    with pytest.raises(ProviderError, match="20404"):
        await _telephony(twilio.url).hang_up("CA" + "f" * 32)


async def test_nobody_answers() -> None:
    with pytest.raises(ProviderError, match="did not answer"):
        await _telephony(NOWHERE).place_call(to=CALLEE, caller=OWN)


async def test_garbage_is_an_error() -> None:
    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(garbage, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(ProviderError):
            await _telephony(url).hang_up("CA" + "f" * 32)


@pytest.mark.parametrize(
    ("public_url", "settings", "remedy"),
    [
        ("", {}, "OP26X_PUBLIC_URL"),
        (NOWHERE, {"account_sid": ""}, "OP26X_TWILIO_ACCOUNT_SID"),
        (NOWHERE, {"auth_token": Secret("")}, "OP26X_TWILIO_AUTH_TOKEN"),
    ],
)
async def test_missing_settings_are_named(public_url: str, settings: dict[str, Any], remedy: str) -> None:
    with pytest.raises(SettingsError) as missing:
        await _telephony(NOWHERE, public_url, **settings).place_call(to=CALLEE, caller=OWN)
    assert remedy in missing.value.remedy


def test_can_hang_up_needs_both() -> None:
    assert _telephony(NOWHERE).can_hang_up
    assert not _telephony(NOWHERE, account_sid="").can_hang_up
    assert not _telephony(NOWHERE, auth_token=Secret("")).can_hang_up
    assert _telephony(NOWHERE).own_number == OWN


def test_a_wrong_number_of_ones_own_is_refused() -> None:
    with pytest.raises(UsageError, match="country code"):
        _telephony(NOWHERE, number="12")
