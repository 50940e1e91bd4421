"""Anthropic on the loopback, and requests that lead there."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from counterparts.anthropic import AnthropicCounterpart
from counterparts.conversation import talk
from counterparts.script import Answer
from op26x import Secret, ServiceRequest
from op26x_anthropic.llm import build
from op26x_anthropic.settings import AnthropicSettings

KEY = "sk-ant-never-print-me"
TIMEOUT_S = 0.4
# Far above the time-out, for busy machines, and below the slow answers: those are given up, not waited for.
IN_TIME_S = 30.0
# What is slow and still in time; busy machines are late by less than that.
SLOW_S = 2.0

Ask = Callable[..., ServiceRequest]


@pytest.fixture(scope="session", autouse=True)
def _first_request() -> None:
    """The SDK leaves to its first request what takes longer than the time-out of these tests."""
    with AnthropicCounterpart() as counterpart:
        counterpart.messages.will(Answer("Hello."))
        settings = AnthropicSettings(api_key=Secret(KEY), base_url=counterpart.base_url, timeout_s=30.0)

        async def first() -> None:
            await talk(build(ServiceRequest(settings_of=lambda _cls: settings)), "When?")

        asyncio.run(first())


@pytest.fixture
def vendor() -> Iterator[AnthropicCounterpart]:
    """A counterpart of Anthropic."""
    with AnthropicCounterpart() as counterpart:
        yield counterpart


@pytest.fixture
def ask(vendor: AnthropicCounterpart) -> Ask:
    """Makes a service request with options, to the counterpart."""

    def request(language: str = "en", timeout_s: float = TIMEOUT_S, **options: Any) -> ServiceRequest:
        settings = AnthropicSettings(api_key=Secret(KEY), base_url=vendor.base_url, timeout_s=timeout_s)
        return ServiceRequest(options=options, language=language, settings_of=lambda _cls: settings)

    return request
