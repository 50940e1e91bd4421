"""The tool, in a call: what the LLM is told, and what is stored."""

import op26x_hours

from op26x.testing import Use


def test_saturday_is_short(telephone):
    telephone.set_up(op26x_hours, answers=[[Use("opening_hours", {"weekday": "saturday"})], "From ten to twelve."])
    call = telephone.ring()
    call.say("When are you open on Saturday?")
    call.hang_up()

    told = next(event for event in call.events if event.kind == "outcome")
    assert told.detail == {"weekday": "saturday", "hours": "10 to 12"}
    assert call.agent_said[-1] == "From ten to twelve."
    assert call.record.outcome == "opening-hours-told"
