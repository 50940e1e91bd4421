"""E-mail addresses, payment addresses, URLs that carry credentials and addresses of computers, written and spoken."""

import ipaddress
import re
from collections.abc import Iterator

from stdnum import iban

from op26x.redaction.entities import Entity, Span
from op26x.redaction.names import names
from op26x.redaction.reading import Reading
from op26x.redaction.runs import Run
from op26x.redaction.tokens import Kind, Token
from op26x.redaction.vocabulary import Vocabulary, remarks
from op26x.redaction.word_lists import word_lists

EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")
UPI = re.compile(r"\b[\w.-]{2,}@[a-z]{2,}\b(?!\.\w)")
URL = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]+@[^\s\"'<>)]+|\b(?:[a-z][a-z0-9+.-]*://|www\.)[^\s\"'<>]*?[?&#](?:[\w-]*(?:token|passw(?:or)?d|pwd|secret|key|auth|session|sid|sig|signature|code|credential)[\w-]*)=[^\s\"'<>)]+",
    re.I,
)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}[A-Z0-9]?\b", re.I)
IPV4 = re.compile(
    r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d]|\.\d)(?:/\d{1,2})?(?::\d{2,5})?"
)
IPV6 = re.compile(r"(?<![\w:.])(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:]{3,39}(?![\w:])", re.IGNORECASE)
LISTS = word_lists("contacts")
PROVIDERS = LISTS["providers"]
HANDLES = LISTS["handles"]
SPLIT_HANDLES = frozenset(["ok", "pt", "yes", "axis"])
TOP_LEVELS = LISTS["top_levels"]
JOINED_TO_DOMAIN = frozenset(["-"])
LEAD_INS = LISTS["lead_ins"]
STOPS = LISTS["stops"]
CREDENTIALS = frozenset(["password", "token", "key", "secret", "session", "auth", "code", "pwd", "equals", "at"])
AFTER_URL = frozenset(["and", "but", "it", "is", "so", "that", "which"])
LOCAL_AT_MOST = 14
LONGEST_PART = 12


def contacts(reading: Reading) -> Iterator[Span]:
    """Each e-mail and payment address, URL and computer's address."""
    text = reading.text
    if "@" in text:
        yield from (Span(match.start(), match.end(), Entity.EMAIL) for match in EMAIL.finditer(text))
        yield from (Span(match.start(), match.end(), Entity.UPI) for match in UPI.finditer(text))
    if "://" in text or "www." in text.lower():
        yield from (
            Span(match.start(), len(match.group().rstrip(".,;!?")) + match.start(), Entity.URL)
            for match in URL.finditer(text)
        )
    if "." in text or ":" in text:
        yield from (Span(match.start(), match.end(), Entity.IP_ADDRESS) for match in _computers(text))
    for match in IBAN.finditer(text):
        if (written := _valid_iban(match.group())) is not None:
            yield Span(match.start(), match.start() + written, Entity.IBAN)
    yield from _spoken(reading)
    yield from _spoken_urls(reading)
    yield from _parts(reading)


def _spoken_urls(reading: Reading) -> Iterator[Span]:
    """``h t t p colon slash slash example dot com question mark token equals tiger``: with credentials."""
    tokens, end = reading.tokens, len(reading.tokens)
    for place in range(end - 2):
        slashes = [token.low for token in tokens[place : place + 5] if token.low not in ("forward", "back")]
        if slashes[:3] != ["colon", "slash", "slash"] and slashes[:2] != ["slash", "slash"]:
            continue
        first = place
        while first and (len(tokens[first - 1].low) == 1 or tokens[first - 1].low in ("http", "https", "colon")):
            first -= 1
        after = next((at for at in range(place, end) if tokens[at].text in ",.?!;" or tokens[at].low in AFTER_URL), end)
        said = {token.low for token in tokens[place:after]}
        if said & CREDENTIALS and said & {"equals", "colon", "at"}:
            yield Span(tokens[first].start, tokens[after - 1].end, Entity.URL)
        return


def _parts(reading: Reading) -> Iterator[Span]:
    """A part of an address, where it was asked for and is said in several turns."""
    tokens, words, end = reading.tokens, reading.words, len(reading.tokens)
    if reading.by_agent or not end or Entity.EMAIL not in (*reading.asked, *reading.stale):
        return
    first = 0
    while first < end and tokens[first].low in LEAD_INS and tokens[first].low not in ("at", "@"):
        first += 1
    found = words.at.at(tokens, first, end) if first < end else None
    if found is not None and (domain := _domain_after(tokens, words, found[0])) is not None:
        yield Span(tokens[first].start, tokens[domain[0] - 1].end, Entity.EMAIL)
        return
    rest = tokens[first:]
    said = [token for token in rest if token.kind is not Kind.MARK]
    if reading.asked[:1] == (Entity.EMAIL,) and 0 < len(said) <= LONGEST_PART:
        plain = sum(
            token.kind is Kind.WORD
            and len(token.low) > 1
            and token.low in names().common
            and token.low not in words.digits
            for token in said
        )
        if said and plain <= len(said) // 3 and not any(token.low in names().stop for token in said):
            yield Span(rest[0].start, (rest[-1] if rest[-1].kind is not Kind.MARK else rest[-2]).end, Entity.EMAIL)


def _valid_iban(text: str) -> int | None:
    """The length of the IBAN that a text begins with (ISO 13616)."""
    kept = [at for at, char in enumerate(text) if char.isalnum()]
    for length in range(min(len(kept), 34), 14, -1):
        if iban.is_valid("".join(text[at] for at in kept[:length]), check_country=False):
            return kept[length - 1] + 1
    return None


