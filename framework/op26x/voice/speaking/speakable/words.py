"""Abbreviations, web and e-mail addresses, and signs in words."""

import re

from op26x.voice.speaking.speakable.numbers import Numbers
from op26x.voice.speaking.speakable.rules import Rules, either

EMAIL = re.compile(r"(?:mailto:)?(?<![\w.+-])([\w.+-]+@[\w-]+(?:\.[\w-]+)+)", re.ASCII)
URL = re.compile(r"(?<![\w@.])(?:https?://|www\.)([^\s<>\"')\]]*[\w/])", re.I)
DOMAIN = re.compile(
    r"(?<![\w@.])((?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+(?:com|org|net|io|ai|app|dev|info|eu|de|es|fr|in|uk|us|ch|at|gov|edu))"
    r"(/[\w/-]*)?(?![\w@-]|\.\w)",
    re.I | re.ASCII,
)
MAYBE_ADDRESS = re.compile(r"\w[.@]\w|://", re.ASCII)
POWER = re.compile(r"(?<=\d)\^(?=\d)")
LIMIT = re.compile(r"(?<!\S)[<>](?=\d)")
ABOUT = re.compile(r"(?<![\w~])~ ?(?=\d)")
LEFT_OVER = re.compile(r"\*{2,}|(?<!\w)#(?=[^\W\d])")
LONGEST_PATH = 24
"""A longer path of an address is left out: nobody notes it down from hearing."""


class Words:
    """Abbreviations and signs of a language.

    Args:
        rules: The language's.
        numbers: Say the digits of addresses.
    """

    def __init__(self, rules: Rules, numbers: Numbers) -> None:
        self._rules = rules
        self._numbers = numbers
        self._anywhere = _capitals_too(rules.abbreviations)
        self._number_behind = _capitals_too(rules.before_number)
        self._abbreviation = _matcher(self._anywhere, "")
        self._before_number = _matcher(self._number_behind, r"(?=\s?\d)")
        self._before_name = _matcher(rules.before_name, r"(?=\s[^\W\d_])")
        self._after_name = _matcher(rules.after_name, "")
        self._ending = re.compile(rf"(?<=[^\W\d_])({either(rules.endings)})(?!\w)")
        self._either = re.compile(r"(?<=[^\s\d.,:/])\s?/\s?(?=[^\W\d_])")
        self._star_before = re.compile(r"(?<![\w*])\*(?=\d)")
        self._star = re.compile(r"(?<=\s)\*(?=\s|[.,!?]|$)")
        self._number_sign = re.compile(r"(?<![\w#])#(?=\d)")
        self._compared = re.compile(r"(?<=\w)\s([<>])\s(?=\w)")
        self._symbol = re.compile(either(rules.symbols))

    def addresses(self, text: str) -> str:
        """Web and e-mail addresses; the scheme and long paths are left out."""
        if not MAYBE_ADDRESS.search(text):
            return text
        text = EMAIL.sub(lambda m: self._said_address(m[1]), text)
        text = URL.sub(lambda m: self._said_url(m[1]), text)
        return DOMAIN.sub(lambda m: self._said_url(m.group()), text)

    def abbreviations(self, text: str) -> str:
        """Abbreviations; one that ends the text keeps its point as the sentence's."""
        text = self._abbreviation.sub(lambda m: _expanded(m, self._anywhere), text)
        text = self._before_number.sub(lambda m: _expanded(m, self._number_behind), text)
        text = self._ending.sub(lambda m: self._rules.endings[m[1]], text)
        text = self._after_name.sub(self._behind_a_name, text)
        return self._before_name.sub(self._before_a_name, text)

    def number_signs(self, text: str) -> str:
        """The key star and other signs before a number."""
        text = self._star_before.sub(f"{self._rules.symbols['*']} ", text)
        text = self._number_sign.sub(f"{self._rules.number} ", text)
        text = POWER.sub(f" {self._rules.symbols['^']} ", text)
        text = LIMIT.sub(lambda m: f"{self._rules.symbols[m.group()]} ", text)
        return ABOUT.sub(f"{self._rules.symbols['≈']} ", text)

    def keys(self, text: str) -> str:
        """The key star where it stands alone; what is left of emphasis, and the sign of a hashtag, goes."""
        return self._star.sub(f" {self._rules.symbols['*']} ", LEFT_OVER.sub("", text)).replace("*", " ")

    def symbols(self, text: str) -> str:
        """Every sign that has a word."""
        text = self._either.sub(f" {self._rules.either} ", text)
        text = self._compared.sub(lambda m: f" {self._rules.symbols[m[1]]} ", text)
        return self._symbol.sub(lambda m: f" {self._rules.symbols[m.group()]} ", text)

    def _behind_a_name(self, match: re.Match[str]) -> str:
        before = re.search(r"\b(\w)\w*\s$", match.string[: match.start()])
        is_name = before and (before[1].isupper() or before[1].isdecimal())
        if not is_name or _name_follows(match):
            return match.group()
        return _expanded(match, self._rules.after_name)

    def _before_a_name(self, match: re.Match[str]) -> str:
        return _expanded(match, self._rules.before_name) if _name_follows(match) else match.group()

    def _said_url(self, url: str) -> str:
        host, _, path = re.split(r"[?#]", url, maxsplit=1)[0].rstrip("/").partition("/")
        host = host.lower().removeprefix("www.")
        return self._said_address(f"{host}/{path}" if path and len(path) <= LONGEST_PATH else host)

    def _said_address(self, address: str) -> str:
        said = []
        for part in re.findall(r"[^\W\d_]+|\d+|_|[^\w]", address):
            if part.isdecimal():
                said.append(self._numbers.digits(part))
            else:
                said.append(self._rules.address.get(part, part))
        return " ".join(said)


def _capitals_too(words: dict[str, str]) -> dict[str, str]:
    capitals = {key[0].upper() + key[1:]: said[0].upper() + said[1:] for key, said in words.items()}
    return {**capitals, **words}


def _matcher(words: dict[str, str], lookahead: str) -> re.Pattern[str]:
    keys = [re.escape(key).replace(r"\ ", r"\s?") for key in sorted(words, key=len, reverse=True)]
    return re.compile(rf"(?<![\w.&@])({'|'.join(keys) or '(?!)'})(?!\w|\.\w){lookahead}")


def _expanded(match: re.Match[str], words: dict[str, str]) -> str:
    said = words.get(match[1]) or next(words[key] for key in words if _squeezed(key) == _squeezed(match[1]))
    ends_the_text = match[1].endswith(".") and not match.string[match.end() :].strip()
    return said + "." if ends_the_text else said


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def _name_follows(match: re.Match[str]) -> bool:
    return bool(re.match(r"\s[^\W\d_a-z]", match.string[match.end() :]))
