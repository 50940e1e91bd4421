"""The STT service, in a call: it listens to the caller by itself."""

import op26x_lengths


def test_it_tells_short_from_long(telephone):
    telephone.set_up(op26x_lengths, stt="lengths")
    call = telephone.ring()
    call.say(seconds=2.0)
    call.say(seconds=0.5)

    assert call.caller_said == ["long", "short"]
