"""The recognizer, in a call: the LLM and whoever watches have a placeholder."""

import op26x_staff_numbers


def test_a_staff_number_is_told_to_nobody(telephone):
    telephone.set_up(op26x_staff_numbers, answers=["Thank you."])
    call = telephone.ring()
    call.say("I'm with you, SN-104 233 is what my badge says.")
    call.hang_up()

    assert call.caller_said == ["I'm with you, <STAFF_NUMBER_1> is what my badge says."]
