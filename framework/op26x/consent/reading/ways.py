"""Ways to say something: phrases with alternatives, followed word by word.

``(i|we) have no (problem|issue) (at all)?`` is written once and stands for each phrase that it can become. A name in
capitals stands for alternatives that several phrases share. Nothing repeats, so there are finitely many phrases, and
each word that is heard leads from the phrases that are still possible to those that remain.
"""

import re
from collections.abc import Callable, Mapping, Sequence

PART = re.compile(r"[()|?]|[^\s()|?]+")
Words = Callable[[str], Sequence[str]]


def is_way(form: str) -> bool:
    """Whether a form has alternatives, and is no phrase as it stands."""
    return form != form.lower() or bool(set(form) & set("(|?"))


class Ways:
    """Ways to say something, each of a kind.

    Args:
        named: Alternatives with a name, for use in ways and in alternatives that are named later.
        words: How a stretch of a way becomes words as they are heard.
    """

    def __init__(self, named: Mapping[str, str], words: Words) -> None:
        self._named = named
        self._words = words
        self._steps: list[dict[str, list[int]]] = []
        self._free: list[list[int]] = []
        self._ends: dict[int, str] = {}
        self._start = self._state()
        self._known: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self._first: frozenset[int] = frozenset()

    def add(self, way: str, kind: str) -> None:
        """Adds one; of two that end alike the first has the say.

        Raises:
            KeyError: A name is not known.
        """
        end = self._state()
        self._ends[end] = kind
        self._between(PART.findall(way), self._start, end)
        self._first = frozenset()

    def longest(self, tokens: Sequence[str], at: int) -> tuple[str, int]:
        """The kind of the longest phrase that begins at a word, and of how many words it is: 0 if there is none."""
        self._first = self._first or self._reached([self._start])
        found, length, states = "", 0, self._first
        for end in range(at, len(tokens)):
            states = self._after(states, tokens[end])
            if not states:
                break
            ending = states & self._ends.keys()
            if ending:
                found, length = self._ends[min(ending)], end + 1 - at
        return found, length

    def _after(self, states: frozenset[int], token: str) -> frozenset[int]:
        """No word is kept that leads nowhere: it could be the caller's own."""
        known = self._known.get((states, token))
        if known is not None:
            return known
        reached = self._reached([to for state in states for to in self._steps[state].get(token, ())])
        if reached:
            self._known[states, token] = reached
        return reached

    def _reached(self, states: list[int]) -> frozenset[int]:
        found, left = set(states), list(states)
        while left:
            for to in self._free[left.pop()]:
                if to not in found:
                    found.add(to)
                    left.append(to)
        return frozenset(found)

    def _state(self) -> int:
        self._steps.append({})
        self._free.append([])
        return len(self._steps) - 1

    def _between(self, parts: list[str], start: int, end: int) -> None:
        """Lays the alternatives between two places."""
        for alternative in _split(parts):
            here = start
            for number, item in enumerate(alternative):
                there = end if number == len(alternative) - 1 else self._state()
                self._lay(item, here, there)
                here = there

    def _lay(self, item: list[str], start: int, end: int) -> None:
        """One part of an alternative: words, or alternatives again; with ``?`` at its end it may be left out."""
        if item[-1] == "?":
            item = item[:-1]
            outside, end = end, self._state()
            self._free[start].append(outside)
            self._free[end].append(outside)
        if item[0] == "(":
            self._between(item[1:-1], start, end)
        elif item[0].isupper():
            self._between(PART.findall(self._named[item[0]]), start, end)
        else:
            words = self._words(item[0])
            for word in words[:-1]:
                there = self._state()
                self._steps[start].setdefault(word, []).append(there)
                start = there
            self._steps[start].setdefault(words[-1], []).append(end)


def _split(parts: list[str]) -> list[list[list[str]]]:
    """Alternatives, each a row of items: a word, a name, or what stands in brackets."""
    alternatives: list[list[list[str]]] = [[]]
    item: list[str] = []
    depth = 0
    for part in parts:
        if part == "|" and depth == 0:
            alternatives.append([])
        elif part == "?" and depth == 0:
            alternatives[-1][-1].append(part)
        else:
            depth += (part == "(") - (part == ")")
            item.append(part)
            if depth == 0:
                alternatives[-1].append(item)
                item = []
    return alternatives
