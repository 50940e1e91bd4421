"""What a call opens with: who calls, how never to be called again, that a machine speaks, that one listens."""

from typing import Any

import pytest

from op26x.consent.said_first import said_first, second_language
from op26x.consent.texts import Notice
from op26x.policy import Disclosure, EffectivePolicy

WANTED: dict[str, Any] = {
    "identify_caller": True,
    "opt_out": True,
    "ai_disclosure": frozenset({Disclosure.START}),
    "listening_notice": True,
}


def policy(**rules: Any) -> EffectivePolicy:
    """A policy that demands nothing but these rules."""
    return EffectivePolicy(**{"decided_by": {}, "places": (), "zones": (), "tables": {}, **rules})


@pytest.mark.parametrize("outbound", [True, False])
def test_where_nothing_is_wanted_nothing_is_said_first(outbound: bool) -> None:
    assert said_first(policy(), outbound=outbound) == ()


def test_who_calls_comes_first_and_right_after_it_how_never_to_be_called_again() -> None:
    assert said_first(policy(**WANTED), outbound=True) == (
        Notice.IDENTIFY,
        Notice.OPT_OUT,
        Notice.MACHINE,
        Notice.LISTENING,
    )


def test_whoever_calls_us_is_told_of_the_machine_and_of_listening_alone() -> None:
    assert said_first(policy(**WANTED), outbound=False) == (Notice.MACHINE, Notice.LISTENING)


@pytest.mark.parametrize(("wanted", "notice"), zip(WANTED, said_first(policy(**WANTED), outbound=True), strict=True))
def test_each_is_said_if_it_is_wanted_itself(wanted: str, notice: Notice) -> None:
    assert said_first(policy(**{wanted: WANTED[wanted]}), outbound=True) == (notice,)


def test_that_a_machine_speaks_is_said_first_only_where_it_must_be_unasked() -> None:
    asked, always = frozenset({Disclosure.ASKED}), frozenset(Disclosure)
    assert said_first(policy(ai_disclosure=asked), outbound=False) == ()
    assert said_first(policy(ai_disclosure=always), outbound=False) == (Notice.MACHINE,)


@pytest.mark.parametrize(
    ("spoken_there", "agent", "second"),
    [
        ((), "en", ""),
        (("en",), "en", ""),
        (("en",), "en-IN", ""),
        (("de",), "en", "de"),
        (("hi", "en"), "en-IN", "hi"),
        (("hi", "en"), "hi", "en"),
        (("de", "gsw", "fr", "it"), "de-CH", "fr"),
        (("nl",), "en", ""),
    ],
)
def test_notices_are_said_once_more_in_the_first_language_of_the_place_that_the_agent_does_not_speak(
    spoken_there: tuple[str, ...], agent: str, second: str
) -> None:
    assert second_language(policy(languages=spoken_there), agent) == second
