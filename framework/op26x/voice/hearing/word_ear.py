"""The ear for the caller's word: open from the first frame of a call to the last, whoever else is listening.

What is held back from the conversation, dropped while a notice is said, or still on its way to words when the caller
hangs up, is heard here all the same.
"""

from collections.abc import Callable
from difflib import SequenceMatcher

from op26x.consent import Answer, Evidence, Right, StarKeys, all_demanded, read_reply
from op26x.consent.reading.words import words_of

ECHO_OF_OURS, ECHO_OF_THEIRS = 0.6, 0.7
"""An echo brings back most of what was said, and little else. Whoever says less of it than that means it."""


class WordEar:
    """Reads demands out of words and keys.

    What is not sure is asked back, and done if the caller says yes. Whoever says no, or something else, meant no
    demand; but a recording is stopped unless they say no: what may be a refusal is taken for one.

    Args:
        language: The agent's.
        demand: Told each demand as soon as it is known.
        ask: Has the caller asked whether they mean a right by the words, if that can be asked now; it calls ``asked``.
        to_agent: Rights that are the agent's to grant, which is told the words.
    """

    def __init__(
        self,
        language: str,
        demand: Callable[[Right, Evidence], None],
        ask: Callable[[Right, str], bool],
        to_agent: frozenset[Right] = frozenset(),
    ) -> None:
        self._language = language
        self._demand = demand
        self._ask = ask
        self._to_agent = to_agent
        self._stars = StarKeys()
        self._saying = ""
        self._asked: tuple[Right, str] | None = None

    def saying(self, text: str) -> None:
        """A fixed sentence of ours is being said, which a bad line may bring back as an echo."""
        self._saying = text

    def asked(self, right: Right, text: str) -> None:
        """The caller was asked whether they mean a right by their words: what they say next is the answer."""
        self._asked = right, text

    def words(self, text: str) -> Right | str:
        """What the caller said.

        Returns:
            The farthest-reaching of the rights that they demand by it, or that they were asked about. If they demand
            none, the words for whoever listens: these, or those that turned out to be no demand.
        """
        if not text or _is_echo(text, self._saying):
            return text
        demands = [one for one in all_demanded(text, self._language) if one.right not in self._to_agent]
        asked, self._asked = self._asked, None
        if asked and not any(demand.sure for demand in demands):
            return self._answered(*asked, text)
        if not demands:
            return text
        sure = [demand.right for demand in demands if demand.sure]
        for right in sure:
            self._demand(right, Evidence.WORDS)
        if sure:
            return sure[0]
        return demands[0].right if self._ask(demands[0].right, text) else text

    def _answered(self, right: Right, before: str, text: str) -> Right | str:
        answer = read_reply(text, self._language)
        if answer is Answer.YES or (answer is None and right is Right.STOP):
            self._demand(right, Evidence.WORDS)
        if answer is Answer.YES:
            return right
        return before if answer is Answer.NO else text

    def key(self, digit: str) -> Right | bool:
        """A key: the right that it demands, ``True`` if more must come, ``False`` if it is somebody else's."""
        right = self._stars.press(digit)
        if right in self._to_agent:
            return False
        if isinstance(right, Right):
            self._demand(right, Evidence.DIGIT)
        return right


def _is_echo(heard: str, said: str) -> bool:
    """Whether words are those of our own sentence, in its order."""
    ours, theirs = words_of(said), words_of(heard)
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return same > 0 and same >= ECHO_OF_OURS * len(ours) and same >= ECHO_OF_THEIRS * len(theirs)
