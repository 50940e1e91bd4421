"""Valid personal values, drawn from a seeded `random.Random` for a region.

`draw(label, rng, region)` returns a `Value`: its natural groups (`parts`), what the written form puts between them
(`joiner`) and its `form`, which says how it can be spoken.
"""

import random
import re
import string
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import phonenumbers

from . import names

REGIONS = ("us", "uk", "in", "de", "es", "fr", "hi")
COUNTRY = {"us": "US", "uk": "GB", "in": "IN", "hi": "IN", "de": "DE", "es": "ES", "fr": "FR"}


@dataclass(frozen=True)
class Value:
    """One value.

    Forms and their parts: `digits` and `code` (groups), `tokens` (words, numbers and symbols in order), `person`
    (given, maybe middle, family), `address` (number, street, unit, town, region), `date` (year, month, day),
    `expiry` (month, year), `number` (one integer).
    """

    label: str
    parts: tuple[str, ...]
    joiner: str = ""
    form: str = "code"
    region: str = "us"

    @property
    def text(self) -> str:
        """The compact written form with its usual separators."""
        return self.joiner.join(self.parts)

    def having(self, *parts: str) -> Self:
        """The same kind of value with other parts."""
        return replace(self, parts=tuple(parts))


def luhn_digit(body: str) -> str:
    """The Luhn check digit that completes `body`."""
    total = 0
    for place, char in enumerate(reversed(body)):
        doubled = int(char) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


_VERHOEFF_MULTIPLY = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_VERHOEFF_PERMUTE = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip
_VERHOEFF_INVERSE = "0432156789"


def verhoeff_digit(body: str) -> str:
    """The Verhoeff check digit that completes `body`."""
    check = 0
    for place, char in enumerate(reversed(body), start=1):
        check = int(_VERHOEFF_MULTIPLY[check][int(_VERHOEFF_PERMUTE[place % 8][int(char)])])
    return _VERHOEFF_INVERSE[check]


def _to_number(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text))


def iban_check(country: str, bban: str) -> str:
    """The two IBAN check digits for `country` and `bban`."""
    return f"{98 - _to_number(bban + country + '00') % 97:02d}"


def gstin_digit(body: str) -> str:
    """The check character of the first 14 characters of a GSTIN."""
    alphabet = string.digits + string.ascii_uppercase
    total = 0
    for place, char in enumerate(body):
        product = alphabet.index(char) * (1 + place % 2)
        total += product // 36 + product % 36
    return alphabet[-total % 36]


def digits(rng: random.Random, count: int) -> str:
    """`count` random digits."""
    return "".join(rng.choice(string.digits) for _ in range(count))


def letters(rng: random.Random, count: int, alphabet: str = string.ascii_uppercase) -> str:
    """`count` random letters of `alphabet`."""
    return "".join(rng.choice(alphabet) for _ in range(count))


def grouped(text: str, *sizes: int) -> tuple[str, ...]:
    """`text` cut into groups of the given sizes; the last size repeats until the text is used up."""
    groups, at = [], 0
    remaining = list(sizes)
    while at < len(text):
        size = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        groups.append(text[at : at + size])
        at += size
    return tuple(groups)


_FOLDED = str.maketrans("øØłıđ", "oOlid", "") | str.maketrans({"ß": "ss", "Þ": "Th"})


def ascii_fold(text: str) -> str:
    """Lower-case ASCII letters and digits of `text`: "Müller" is "muller"."""
    folded = text.translate(_FOLDED)
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", plain)


