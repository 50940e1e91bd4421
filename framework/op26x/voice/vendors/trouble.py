"""What went wrong with a vendor, in words that an operator can act on and that quote nobody."""

from dataclasses import dataclass

from op26x.errors import ProviderError

AUTHENTICATION, NOT_FOUND, RATE_LIMIT, REFUSED = "authentication", "not-found", "rate-limit", "refused"
TIMEOUT, CONNECTION, VENDOR, OTHER = "timeout", "connection", "vendor", "other"

REMEDIES = {
    AUTHENTICATION: "Check the API key of {vendor}: op26x settings list says where it comes from.",
    NOT_FOUND: "Check model and address of {vendor}: op26x agents check, op26x settings list.",
    RATE_LIMIT: "The account of {vendor} is over its limit of requests or has no credit.",
    REFUSED: "{vendor} did not accept the request: check the options in the agent's document.",
    TIMEOUT: "{vendor} did not answer in time. See its status page; the setting timeout_s is how long it may take.",
    CONNECTION: "{vendor} can't be reached: check the network, a proxy, and the setting base_url.",
    VENDOR: "The fault is on {vendor}'s side. See its status page.",
    OTHER: "See the error's type and place, and repeat it in a test or with op26x calls chat.",
}


@dataclass(frozen=True)
class Trouble:
    """A failure of a vendor's service.

    Attributes:
        role: ``llm``, ``stt`` or ``tts``.
        vendor: The provider, as the agent's document names it.
        kind: ``authentication``, ``not-found``, ``rate-limit``, ``refused``, ``timeout``, ``connection``, ``vendor``
            or ``other``.
        status: HTTP's; 0 if there was none.
    """

    role: str
    vendor: str
    kind: str
    status: int = 0

    @classmethod
    def of(cls, role: str, vendor: str, error: BaseException | None) -> "Trouble":
        """What an error of a vendor's SDK, or a silence, means."""
        cause = error.__cause__ if isinstance(error, ProviderError) and error.__cause__ else error
        status = int(getattr(cause, "status_code", 0) or getattr(cause, "status", 0) or 0)
        return cls(role, vendor, _kind(cause, status), status)

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.kind].format(vendor=self.vendor)


def _kind(error: BaseException | None, status: int) -> str:
    by_status = {401: AUTHENTICATION, 403: AUTHENTICATION, 404: NOT_FOUND, 408: TIMEOUT, 429: RATE_LIMIT}
    if status in by_status:
        return by_status[status]
    if status >= 400:
        return VENDOR if status >= 500 else REFUSED
    name = type(error).__name__
    if error is None or isinstance(error, TimeoutError) or "Timeout" in name:
        return TIMEOUT
    return CONNECTION if isinstance(error, OSError) or "Connect" in name else OTHER
