"""The call in real time: the only room that knows Pipecat.

In the order of a call: ``switchboard`` takes it, ``services`` are built for it, ``session`` runs it; the caller's
audio goes through ``ears`` (``vad``, a recogniser), text through the ``conversation``, audio back through the
``mouth``. ``turns`` keeps the books, ``answer_watch`` and ``silence_watch`` the limits. ``vendors`` and
``vendor_connections`` are what plugins of vendors' services share.
"""

from op26x.voice.ears import Heard, Recogniser, Utterance
from op26x.voice.speech_to_speech import SpeechToSpeech
from op26x.voice.switchboard import VoiceSwitchboard

__all__ = ["Heard", "Recogniser", "SpeechToSpeech", "Utterance", "VoiceSwitchboard"]
