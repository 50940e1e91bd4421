"""The parrot, in a call."""

import op26x_parrot


def test_it_repeats_what_it_heard(telephone):
    telephone.set_up(op26x_parrot, llm="parrot")
    call = telephone.ring()
    call.say("good morning")

    assert call.agent_said == ["Hello.", "You said: good morning."]
