"""Number words: ``twenty three``, ``eight hundred``, ``mil novecientos ochenta y dos``, ``quatre-vingt-dix-sept``."""

from collections.abc import Sequence

from op26x.redaction.tokens import Token
from op26x.redaction.vocabulary import Vocabulary


class NumberWords:
    """Reads numbers in the words of one language.

    Args:
        tokens: Of the text.
        words: Of its language.
    """

    def __init__(self, tokens: Sequence[Token], words: Vocabulary) -> None:
        self._tokens = tokens
        self._words = words
        self._end = len(tokens)

    def number_from(self, place: int) -> tuple[str, int] | None:
        """The digits of a number that begins at a place, and the token behind it."""
        words, tokens = self._words, self._tokens
        low = tokens[place].low
        if low in words.thousand and words.joiner:
            return self._behind("1", 3, place + 1)
        if low in words.hundred and words.joiner:
            return self._behind("1", 2, place + 1)
        if (value := words.digits.get(low)) is None:
            if low in words.hundreds:
                return self._behind(words.hundreds[low], 2, place + 1)
            return self._tens(place)
        if (found := self._tens(place)) is not None:
            return found
        following = tokens[place + 1].low if place + 1 < self._end else ""
        if following in words.thousand:
            return self._behind(value, 3, place + 2)
        if following in words.hundred:
            return self._behind(value, 2, place + 2)
        return value, place + 1

    def _behind(self, leading: str, zeros: int, place: int) -> tuple[str, int]:
        """What follows a hundred or a thousand and belongs to it: ``two thousand and four``, ``mil ochenta``."""
        words, tokens = self._words, self._tokens
        start = place
        joined = place < self._end and tokens[place].low in ("and", "et", "y", "und")
        place += joined
        if place >= self._end:
            return leading + "0" * zeros, start
        low = tokens[place].low
        following = tokens[place + 1].low if place + 1 < self._end else ""
        if zeros == 3 and low in words.hundreds:
            rest, place = self._behind(words.hundreds[low], 2, place + 1)
        elif zeros == 3 and following in words.hundred and low in words.digits:
            rest, place = self._behind(words.digits[low], 2, place + 2)
        elif zeros == 3 and low in words.hundred and words.joiner:
            rest, place = self._behind("1", 2, place + 1)
        elif (found := self._tens(place)) is not None:
            rest, place = found
        elif ((joined or words.joiner or zeros == 3) and (value := words.digits.get(low, "0")) != "0") or len(
            value := words.digits.get(low, "")
        ) == 2:
            rest, place = value, place + 1
        else:
            return leading + "0" * zeros, start
        return leading + rest.zfill(zeros), place

    def _tens(self, place: int) -> tuple[str, int] | None:
        """Twenty to ninety-nine, where it takes several words."""
        words, tokens = self._words, self._tokens
        low = tokens[place].low
        french = words.joiner == "et"
        after = self._past_hyphen(place + 1)
        following = tokens[after].low if after < self._end else ""
        ten = words.tens.get(low)
        if french and low == "quatre" and following in ("vingt", "vingts"):
            ten, place = "8", after
            after = self._past_hyphen(after + 1)
            following = tokens[after].low if after < self._end else ""
        if french and low == "dix" and words.digits.get(following, "") in ("7", "8", "9"):
            return "1" + words.digits[following], after + 1
        if ten is None:
            return None
        if words.joiner and following == words.joiner:
            after = self._past_hyphen(after + 1)
            following = tokens[after].low if after < self._end else ""
        unit = words.digits.get(following, "")
        if len(unit) == 1 and unit != "0":
            return ten + unit, after + 1
        if french and ten in "68" and len(unit) == 2:
            more = self._tens(after)
            teen, after = more if more is not None else (unit, after + 1)
            return str(int(ten) * 10 + int(teen)), after
        return ten + "0", place + 1

    def _past_hyphen(self, place: int) -> int:
        return place + 1 if place < self._end and self._tokens[place].low == "-" else place
