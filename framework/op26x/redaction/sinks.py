"""Sinks: where the text of a call goes, and what becomes of each entity on the way, as the call's policy says."""

from collections.abc import Callable, Collection, Mapping

from op26x.policy import RedactAction, Redaction, Rules, Sink
from op26x.redaction.entities import Entity
from op26x.redaction.placeholders import PLACEHOLDER, Placeholders

ALL = "ALL"
SECRETS = "SECRETS"
OF_SECRETS: frozenset[str] = frozenset(
    (
        Entity.CARD,
        Entity.CVV,
        Entity.CARD_EXPIRY,
        Entity.BANK_ACCOUNT,
        Entity.SORT_CODE,
        Entity.ROUTING_NUMBER,
        Entity.IBAN,
        Entity.SSN,
        Entity.ITIN,
        Entity.NHS_NUMBER,
        Entity.NI_NUMBER,
        Entity.AADHAAR,
        Entity.PAN,
        Entity.PASSPORT,
        Entity.DRIVING_LICENCE,
        Entity.PASSWORD,
        Entity.PIN,
        Entity.ONE_TIME_CODE,
        Entity.MEDICAL_RECORD_NUMBER,
        Entity.URL,
    )
)
"""What opens an account or proves who somebody is: no conversation needs it in clear."""
LEVELS: Mapping[str, frozenset[Redaction]] = {
    "off": frozenset(),
    "secrets": frozenset(Redaction(at, SECRETS, RedactAction.PLACEHOLDER) for at in Sink),
    "everything": frozenset(Redaction(at, ALL, RedactAction.PLACEHOLDER) for at in Sink),
}
"""What an installation may ask for in one word."""


class Actions:
    """What becomes of entities on their way to each sink in one call.

    Args:
        rules: The call's policy.
        secrets: Labels of plugins that are secrets as well.
    """

    def __init__(self, rules: Rules, secrets: Collection[str] = ()) -> None:
        self._secrets = OF_SECRETS | {*secrets}
        self._order = list(RedactAction)
        self._actions = {(one.at, one.entity): one.action for one in rules.redact}

    @property
    def any(self) -> bool:
        """Whether anything is redacted anywhere."""
        return bool(self._actions)

    def any_at(self, sink: Sink) -> bool:
        """Whether anything is redacted on its way to a sink."""
        return any(at is sink for at, _ in self._actions)

    def keeps(self, sink: Sink, label: str) -> bool:
        """Whether a sink is told an entity."""
        return self.of(sink, label) is RedactAction.KEEP

    def protect(self, label: str) -> None:
        """Lets no sink have an entity from now on."""
        for sink in Sink:
            if self.keeps(sink, label):
                self._actions[sink, label] = RedactAction.PLACEHOLDER

    def redacts(self, label: str) -> bool:
        """Whether any sink is not told an entity."""
        return not all(self.keeps(sink, label) for sink in Sink)

    def of(self, sink: Sink, label: str) -> RedactAction:
        """What becomes of an entity; rules for all, for secrets and of its own all hold."""
        names = (ALL, SECRETS, label) if label in self._secrets else (ALL, label)
        return max((self._actions.get((sink, name), RedactAction.KEEP) for name in names), key=self._order.index)

    def view(self, text: str, sink: Sink, placeholders: Placeholders) -> str:
        """A text in which placeholders stand for everything, as a sink may have it."""
        return PLACEHOLDER.sub(lambda match: self._seen(match[0], match[1], sink, placeholders), text)

    def _seen(self, name: str, label: str, sink: Sink, placeholders: Placeholders) -> str:
        become: dict[RedactAction, Callable[[], str]] = {
            RedactAction.KEEP: lambda: placeholders.said(name),
            RedactAction.PLACEHOLDER: lambda: name,
            RedactAction.MASK: lambda: f"<{label}>",
            RedactAction.DROP: str,
        }
        return become[self.of(sink, label)]()