def _issuer(rng: random.Random) -> tuple[str, int]:
    choices: tuple[Callable[[], tuple[str, int]], ...] = (
        lambda: ("4", rng.choices((16, 13, 19), (8, 1, 1))[0]),
        lambda: (str(rng.randint(51, 55)), 16),
        lambda: (str(rng.randint(2221, 2720)), 16),
        lambda: (rng.choice(("34", "37")), 15),
        lambda: (rng.choice(("6011", "65", str(rng.randint(644, 649)))), 16),
        lambda: (rng.choice(("36", "38", str(rng.randint(300, 305)))), 14),
        lambda: (str(rng.randint(3528, 3589)), 16),
        lambda: ("62", rng.choice((16, 16, 17, 18, 19))),
        lambda: (rng.choice(("5018", "5020", "5038", "6304", "6759", "6761", "6763")), rng.randint(12, 19)),
        lambda: (rng.choice(("60", "6521", "6522", "508")), 16),
    )
    return rng.choices(choices, (5, 3, 1, 3, 1, 1, 1, 1, 1, 1))[0]()


def card(rng: random.Random, region: str) -> Value:
    """A card number of 12 to 19 digits with a valid Luhn digit."""
    prefix, length = _issuer(rng)
    body = prefix + digits(rng, length - len(prefix) - 1)
    number = body + luhn_digit(body)
    sizes = {15: (4, 6, 5), 14: (4, 6, 4)}.get(length, (4, 4, 4, 4))
    return Value("CARD", grouped(number, *sizes), " ", "digits", region)


def cvv(rng: random.Random, region: str) -> Value:
    """A card security code of 3 or 4 digits."""
    return Value("CVV", (digits(rng, rng.choice((3, 3, 3, 4))),), "", "digits", region)


def card_expiry(rng: random.Random, region: str) -> Value:
    """A card expiry: parts `(month, four-digit year)`."""
    return Value("CARD_EXPIRY", (f"{rng.randint(1, 12):02d}", str(rng.randint(2024, 2033))), "/", "expiry", region)


def bank_account(rng: random.Random, region: str) -> Value:
    """A national account number."""
    length = {
        "us": rng.randint(8, 12), "uk": 8, "in": rng.choice((11, 12, 14, 15, 16)), "de": rng.choice((7, 8, 10, 10)),
        "es": 10, "fr": 11, "hi": rng.choice((11, 12, 14, 16)),
    }[region]  # fmt: skip
    return Value("BANK_ACCOUNT", grouped(digits(rng, length), rng.choice((3, 4, 4))), "", "digits", region)


def sort_code(rng: random.Random, region: str) -> Value:
    """A six-digit UK sort code."""
    return Value("SORT_CODE", grouped(rng.choice("01234568") + digits(rng, 5), 2), "-", "digits", region)


