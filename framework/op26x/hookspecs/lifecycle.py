"""The life of a call: where it goes, whether it may happen, and what happened."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from op26x.hookspecs._markers import hookspec

if TYPE_CHECKING:
    from op26x.calls import Arrival, CallInfo, Records, Refuse, TurnInfo
    from op26x.policy import Rules
    from op26x.settings import Settings


@hookspec(firstresult=True)
def op26x_route_call(arrival: Arrival, settings: Settings) -> str | None | Awaitable[str | None]:
    """Chooses the agent that takes a call. *Deciding*; the first answer that is not ``None`` wins.

    Called when a call arrives whose phone line names no agent, before anything is said. If nobody answers, the agent of
    the setting ``agent`` takes the call, or else the organization's first.
    ``arrival.organization_id`` says whose it is.

    Args:
        arrival: Provider, direction and both numbers, which print as ``…23`` and are read with ``reveal()``.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Returns:
        The name of an agent, or ``None`` to leave the choice to others. An unknown name refuses the call.

    An exception refuses the call.

    Example::

        @hookimpl
        def op26x_route_call(arrival):
            return "sales" if arrival.called.reveal() == "+12125550199" else None
    """


@hookspec
def op26x_call_arriving(arrival: Arrival, settings: Settings) -> Refuse | None | Awaitable[Refuse | None]:
    """May refuse a call. *Deciding*; one refusal is enough.

    Called after routing, before the call is answered or placed.

    Args:
        arrival: As in ``op26x_route_call``.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Returns:
        ``Refuse("reason")`` or ``None``. The reason is stored with the call: no personal data in it.

    An exception refuses the call.

    Example::

        @hookimpl
        def op26x_call_arriving(arrival, settings):
            blocked = settings.of(MySettings).blocked
            return Refuse("blocked") if arrival.caller.reveal() in blocked else None
    """


@hookspec
def op26x_policy_for_call(arrival: Arrival, agent: str, settings: Settings) -> Rules | None | Awaitable[Rules | None]:
    """Demands more of a call than the law and the agent do. *Deciding*; all answers are joined, and can only tighten.

    Called after routing, before the call is answered or placed. What is returned is one fragment of the call's policy:
    a field that is left out demands nothing, and one that is looser than somebody else's changes nothing.

    Args:
        arrival: As in ``op26x_route_call``.
        agent: Name of the agent that takes the call.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Returns:
        ``op26x.policy.Rules``, or ``None``.

    An exception means that the call is not recorded, and that everything personal is redacted at every sink.

    Example::

        @hookimpl
        def op26x_policy_for_call(agent):
            names = Redaction(Sink.LLM, "PERSON", RedactAction.PLACEHOLDER)
            return Rules(recording=RecordingMode.OFF, redact=frozenset({names})) if agent == "counselling" else None
    """


@hookspec
def op26x_call_answered(call: CallInfo, records: Records, settings: Settings) -> None | Awaitable[None]:
    """Tells that the two sides are connected and the greeting is about to be spoken. *Notification*.

    Args:
        call: What is known of the call.
        records: The organization's rows in the tables that ``op26x_tables`` declares.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Example::

        @hookimpl
        def op26x_call_answered(call):
            wallboard.add(call.id)
    """


@hookspec
def op26x_turn_finished(call: CallInfo, turn: TurnInfo, records: Records, settings: Settings) -> None | Awaitable[None]:
    """Tells that the caller or the agent finished saying something. *Notification*.

    Args:
        call: What is known of the call.
        turn: Who spoke, when, how long the answer took; ``turn.text`` is personal data in memory: whoever
            stores or sends it is responsible for doing so lawfully.
        records: The organization's rows in the tables that ``op26x_tables`` declares.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Example::

        @hookimpl
        def op26x_turn_finished(call, turn):
            if turn.latency_ms and turn.latency_ms > 2000:
                alert(call.id, turn.number)
    """


@hookspec
def op26x_call_ended(call: CallInfo, records: Records, settings: Settings) -> None | Awaitable[None]:
    """Tells that a call is over, refused ones included. *Notification*; called once per call, when its end is stored.

    Args:
        call: What is known of the call, with its final state, duration, reason and outcome.
        records: The organization's rows in the tables that ``op26x_tables`` declares.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Example::

        @hookimpl
        def op26x_call_ended(call):
            statistics[call.outcome] += 1
    """
