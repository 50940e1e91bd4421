"""Text for the ear: what a voice is handed in place of what the LLM wrote.

``text`` goes through the steps, ``markup`` takes off what is for the eye, and ``numbers``, ``dates``, ``amounts``,
``codes`` and ``words`` say the rest by the ``rules`` of a language. ``sentences`` cuts an answer into pieces
that can be said; ``hook`` puts it all in front of a voice.
"""

from op26x.voice.speaking.speakable.text import speakable

__all__ = ["speakable"]
