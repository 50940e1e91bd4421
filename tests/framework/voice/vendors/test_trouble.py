"""What an error of a vendor's SDK means to whoever runs the service: a kind, a remedy, and no word of the request."""

import anthropic
import httpx
import openai
import pytest

from op26x.errors import ProviderError
from op26x.voice.vendors.trouble import REMEDIES, Trouble

REQUEST = httpx.Request("POST", "https://api.example.test/v1")


def answered(status: int, sdk: object = openai) -> Exception:
    """As a vendor's SDK raises it."""
    response = httpx.Response(status, request=REQUEST)
    return sdk.APIStatusError("the caller said 4111", response=response, body=None)  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("sdk", [openai, anthropic])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "refused"),
        (401, "authentication"),
        (403, "authentication"),
        (404, "not-found"),
        (408, "timeout"),
        (422, "refused"),
        (429, "rate-limit"),
        (500, "vendor"),
        (529, "vendor"),
    ],
)
def test_a_status_has_a_kind(sdk: object, status: int, kind: str) -> None:
    assert Trouble.of("llm", "openai", answered(status, sdk)) == Trouble("llm", "openai", kind, status)


def _wrapped(error: Exception) -> ProviderError:
    ours = ProviderError("It failed.")
    ours.__cause__ = error
    return ours


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (None, "timeout"),
        (TimeoutError(), "timeout"),
        (openai.APITimeoutError(REQUEST), "timeout"),
        (openai.APIConnectionError(request=REQUEST), "connection"),
        (anthropic.APIConnectionError(request=REQUEST), "connection"),
        (ConnectionError("the answer was cut off"), "connection"),
        (_wrapped(ConnectionRefusedError()), "connection"),
        (ValueError("4111"), "other"),
    ],
)
def test_an_error_without_a_status_has_a_kind(error: Exception | None, kind: str) -> None:
    trouble = Trouble.of("stt", "openai", error)
    assert (trouble.kind, trouble.status) == (kind, 0)


def test_every_kind_has_a_remedy_that_names_the_vendor_and_quotes_nobody() -> None:
    for kind in REMEDIES:
        remedy = Trouble("llm", "acme", kind).remedy
        assert "{" not in remedy
        assert remedy.endswith(".")
    assert "acme" in Trouble.of("llm", "acme", answered(401)).remedy
    assert "4111" not in str(Trouble.of("llm", "acme", answered(400))) + Trouble.of("llm", "acme", answered(400)).remedy
