"""How calls open, and what a key or a dead service does to that."""

import pytest

from op26x import Provider, hookimpl
from op26x.errors import ProviderError
from op26x.testing import Telephone


class Refused(Exception):
    """What a vendor's SDK raises."""

    status_code = 401


class DeadSTT:
    """Hears nothing."""

    @hookimpl
    def op26x_stt_service(self) -> Provider["DeadSTT"]:
        return Provider("dead", lambda request: self)

    def utterance(self) -> "DeadSTT":
        return self

    def feed(self, pcm: bytes) -> None:
        """Takes audio."""

    async def finish(self) -> None:
        raise ProviderError("The STT service failed.") from Refused()

    def cancel(self) -> None:
        """Has nothing to cancel."""


def test_what_nobody_heard_is_no_refusal_and_is_said_of_the_vendor(
    telephone: Telephone, capsys: pytest.CaptureFixture[str]
) -> None:
    telephone.set_up(DeadSTT(), stt="dead", recording="assent", may_fail=True)
    call = telephone.ring()
    call.say("yes")
    call.say("yes")
    call.hang_up()

    assert call.record.recording_outcome == "not-heard"
    assert call.consents == []
    assert call.record.vendor_errors == 2
    log = capsys.readouterr().err
    assert log.count('"event": "a vendor failed"') == 2
    assert '"role": "stt", "vendor": "dead", "kind": "authentication", "status": 401' in log


@pytest.mark.parametrize(("words", "outcome"), [("maybe", "unclear"), ("no", "refused")])
def test_what_was_answered_is_what_the_ledger_says(telephone: Telephone, words: str, outcome: str) -> None:
    telephone.set_up(recording="assent")
    call = telephone.ring()
    call.say(words)
    if outcome != "refused":
        call.say(words)
    call.hang_up()

    assert call.record.recording_outcome == outcome
    assert [consent.state for consent in call.consents] == ["refused"]
    assert call.consents[0].evidence == ("words" if outcome == "refused" else outcome)


@pytest.mark.parametrize("key", ["A", "D", "x", "", "10"])
def test_a_key_that_telephones_do_not_have_is_nothing(telephone: Telephone, key: str) -> None:
    telephone.set_up(limits={"silence_s": 5.0})
    call = telephone.ring()
    telephone.run(call.caller.session.digit(key))
    call.wait(30)

    assert call.over
    assert call.record.end_reason == "silence"
