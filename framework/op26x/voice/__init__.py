"""The call in real time: the only room that knows Pipecat.

``call`` takes a call and runs it; ``hearing`` turns the caller's audio into speech events, words and demands;
``speaking`` brings audio back to the caller; ``consent`` says what may be kept of it; ``vendors`` is what plugins of
vendors' services share.
"""

from op26x.voice.call.switchboard import VoiceSwitchboard
from op26x.voice.hearing.ears import Heard, Recogniser, Utterance
from op26x.voice.vendors.speech_to_speech import SpeechToSpeech

__all__ = ["Heard", "Recogniser", "SpeechToSpeech", "Utterance", "VoiceSwitchboard"]