def _computers(text: str) -> Iterator[re.Match[str]]:
    """Addresses of computers (RFC 791, RFC 4291), but for what is a version."""
    for match in IPV4.finditer(text):
        if not _is_version(text, match.start()):
            yield match
    for match in IPV6.finditer(text):
        try:
            ipaddress.IPv6Address(match.group())
        except ValueError:
            continue
        yield match


def _is_version(text: str, start: int) -> bool:
    before = text[max(0, start - 12) : start].lower().split()
    return bool(before) and before[-1].strip("(:") in ("version", "v", "release", "build", "firmware", "section", "ver")


def _spoken(reading: Reading) -> Iterator[Span]:
    """``j dot smith eighty two at gmail dot com``."""
    tokens, words, end = reading.tokens, reading.words, len(reading.tokens)
    for place, token in enumerate(tokens):
        if (token not in words.at and token.text != "@") or not 0 < place < end - 1:
            continue
        if token.text == "@" and tokens[place - 1].end == token.start and tokens[place + 1].start == token.end:
            continue
        found = words.at.at(tokens, place, end)
        behind_at = found[0] if found is not None else place + 1
        domain = _domain_after(tokens, words, behind_at)
        if domain is None:
            continue
        after, label = domain
        first = _local_before(reading, place, label)
        if first < place:
            yield Span(tokens[first].start, tokens[after - 1].end, label)


def _domain_after(tokens: list[Token], words: Vocabulary, place: int) -> tuple[int, str] | None:
    """The token behind a domain or a payment handle that begins at a place."""
    end = len(tokens)
    if place >= end or tokens[place].kind is Kind.MARK:
        return None
    after = place
    while after < end and after - place < 6:
        dotted = _dot(tokens, words, after)
        if after > place and dotted is not None and dotted < end and tokens[dotted].low in TOP_LEVELS:
            after = dotted + 1
            while (more := _dot(tokens, words, after)) is not None and more < end and tokens[more].low in TOP_LEVELS:
                after = more + 1
            return after, Entity.EMAIL
        if tokens[after].kind is Kind.MARK and tokens[after].low not in JOINED_TO_DOMAIN:
            break
        if tokens[after].low in ("is", "the", "and", "to", "my", "for", "your"):
            break
        after += 1
    low = tokens[place].low
    if low in HANDLES:
        return place + 1, Entity.UPI
    if low in SPLIT_HANDLES and place + 1 < end and tokens[place + 1].low in HANDLES:
        return place + 2, Entity.UPI
    if low in PROVIDERS and low not in ("me", "live", "free", "sky", "mail", "web", "orange", "mac"):
        return place + 1, Entity.EMAIL
    if low == "g" and place + 1 < end and tokens[place + 1].low == "mail":
        return place + 2, Entity.EMAIL
    return None


def _dot(tokens: list[Token], words: Vocabulary, place: int) -> int | None:
    if place >= len(tokens):
        return None
    if tokens[place].text == ".":
        close = place + 1 < len(tokens) and tokens[place + 1].start == tokens[place].end
        return place + 1 if close else None
    found = words.mail_words.at(tokens, place, len(tokens))
    return found[0] if found is not None and found[1] == "." else None


def _local_before(reading: Reading, at: int, label: str) -> int:
    """Where the part before the ``at`` begins."""
    tokens, words = reading.tokens, reading.words
    cue = reading.cue_before(at)
    cued = cue is not None and cue.topic in (Entity.EMAIL, Entity.UPI) and at - cue.after <= LOCAL_AT_MOST + 12
    expected = cued or label in reading.asked or Entity.EMAIL in reading.asked
    least = cue.after if cued and cue is not None else 0
    runs = {place: run for run in reading.runs for place in range(run.first + 1, run.after + 1)}
    first, sure = at, True
    while first > least:
        before, belongs, sure = tokens[first - 1], sure, False
        if (start := _before_phrase(words, tokens, first, least)) is not None:
            first, sure = start, True
        elif (run := runs.get(first)) is not None and before.low not in STOPS:
            first, sure = max(run.first, least), belongs
        elif before.kind is Kind.MARK:
            if not (before.text in "._-+" and before.end == tokens[first].start) and not (
                expected and before.text in ",-." and first - 1 > least and (_belongs(reading, first - 2, runs))
            ):
                break
            first -= 1
        elif belongs or (tokens[first].text in "._-+" and tokens[first].start == before.end):
            if first < at and (before.low in STOPS or before.low in LEAD_INS):
                break
            first -= 1
        elif (
            expected
            and before.low not in LEAD_INS
            and at - first < LOCAL_AT_MOST
            and _may_be_local(reading, first - 1, least)
        ):
            first -= 1
        else:
            break
    while first < at and tokens[first].kind is Kind.MARK:
        first += 1
    return first


def _may_be_local(reading: Reading, place: int, least: int) -> bool:
    """Whether a word may be part of an address: one that nobody uses otherwise, or one of a few behind ``it is``."""
    if reading.tokens[place].low not in names().common:
        return True
    for at in range(place - 1, max(place - 4, least - 1), -1):
        if reading.low(at) in ("is", "it's", ":", "that's", "to", "be"):
            return True
    return place - least <= 1


def _before_phrase(words: Vocabulary, tokens: list[Token], first: int, least: int) -> int | None:
    """Where a phrase begins that ends before a place and joins what is around it: ``underscore``, ``all one word``."""
    for start in range(max(least, first - 4), first):
        for phrases in (words.mail_words, remarks(), words.skipped):
            if (found := phrases.at(tokens, start, first)) is not None and found[0] == first:
                return start
    return None


def _belongs(reading: Reading, place: int, runs: dict[int, Run]) -> bool:
    return place + 1 in runs or _before_phrase(reading.words, reading.tokens, place + 1, 0) is not None
