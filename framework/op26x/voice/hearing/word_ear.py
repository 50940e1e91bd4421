"""The ear for the caller's word: open from the first frame of a call to the last, whoever else is listening.

What is held back from the conversation, dropped while a notice is said, or still on its way to words when the caller
hangs up, is heard here all the same.
"""

from collections.abc import Callable
from difflib import SequenceMatcher

from op26x.consent import Evidence, Right, StarKeys, all_demanded
from op26x.consent.texts import spoken

ECHO_OF_OURS, ECHO_OF_THEIRS = 0.6, 0.7
"""An echo brings back most of what was said, and little else. Whoever says less of it than that means it."""


class WordEar:
    """Reads demands out of words and keys.

    Args:
        language: The agent's.
        demand: Told each demand as soon as it is known.
    """

    def __init__(self, language: str, demand: Callable[[Right, Evidence], None]) -> None:
        self._language = language
        self._demand = demand
        self._stars = StarKeys()
        self._saying = ""

    def saying(self, text: str) -> None:
        """A fixed sentence of ours is being said, which a bad line may bring back as an echo."""
        self._saying = text

    def words(self, text: str) -> Right | None:
        """What the caller said; returns the farthest-reaching of the rights that they demand by it."""
        rights = all_demanded(text, self._language)
        if not rights or _is_echo(text, self._saying):
            return None
        for right in rights:
            self._demand(right, Evidence.WORDS)
        return rights[0]

    def key(self, digit: str) -> Right | bool:
        """A key: the right that it demands, ``True`` if more must come, ``False`` if it is somebody else's."""
        right = self._stars.press(digit)
        if isinstance(right, Right):
            self._demand(right, Evidence.DIGIT)
        return right


def _is_echo(heard: str, said: str) -> bool:
    """Whether words are those of our own sentence, in its order."""
    ours, theirs = _words(said), _words(heard)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return same > 0 and same >= ECHO_OF_OURS * len(ours) and same >= ECHO_OF_THEIRS * len(theirs)


def _words(text: str) -> list[str]:
    return [word.strip(".,;:!?") for word in spoken(text).split()]
