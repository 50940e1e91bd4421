"""The call in real time: the only room that knows Pipecat.

``call`` takes a call and runs it; ``conversation`` is the LLM with its services and tools, ``turns`` says who has the
floor; ``hearing`` turns the caller's audio into speech events, words and demands;
``speaking`` brings audio back to the caller; ``consent`` says what may be kept of it; ``vendors`` is what plugins of
vendors' services share.
"""

import warnings

with warnings.catch_warnings():
    # As it is imported, Pipecat warns of its own past; of our use of it, it may warn.
    warnings.simplefilter("ignore", DeprecationWarning)
    import pipecat.services.tts_service  # noqa: F401

from op26x.voice.call.scheduling import Scheduling
from op26x.voice.call.switchboard import VoiceSwitchboard
from op26x.voice.hearing.ears import Heard, SpeechToText, Utterance
from op26x.voice.vendors.speech_to_speech import SpeechToSpeech

__all__ = ["Heard", "Scheduling", "SpeechToSpeech", "SpeechToText", "Utterance", "VoiceSwitchboard"]
