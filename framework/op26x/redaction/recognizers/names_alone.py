"""Names that nothing introduces: told by lists, and by capitals where the text has them."""

from op26x.redaction.names import is_word
from op26x.redaction.recognizers.name_reader import ABBREVIATION, LONGEST, NameReader, Trust
from op26x.redaction.tokens import Kind, Token
from op26x.redaction.vocabulary import units
from op26x.redaction.word_lists import word_lists

LISTS = word_lists("introductions")
BEFORE_THINGS = LISTS["before_things"]
"""What stands before products and towns, and before no person's name."""
BEFORE_PLACES = LISTS["before_places"]
NO_NAME = ("ing", "ed", "ly")
SHORTEST = 3
SAINTS = ("st", "saint")

Name = tuple[int, int]
"""The first token of a name, and the one behind its last."""


def alone(reader: NameReader, place: int) -> Name | None:
    """A name that begins at a place, though nothing introduces it."""
    return _capitalised(reader, place) if reader.by_case else _lower(reader, place)


def _capitalised(reader: NameReader, place: int) -> Name | None:
    token = reader.tokens[place]
    if not token.is_capitalised or (len(token.stem) <= ABBREVIATION and token.text.isupper()):
        return None if not reader.is_initial(place, opens=True) else _with_initials(reader, place)
    if (last_first := _last_first(reader, place)) is not None:
        return last_first
    following = reader.tokens[place + 1] if place + 1 < reader.end else None
    second = following is not None and following.kind is Kind.WORD and following.is_capitalised
    given = reader.is_given(token)
    if (after := _joined(reader, place)) is not None:
        return place, after
    if given and second and (after := reader.name_from(place)) is not None and after - place > 1:
        return place, after
    if given and _stands_alone(reader, place):
        return place, reader.name_from(place) or place + 1
    if second and following is not None and reader.english and _is_pair(reader, place, following):
        after = reader.name_from(place, Trust.WEAK) or reader.name_from(place + 1, Trust.WEAK) or place + 2
        return (place, after) if after - place > 1 else None
    return None


def _joined(reader: NameReader, place: int) -> int | None:
    """The token behind a name that a particle or a hyphen joins: ``Pieter van der Velde``, ``Jean-Baptiste``."""
    token, behind = reader.tokens[place], reader.reading.low(place + 1)
    given = reader.is_given(token)
    if behind == "-":
        joined = given and place + 2 < reader.end and reader.is_given(reader.tokens[place + 2])
    else:
        foreign = reader.english and not is_word(token.stem) and token.stem not in reader.lists.not_persons
        joined = behind in reader.lists.particles and (given or foreign)
    after = reader.name_from(place, Trust.STRONG if behind == "-" else Trust.WEAK) if joined else None
    return None if after is None or after - place == 1 else after


def _with_initials(reader: NameReader, place: int) -> Name | None:
    """``J. R. Halloway``, ``E. van den Heuvel``: a list has the rest, or a particle tells it."""
    after = reader.name_from(place)
    if after is None:
        return None
    told = any(reader.is_listed(token) or token.low in reader.lists.particles for token in reader.tokens[place:after])
    return (place, after) if told else None


def _last_first(reader: NameReader, place: int) -> Name | None:
    """``Okafor, Daniel``."""
    token = reader.tokens[place]
    if reader.is_given(token) or token.stem not in reader.lists.family or reader.reading.low(place + 1) != ",":
        return None
    given = reader.tokens[place + 2] if place + 2 < reader.end else None
    if given is None or not given.is_capitalised or not reader.is_given(given):
        return None
    after = reader.name_from(place + 2)
    return None if after is None else (place, after)


def _stands_alone(reader: NameReader, place: int) -> bool:
    """Whether a given name is a person's though nothing but a capital tells so."""
    low, lists = reader.tokens[place].stem, reader.lists
    if low in lists.not_persons or not (reader.english or low in lists.english):
        return False
    if low in lists.ordinary and reader.opens_sentence(place):
        return False
    return not reader.is_company(place, place + 1) and not _is_thing(reader, place)


