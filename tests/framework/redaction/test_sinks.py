"""Sinks: what becomes of an entity on its way to each, as the policy says."""

import pytest

from op26x.policy import RedactAction, Redaction, Rules, Sink
from op26x.redaction import LEVELS, Actions, Entity, Placeholders
from op26x.redaction.sinks import OF_SECRETS


def rules(*redact: Redaction) -> Rules:
    return Rules(redact=frozenset(redact))


@pytest.mark.parametrize("sink", Sink)
@pytest.mark.parametrize("entity", Entity)
def test_the_levels_of_an_installation(sink: Sink, entity: Entity) -> None:
    def keeps(level: str) -> bool:
        return Actions(Rules(redact=LEVELS[level])).keeps(sink, entity)

    assert keeps("off")
    assert not keeps("everything")
    assert keeps("secrets") is (entity not in OF_SECRETS)


@pytest.mark.parametrize(
    ("action", "seen"),
    [
        (RedactAction.KEEP, "my card is 4111 1111"),
        (RedactAction.PLACEHOLDER, "my card is <CARD_1>"),
        (RedactAction.MASK, "my card is <CARD>"),
        (RedactAction.DROP, "my card is "),
    ],
)
def test_what_each_action_leaves(action: RedactAction, seen: str) -> None:
    placeholders = Placeholders()
    text = f"my card is {placeholders.name('CARD', '4111 1111')}"
    assert Actions(rules(Redaction(Sink.LIVE, "CARD", action))).view(text, Sink.LIVE, placeholders) == seen
    assert (
        Actions(rules(Redaction(Sink.LIVE, "CARD", action))).view(text, Sink.LLM, placeholders)
        == "my card is 4111 1111"
    )


def test_of_rules_for_all_for_secrets_and_of_its_own_the_strictest_holds() -> None:
    actions = Actions(
        rules(
            Redaction(Sink.LIVE, "ALL", RedactAction.PLACEHOLDER),
            Redaction(Sink.LIVE, "SECRETS", RedactAction.MASK),
            Redaction(Sink.LIVE, "PIN", RedactAction.DROP),
        )
    )
    found = [actions.of(Sink.LIVE, label) for label in ("PERSON", "CARD", "PIN")]
    assert found == [RedactAction.PLACEHOLDER, RedactAction.MASK, RedactAction.DROP]


def test_a_plugins_secret_is_one() -> None:
    secrets = Rules(redact=LEVELS["secrets"])
    assert Actions(secrets).keeps(Sink.LLM, "STAFF_NUMBER")
    assert not Actions(secrets, {"STAFF_NUMBER"}).keeps(Sink.LLM, "STAFF_NUMBER")


def test_a_placeholder_of_nobodys_stays() -> None:
    assert Actions(Rules()).view("<CARD_9>", Sink.LLM, Placeholders()) == "<CARD_9>"