def routing_number(rng: random.Random, region: str) -> Value:
    """A nine-digit ABA routing number with a valid checksum."""
    body = f"{rng.choice((*range(1, 13), *range(21, 33))):02d}" + digits(rng, 6)
    total = sum(int(char) * weight for char, weight in zip(body, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return Value("ROUTING_NUMBER", grouped(body + str(-total % 10), 3), "", "digits", region)


def _spanish_bban(rng: random.Random) -> str:
    bank, account = rng.choice(("0049", "0075", "0081", "2100", "0182")) + digits(rng, 4), digits(rng, 10)

    def check(text: str) -> str:
        rest = 11 - sum(int(char) * (1 << place) % 11 for place, char in enumerate(text)) % 11
        return str({10: 1, 11: 0}.get(rest, rest))

    return bank + check("00" + bank) + check(account) + account


def _french_bban(rng: random.Random) -> str:
    bank, branch, account = digits(rng, 5), digits(rng, 5), digits(rng, 11)
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return f"{bank}{branch}{account}{key:02d}"


def _bban(rng: random.Random, country: str) -> str:
    banks = ("BARC", "NWBK", "LOYD", "HBUK")
    return {
        "GB": lambda: rng.choice(banks) + digits(rng, 14),
        "DE": lambda: digits(rng, 18),
        "ES": lambda: _spanish_bban(rng),
        "FR": lambda: _french_bban(rng),
        "NL": lambda: rng.choice(("ABNA", "INGB", "RABO")) + digits(rng, 10),
        "IE": lambda: rng.choice(("AIBK", "BOFI")) + digits(rng, 14),
        "AT": lambda: digits(rng, 16),
        "CH": lambda: digits(rng, 17),
    }[country]()


def iban(rng: random.Random, region: str) -> Value:
    """An IBAN with valid check digits (and valid national ones for Spain and France)."""
    home = {"uk": "GB", "de": "DE", "es": "ES", "fr": "FR"}.get(region)
    country = home if home and rng.random() < 0.75 else rng.choice(("GB", "DE", "ES", "FR", "NL", "IE", "AT", "CH"))
    bban = _bban(rng, country)
    return Value("IBAN", grouped(country + iban_check(country, bban) + bban, 4), " ", "code", region)


def ssn(rng: random.Random, region: str) -> Value:
    """A US social security number in an issued range."""
    area = rng.choice([number for number in range(1, 900) if number != 666])
    parts = (f"{area:03d}", f"{rng.randint(1, 99):02d}", f"{rng.randint(1, 9999):04d}")
    return Value("SSN", parts, "-", "digits", region)


def itin(rng: random.Random, region: str) -> Value:
    """A US individual taxpayer number."""
    group = rng.choice((*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)))
    return Value("ITIN", ("9" + digits(rng, 2), str(group), digits(rng, 4)), "-", "digits", region)


def nhs_number(rng: random.Random, region: str) -> Value:
    """A ten-digit NHS number with a valid check digit."""
    while True:
        body = rng.choice("4679") + digits(rng, 8)
        check = 11 - sum(int(char) * (10 - place) for place, char in enumerate(body)) % 11
        if check != 10:
            return Value("NHS_NUMBER", grouped(body + str(check % 11), 3, 3, 4), " ", "digits", region)


def ni_number(rng: random.Random, region: str) -> Value:
    """A UK national insurance number with an allocated prefix."""
    while True:
        prefix = rng.choice("ABCEGHJKLMNOPRSTWXYZ") + rng.choice("ABCEGHJKLMNPRSTWXYZ")
        if prefix not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ") and prefix[0] != "O":
            break
    return Value("NI_NUMBER", (prefix, *grouped(digits(rng, 6), 2), rng.choice("ABCD")), " ", "code", region)


def aadhaar(rng: random.Random, region: str) -> Value:
    """A twelve-digit Aadhaar number with a valid Verhoeff digit."""
    body = rng.choice("23456789") + digits(rng, 10)
    return Value("AADHAAR", grouped(body + verhoeff_digit(body), 4), " ", "digits", region)


def _pan_text(rng: random.Random) -> str:
    number = f"{rng.randint(1, 9999):04d}"
    return letters(rng, 3) + rng.choice("PPPPCHF") + letters(rng, 1) + number + letters(rng, 1)


def pan(rng: random.Random, region: str) -> Value:
    """An Indian permanent account number."""
    return Value("PAN", grouped(_pan_text(rng), 5, 4, 1), "", "code", region)


def gstin(rng: random.Random, region: str) -> Value:
    """An Indian GST number with a valid check character."""
    body = f"{rng.choice((*range(1, 25), 27, 29, 30, 32, 33, 36, 37)):02d}{_pan_text(rng)}{rng.randint(1, 9)}Z"
    return Value("GSTIN", grouped(body + gstin_digit(body), 2, 5, 4, 1, 3), "", "code", region)


def upi(rng: random.Random, region: str) -> Value:
    """A UPI address as tokens: `("rahul", ".", "sharma", "@", "okicici")`."""
    handle = rng.choice(("okicici", "oksbi", "okaxis", "okhdfcbank", "ybl", "paytm", "upi", "ibl", "axl", "apl"))
    mobile = (rng.choice("6789") + digits(rng, 9),)
    local = mobile if rng.random() < 0.3 else _mail_local(rng, person(rng, "in"))
    return Value("UPI", (*local, "@", handle), "", "tokens", region)


def ifsc(rng: random.Random, region: str) -> Value:
    """An Indian bank branch code: four letters, a zero and six characters."""
    bank = rng.choice(("SBIN", "HDFC", "ICIC", "UTIB", "PUNB", "KKBK", "BARB", "CNRB", "YESB", "IDIB"))
    return Value("IFSC", (bank, "0" + digits(rng, 2), digits(rng, 4)), "", "code", region)


def _german_document(rng: random.Random) -> str:
    alphabet = "CFGHJKLMNPRTVWXYZ"
    body = rng.choice("CFGHJK") + "".join(rng.choice(alphabet + string.digits) for _ in range(8))
    total = sum(int(char, 36) * (7, 3, 1)[place % 3] for place, char in enumerate(body))
    return body + str(total % 10)


def passport(rng: random.Random, region: str) -> Value:
    """A passport number in the form the region issues."""
    makers: dict[str, Callable[[], tuple[str, ...]]] = {
        "us": lambda: grouped(rng.choice((digits(rng, 9), letters(rng, 1) + digits(rng, 8))), 3),
        "uk": lambda: grouped(digits(rng, 9), 3),
        "in": lambda: grouped(letters(rng, 1, "ABCDEFGHJKLMNPRSTUVWYZ") + digits(rng, 7), 1, 7),
        "de": lambda: grouped(_german_document(rng)[:9], 3),
        "es": lambda: (letters(rng, 3), digits(rng, 6)),
        "fr": lambda: (digits(rng, 2), letters(rng, 2), digits(rng, 5)),
    }
    return Value("PASSPORT", makers[_country(region)](), "", "code", region)


def _country(region: str) -> str:
    return "in" if region == "hi" else region


def _us_licence(rng: random.Random) -> tuple[str, ...]:
    kind = rng.randrange(7)
    if kind == 0:
        return (letters(rng, 1), digits(rng, 7))
    if kind == 1:
        return (letters(rng, 1), *grouped(digits(rng, 12), 3, 3, 2, 3, 1))
    if kind == 2:
        return grouped(digits(rng, rng.choice((7, 8, 9))), 3)
    if kind == 3:
        return (letters(rng, 1), *grouped(digits(rng, 11), 3, 4, 4))
    if kind == 4:
        return (letters(rng, 1), *grouped(digits(rng, 14), 4, 5, 5))
    if kind == 5:
        return (letters(rng, 2), digits(rng, 6), letters(rng, 1))
    return ("WDL", *grouped(letters(rng, 4, string.ascii_uppercase + string.digits) + digits(rng, 5), 3))


def _uk_licence(rng: random.Random) -> tuple[str, ...]:
    family = ascii_fold(person(rng, "uk").parts[-1]).upper()[:5].ljust(5, "9")
    month = rng.randint(1, 12) + rng.choice((0, 50))
    birth = f"{rng.randint(0, 9)}{month:02d}{rng.randint(1, 28):02d}{rng.randint(0, 9)}"
    return (family, birth, letters(rng, 1) + rng.choice(("9", letters(rng, 1))), rng.choice("29") + letters(rng, 2))


def _spanish_dni(rng: random.Random) -> tuple[str, ...]:
    number = digits(rng, 8)
    return (number, "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23])


def driving_licence(rng: random.Random, region: str) -> Value:
    """A driving licence number; US ones vary by state."""
    makers: dict[str, Callable[[], tuple[str, ...]]] = {
        "us": lambda: _us_licence(rng),
        "uk": lambda: _uk_licence(rng),
        "in": lambda: (
            rng.choice(("MH", "DL", "KA", "TN", "UP", "GJ", "RJ", "WB")) + f"{rng.randint(1, 50):02d}",
            str(rng.randint(1985, 2024)),
            digits(rng, 7),
        ),
        "de": lambda: grouped((letters(rng, 1) + digits(rng, 3) + letters(rng, 3) + digits(rng, 4)), 4, 3, 4),
        "es": lambda: _spanish_dni(rng),
        "fr": lambda: grouped(digits(rng, 12), 2, 2, 2, 6),
    }
    return Value("DRIVING_LICENCE", makers[_country(region)](), "", "code", region)


def _us_plate(rng: random.Random) -> tuple[str, ...]:
    return rng.choice(
        (
            (letters(rng, 3), digits(rng, 4)),
            (digits(rng, 1) + letters(rng, 3), digits(rng, 3)),
            (digits(rng, 3), letters(rng, 3)),
            (letters(rng, 2), digits(rng, 5)),
        )
    )


def _uk_plate(rng: random.Random) -> tuple[str, ...]:
    alphabet = "ABCDEFGHJKLMNOPRSTUVWXYZ"
    age = rng.choice((*range(2, 26), *range(51, 76)))
    modern = (letters(rng, 2, "ABCDEFGHKLMNOPRSVWY") + f"{age:02d}", letters(rng, 3, alphabet))
    older = (letters(rng, 1, "RSTVWXY") + str(rng.randint(1, 999)), letters(rng, 3, alphabet))
    return modern if rng.random() < 0.85 else older


def vehicle_plate(rng: random.Random, region: str) -> Value:
    """A registration plate of the region."""
    makers: dict[str, Callable[[], tuple[str, ...]]] = {
        "us": lambda: _us_plate(rng),
        "uk": lambda: _uk_plate(rng),
        "in": lambda: (
            rng.choice(("MH", "DL", "KA", "TN", "UP", "GJ", "RJ")),
            f"{rng.randint(1, 50):02d}",
            letters(rng, rng.choice((1, 2, 2)), "ABCDEFGHJKLMNPQRSTUVWXYZ"),
            f"{rng.randint(1, 9999):04d}",
        ),
        "de": lambda: (rng.choice(("M", "B", "K", "HH", "KA", "LEV")), letters(rng, 2), str(rng.randint(1, 9999))),
        "es": lambda: (digits(rng, 4), letters(rng, 3, "BCDFGHJKLMNPRSTVWXYZ")),
        "fr": lambda: (letters(rng, 2), digits(rng, 3), letters(rng, 2)),
    }
    return Value("VEHICLE_PLATE", makers[_country(region)](), "-" if region in ("de", "fr") else " ", "code", region)


def _national_number(rng: random.Random, region: str) -> str:
    mobile = rng.random() < 0.7
    makers: dict[str, Callable[[], str]] = {
        "us": lambda: f"{rng.randint(201, 989)}{rng.choice('23456789')}{digits(rng, 6)}",
        "uk": lambda: (
            f"7{rng.choice('3456789')}{digits(rng, 8)}" if mobile else f"{rng.choice(UK_AREAS)}{digits(rng, 7)}"
        ),
        "in": lambda: (
            f"{rng.choice('6789')}{digits(rng, 9)}" if mobile else f"{rng.choice(('22', '11', '80'))}2{digits(rng, 7)}"
        ),
        "de": lambda: (
            f"{rng.choice(('151', '160', '170', '171', '175', '176', '179'))}{digits(rng, 8)}"
            if mobile
            else f"{rng.choice(('30', '40', '89', '221', '69'))}{rng.choice('23456789')}{digits(rng, 6)}"
        ),
        "es": lambda: f"{rng.choice('67' if mobile else '9')}{digits(rng, 8)}",
        "fr": lambda: f"{rng.choice('67' if mobile else '12345')}{digits(rng, 8)}",
    }
    return makers[_country(region)]()


UK_AREAS = ("207", "208", "161", "121", "113", "117", "131", "141")


def phone(rng: random.Random, region: str) -> Value:
    """A valid national or international phone number; parts are its usual groups, `+44` first if international."""
    country = COUNTRY[region]
    while True:
        number = phonenumbers.parse(_national_number(rng, region), country)
        kind = phonenumbers.number_type(number)
        if phonenumbers.is_valid_number(number) and kind != phonenumbers.PhoneNumberType.TOLL_FREE:
            break
    national = rng.random() < 0.75
    style = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    groups = re.findall(r"\+?\d+", phonenumbers.format_number(number, style))
    if country == "IN" and national and rng.random() < 0.8:
        groups[0] = groups[0].removeprefix("0")
    return Value(
        "PHONE", tuple(groups), rng.choice((" ", " ", "-", ".") if region == "us" else (" ",)), "digits", region
    )


def _mail_local(rng: random.Random, owner: Value) -> tuple[str, ...]:
    given, family = (ascii_fold(part) or "sam" for part in (owner.parts[0], owner.parts[-1]))
    number = rng.choice(
        (str(rng.randint(1, 99)), str(rng.randint(1950, 2006)), digits(rng, 3), f"0{rng.randint(1, 9)}")
    )
    separator = rng.choice((".", ".", "_", "-"))
    shapes: tuple[tuple[str, ...], ...] = (
        (given, separator, family),
        (given, family),
        (given, separator, family, number),
        (given, family, number),
        (given[0], separator, family),
        (given[0], family),
        (given, number),
        (family, separator, given),
        (given, separator, family[0], number),
        (rng.choice(names.MAIL_WORDS), given, number),
        (rng.choice(names.MAIL_WORDS), separator, family),
        (given, "_", family, "_", number),
    )
    return rng.choices(shapes, (5, 3, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1))[0]


def _domain_tokens(domain: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9]+|[.\-]", domain))


def email(rng: random.Random, region: str, owner: Value | None = None) -> Value:
    """An e-mail address as tokens, built from `owner`'s name if there is one."""
    local = _mail_local(rng, owner or person(rng, region))
    domain = rng.choice(names.COMMON_DOMAINS if rng.random() < 0.55 else names.MAIL_DOMAINS[region])
    return Value("EMAIL", (*local, "@", *_domain_tokens(domain)), "", "tokens", region)


def ip_address(rng: random.Random, region: str) -> Value:
    """An IPv4 (mostly) or IPv6 address as tokens."""
    if rng.random() < 0.8:
        public = (str(rng.randint(11, 223)), str(rng.randrange(256)))
        start = rng.choice((("192", "168"), ("10", str(rng.randrange(256))), public))
        octets = (*start, str(rng.randrange(256)), str(rng.randint(1, 254)))
        return Value("IP_ADDRESS", _between(octets, "."), "", "tokens", region)
    count = rng.choice((8, 4, 3))
    fields = ["2001", "db8", *(f"{rng.randrange(1, 65536):x}" for _ in range(count - 2))]
    tokens = _between(tuple(fields), ":")
    return Value("IP_ADDRESS", tokens if count == 8 else (*tokens[:-1], ":", tokens[-1]), "", "tokens", region)


def _between(items: tuple[str, ...], separator: str) -> tuple[str, ...]:
    return tuple(token for item in items for token in (separator, item))[1:]


def url(rng: random.Random, region: str) -> Value:
    """A URL that carries credentials, as tokens."""
    host = _domain_tokens(rng.choice(names.MAIL_DOMAINS[region]))
    host = (rng.choice(("www", "portal", "api", "my")), ".", *host)
    user = ascii_fold(person(rng, region).parts[0]) or "admin"
    secret = rng.choice(names.SECRET_WORDS).lower()
    token = letters(rng, rng.choice((6, 10)), string.ascii_lowercase + string.digits)
    scheme = (rng.choice(("https", "https", "http")), "://")
    shapes = (
        (*scheme, user, ":", secret, digits(rng, 2), "@", *host),
        (*scheme, *host, "/", "reset", "?", "token", "=", token),
        (*scheme, *host, "/", "login", "?", "user", "=", user, "&", "password", "=", secret, digits(rng, 2)),
        (*scheme, *host, "/", "account", "?", "password", "=", secret),
    )
    return Value("URL", rng.choice(shapes), "", "tokens", region)


def password(rng: random.Random, region: str) -> Value:
    """A password as tokens: a word with digits, random characters, or several words."""
    words = rng.sample(names.SECRET_WORDS, 4)
    symbol = rng.choice("!#$*@?")
    alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"
    shapes: tuple[tuple[str, ...], ...] = (
        (words[0], digits(rng, 2), symbol),
        (words[0], str(rng.randint(1960, 2024))),
        (words[0], digits(rng, 2)),
        (words[0], symbol, words[1], digits(rng, 1)),
        tuple(rng.choice(alphabet) for _ in range(rng.randint(7, 11))),
        (words[0].lower(), "-", words[1].lower(), "-", words[2].lower()),
        (words[0].lower(), words[1].lower(), words[2].lower()),
    )
    return Value("PASSWORD", rng.choice(shapes), "", "tokens", region)


def pin(rng: random.Random, region: str) -> Value:
    """A PIN of 4 to 6 digits."""
    return Value("PIN", (digits(rng, rng.choice((4, 4, 4, 5, 6))),), "", "digits", region)


def one_time_code(rng: random.Random, region: str) -> Value:
    """A one-time code: 4 to 8 digits, now and then with letters."""
    if rng.random() < 0.1:
        return Value(
            "ONE_TIME_CODE", (letters(rng, 1), digits(rng, 2), letters(rng, 1), digits(rng, 2)), "", "code", region
        )
    return Value("ONE_TIME_CODE", grouped(digits(rng, rng.choice((4, 5, 6, 6, 6, 8))), 3), "", "digits", region)


def medical_record_number(rng: random.Random, region: str) -> Value:
    """A hospital record number of 6 to 10 digits, sometimes with a letter prefix."""
    number = grouped(digits(rng, rng.randint(6, 10)), rng.choice((2, 3, 4)))
    if rng.random() < 0.35:
        prefix = rng.choice(("MRN", "H", "P", "RX", letters(rng, 2), letters(rng, 1)))
        return Value("MEDICAL_RECORD_NUMBER", (prefix, *number), "", "code", region)
    return Value("MEDICAL_RECORD_NUMBER", number, "", "digits", region)


def _person_parts(rng: random.Random, region: str) -> tuple[str, str]:
    if region == "hi":
        return rng.choice(names.HINDI_GIVEN), rng.choice(names.HINDI_FAMILY)
    share = rng.random()
    if share < 0.15:
        return rng.choice(names.UNCOMMON)
    locale = rng.choice(names.OTHER_LOCALES if share < 0.35 else names.LOCAL_LOCALES[region])
    given, family = names.faker_names(locale)
    return rng.choice(given), rng.choice(family)


def person(rng: random.Random, region: str) -> Value:
    """A name, parts `(given, family)` or `(given, middle, family)`; a third are uncommon or from elsewhere."""
    given, family = _person_parts(rng, region)
    if region != "hi" and rng.random() < 0.06:
        family = f"{family}-{_person_parts(rng, region)[1]}"
    if region == "es" and rng.random() < 0.4:
        family = f"{family} {rng.choice(names.faker_names('es_ES')[1])}"
    middle = rng.choice(names.faker_names("en_US")[0])
    with_middle = region in ("us", "uk") and rng.random() < 0.06
    return Value("PERSON", (given, middle, family) if with_middle else (given, family), " ", "person", region)


def _street(rng: random.Random, region: str) -> str:
    if region not in names.STREET_KINDS or rng.random() < 0.2:
        return rng.choice(names.STREETS[region])
    first = rng.choice(names.EN_FIRST) if rng.random() < 0.7 else rng.choice(names.faker_names("en_GB")[1])
    return f"{first} {rng.choice(names.STREET_KINDS[region])}"


def _unit(rng: random.Random, region: str) -> str:
    if region == "es":
        return f"{rng.randint(1, 9)} {rng.choice('ABCD')}"
    return rng.choice(
        (str(rng.randint(1, 40)), f"{rng.randint(1, 9)}{rng.choice('ABCD')}", str(rng.randint(101, 1210)))
    )


def address(rng: random.Random, region: str) -> Value:
    """A postal address, parts `(number, street, unit, town, region)`; the unit may be empty."""
    town, area = rng.choice(names.TOWNS[region])
    top = 9999 if region == "us" else 250
    number = str(rng.choice((rng.randint(1, 99), rng.randint(100, 300), rng.randint(1, top))))
    if region in ("uk", "de", "in") and rng.random() < 0.12:
        number += rng.choice("ABC")
    unit = _unit(rng, region) if rng.random() < 0.35 else ""
    return Value("ADDRESS", (number, _street(rng, region), unit, town, area), ", ", "address", region)


def _uk_postcode(rng: random.Random) -> tuple[str, str]:
    area = rng.choice(("LS", "M", "B", "SW", "EH", "CF", "G", "N", "E", "BS", "NR", "RG", "YO", "SA", "BT", "AB", "TN"))
    district = rng.choice((str(rng.randint(1, 9)), str(rng.randint(10, 29))))
    if area == "SW" and rng.random() < 0.4:
        district = f"1{rng.choice('AEHPVWXY')}"
    return area + district, rng.choice(string.digits) + letters(rng, 2, "ABDEFGHJLNPQRSTUWXYZ")


def postcode(rng: random.Random, region: str) -> Value:
    """A ZIP or ZIP+4, UK postcode, Indian PIN code, or a five-digit continental code."""
    if region == "uk":
        return Value("POSTCODE", _uk_postcode(rng), " ", "code", region)
    if region == "us":
        base = f"{rng.randint(1001, 99950):05d}"
        return Value("POSTCODE", (base, digits(rng, 4)) if rng.random() < 0.2 else (base,), "-", "digits", region)
    if region in ("in", "hi"):
        return Value("POSTCODE", grouped(rng.choice("12345678") + digits(rng, 5), 3), "", "digits", region)
    top = {"de": 99, "es": 52, "fr": 95}[region]
    return Value("POSTCODE", (f"{rng.randint(1, top):02d}{digits(rng, 3)}",), "", "digits", region)


def date_of_birth(rng: random.Random, region: str) -> Value:
    """A birth date, parts `(year, month, day)`."""
    parts = (str(rng.randint(1925, 2008)), f"{rng.randint(1, 12):02d}", f"{rng.randint(1, 28):02d}")
    return Value("DATE_OF_BIRTH", parts, "-", "date", region)


def age(rng: random.Random, region: str) -> Value:
    """An age from 90 to 104."""
    return Value("AGE", (str(rng.randint(90, 104)),), "", "number", region)


MAKERS: dict[str, Callable[[random.Random, str], Value]] = {
    "CARD": card, "CVV": cvv, "CARD_EXPIRY": card_expiry, "BANK_ACCOUNT": bank_account, "SORT_CODE": sort_code,
    "ROUTING_NUMBER": routing_number, "IBAN": iban, "SSN": ssn, "ITIN": itin, "NHS_NUMBER": nhs_number,
    "NI_NUMBER": ni_number, "AADHAAR": aadhaar, "PAN": pan, "GSTIN": gstin, "UPI": upi, "IFSC": ifsc,
    "PASSPORT": passport, "DRIVING_LICENCE": driving_licence, "VEHICLE_PLATE": vehicle_plate, "PHONE": phone,
    "EMAIL": email, "PERSON": person, "ADDRESS": address, "POSTCODE": postcode, "DATE_OF_BIRTH": date_of_birth,
    "AGE": age, "IP_ADDRESS": ip_address, "URL": url, "PASSWORD": password, "PIN": pin,
    "ONE_TIME_CODE": one_time_code, "MEDICAL_RECORD_NUMBER": medical_record_number,
}  # fmt: skip


def draw(label: str, rng: random.Random, region: str) -> Value:
    """A valid value of `label` as the region `us`, `uk`, `in`, `de`, `es`, `fr` or `hi` issues it."""
    return MAKERS[label](rng, region)