def _is_thing(reader: NameReader, place: int) -> bool:
    """Whether a name is a place's or a product's: ``in Victoria``, ``the Jasper``, ``St. Thomas``."""
    before, behind = reader.reading.low(place - 1), reader.reading.low(place + 1)
    if before in SAINTS or (before == "." and reader.reading.low(place - 2) in SAINTS):
        return True
    if behind in reader.lists.place_tails or before in BEFORE_THINGS:
        return True
    low = reader.tokens[place].low
    return before in BEFORE_PLACES and not (low in reader.lists.english and low not in reader.lists.family)


def _is_pair(reader: NameReader, place: int, following: Token) -> bool:
    """Whether two capitalised words are a name: one of them is on a list, and neither is an ordinary word."""
    lists, token = reader.lists, reader.tokens[place]
    low, second = token.stem, following.stem
    if any(
        word in lists.ordinary or word in lists.not_persons or word in lists.company_tails for word in (low, second)
    ):
        return False
    if second in lists.place_tails:
        return False
    company = reader.is_company(place, place + 2)
    if not is_word(low) and not is_word(second) and not company:
        return min(len(low), len(second)) >= SHORTEST and not (following.text.isupper() or token.text.isupper())
    if reader.is_listed(token):
        return reader.is_listed(following) or not company
    return reader.is_given(following) and not reader.opens_sentence(place)


def _lower(reader: NameReader, place: int) -> Name | None:
    token, lists = reader.tokens[place], reader.lists
    low = token.stem
    if not reader.is_given(token):
        return _unknown_pair(reader, place)
    if _is_full(reader, place):
        return place, max(reader.name_from(place + 1) or 0, place + 2)
    if low in lists.ordinary or low in lists.not_persons or len(low) < SHORTEST or is_word(low):
        return None
    after = reader.name_from(place)
    if after is None or after - place > 1:
        return None if after is None else (place, after)
    if low not in lists.english:
        return None
    family = reader.english and after < reader.end and _is_unknown(reader, after)
    return place, after + (family and len(reader.tokens[after].low) > SHORTEST)


def _unknown_pair(reader: NameReader, place: int) -> Name | None:
    """Two words, one after another, that are not English: a name, where nothing is capitalised."""
    if not reader.english or place + 1 >= reader.end:
        return None
    after = place
    while after < reader.end and after - place < LONGEST and _is_unknown(reader, after):
        after += 1
    return (place, after) if after - place > 1 else None


def _is_unknown(reader: NameReader, place: int) -> bool:
    """Whether a word is neither English nor anything that is said in numbers."""
    token, words, lists = reader.tokens[place], reader.reading.words, reader.lists
    low = token.stem
    if token.kind is not Kind.WORD or len(low) < SHORTEST or place in reader.reading.named or token in words.skipped:
        return False
    numbers = (words.digits, words.tens, words.months, words.ordinals, words.letters, units())
    if any(low in listed for listed in numbers) or low.endswith(NO_NAME):
        return False
    return not (low in lists.ordinary or low in lists.company_tails or low in lists.not_persons or is_word(low))


def _is_full(reader: NameReader, place: int) -> bool:
    """Whether a given name, though a word too, is followed by a family name that is none: ``mark dunmore``."""
    lists, words = reader.lists, reader.reading.words
    if place + 1 >= reader.end or place + 1 in reader.reading.named:
        return False
    low, second = reader.tokens[place].stem, reader.tokens[place + 1].stem
    unknown = low in lists.english and len(second) > SHORTEST and reader.english and _is_unknown(reader, place + 1)
    if not unknown and (second not in lists.family or second in lists.common):
        return False
    if second in lists.not_persons or len(second) < SHORTEST:
        return False
    if second in words.digits or second in words.months or low in lists.stop:
        return False
    return low not in lists.not_persons or second not in lists.ordinary
