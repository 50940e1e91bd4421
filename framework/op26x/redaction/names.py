"""Names: which words are given names and family names, and which of them are ordinary words too.

The lists are those of Faker (88 locales) and of zxcvbn (the United States' census), both maintained; what is ordinary
English is zxcvbn's list of words of films and of Wikipedia. The largest free list of names was taken from leaked
accounts: it is not used.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import faker.providers.person
from faker.providers.person import Provider
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from op26x.redaction.phrases import Phrases
from op26x.redaction.vocabulary import marks
from op26x.redaction.word_lists import word_lists

FREQUENT_IN_WIKIPEDIA = 5000
FREQUENT_IN_FILMS = 7000
SHORTEST = 2


LOREM = {"de": "de_DE", "es": "es_ES", "fr": "fr_FR"}


@dataclass(frozen=True)
class Names:
    """Lists of lower-case words.

    Attributes:
        given: Given names.
        family: Family names.
        english: Given names usual where English is spoken.
        ordinary: Words that are no name in lower case where nothing says so.
        not_persons: Words that are no name alone, in capitals either.
        stop: Words that no name begins with, whatever was asked.
        common: Words of everyday English.
        dictionary: Those and rarer ones.
    """

    given: frozenset[str]
    family: frozenset[str]
    english: frozenset[str]
    ordinary: frozenset[str]
    not_persons: frozenset[str]
    common: frozenset[str]
    dictionary: frozenset[str]
    stop: frozenset[str]
    not_after_weak: frozenset[str]
    place_tails: frozenset[str]
    titles: frozenset[str]
    particles: frozenset[str]
    company_tails: frozenset[str]
    suffixes: frozenset[str]


@cache
def names() -> Names:
    """The lists, loaded once (0.3 s)."""
    listed = word_lists("names")
    english = {*FREQUENCY_LISTS["male_names"], *FREQUENCY_LISTS["female_names"]}
    given, family = set(english), set(FREQUENCY_LISTS["surnames"])
    for module in iter_modules(faker.providers.person.__path__):
        provider = import_module(f"{faker.providers.person.__name__}.{module.name}").Provider
        given |= _words(provider, ("first_names",))
        family |= _words(provider, ("last_names",))
        if module.name in ("en_US", "en_GB", "en_IN", "en_IE", "en_NZ", "de_DE", "es_ES", "fr_FR"):
            english |= _words(provider, ("first_names",))
    everyday = {
        *FREQUENCY_LISTS["us_tv_and_film"][:FREQUENT_IN_FILMS],
        *FREQUENCY_LISTS["english_wikipedia"][:FREQUENT_IN_WIKIPEDIA],
    }
    return Names(
        given=frozenset(given),
        family=frozenset(family),
        english=frozenset(english),
        ordinary=frozenset((everyday | listed["ordinary"] | listed["stop"]) - listed["names_by_themselves"]),
        not_persons=listed["not_persons"],
        common=frozenset(everyday),
        dictionary=frozenset([*FREQUENCY_LISTS["us_tv_and_film"], *FREQUENCY_LISTS["english_wikipedia"], *everyday]),
        stop=listed["stop"],
        not_after_weak=listed["not_after_weak"],
        place_tails=listed["place_tails"],
        titles=listed["titles"],
        particles=listed["particles"],
        company_tails=listed["company_tails"],
        suffixes=listed["suffixes"],
    )


@cache
def ordinary(language: str) -> frozenset[str]:
    """Ordinary words of a language other than English."""
    if language not in LOREM:
        return frozenset()
    provider = import_module(f"faker.providers.lorem.{LOREM[language]}").Provider
    persons = import_module(f"{faker.providers.person.__name__}.{LOREM[language]}").Provider
    return (frozenset(word.lower() for word in provider.word_list) - _words(persons, ("first_names",))) | marks()[
        language
    ]


@cache
def brands() -> Phrases[None]:
    """Companies, products, works and places that are named like persons."""
    found: Phrases[None] = Phrases()
    found.add(word_lists("brands")["brands"], None)
    return found


def is_word(low: str) -> bool:
    """Whether a word, or what it is a form of, is English that people use."""
    known = names().dictionary
    if low in known:
        return True
    for ending in ("'s", "s", "es", "ed", "d", "ing", "er", "ly"):
        if (
            low.endswith(ending)
            and len(low) > len(ending) + 2
            and (low[: -len(ending)] in known or (ending == "ing" and f"{low[:-3]}e" in known))
        ):
            return True
    return False


def _words(provider: type[Provider], beginnings: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    for attribute in dir(provider):
        if attribute.startswith(beginnings):
            listed = getattr(provider, attribute)
            if not isinstance(listed, (tuple, list, dict, set)):
                continue
            found.update(name.lower() for name in listed if isinstance(name, str) and len(name) > SHORTEST)
    return found | {plain(name) for name in found}


def plain(name: str) -> str:
    """A name without accents."""
    if name.isascii():
        return name
    return "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
