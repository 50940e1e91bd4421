"""Number words and the small spoken vocabulary of each language.

Languages: `en`, `de`, `es`, `fr`, `hi` (romanised), `hi_deva` (Devanagari), `hi_english` (English digits in
Devanagari).
"""

from dataclasses import dataclass, field

EN_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
EN_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
DE_ONES = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
]
DE_TENS = ["_", "_", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
ES_ONES = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
ES_TENS = ["_", "_", "_", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
ES_HUNDREDS = [
    "_",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
]
FR_ONES = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
FR_TENS = ["_", "_", "vingt", "trente", "quarante", "cinquante", "soixante"]
HI_ROMAN = [
    "shunya",
    "ek",
    "do",
    "teen",
    "chaar",
    "paanch",
    "chhe",
    "saat",
    "aath",
    "nau",
    "das",
    "gyarah",
    "barah",
    "terah",
    "chaudah",
    "pandrah",
    "solah",
    "satrah",
    "atharah",
    "unnis",
    "bees",
    "ikkis",
    "bais",
    "teis",
    "chaubis",
    "pachchis",
    "chhabbis",
    "sattais",
    "atthais",
    "untis",
    "tees",
    "ikattis",
    "battis",
    "taintis",
    "chauntis",
    "paintis",
    "chhattis",
    "saintis",
    "adtis",
    "untalis",
    "chalis",
    "iktalis",
    "bayalis",
    "taintalis",
    "chavalis",
    "paintalis",
    "chhiyalis",
    "saintalis",
    "adtalis",
    "unchas",
    "pachas",
    "ikyavan",
    "bavan",
    "tirpan",
    "chauvan",
    "pachpan",
    "chhappan",
    "sattavan",
    "atthavan",
    "unsath",
    "saath",
    "iksath",
    "basath",
    "tirsath",
    "chaunsath",
    "painsath",
    "chhiyasath",
    "sadsath",
    "adsath",
    "unhattar",
    "sattar",
    "ikhattar",
    "bahattar",
    "tihattar",
    "chauhattar",
    "pachhattar",
    "chhihattar",
    "satahattar",
    "athahattar",
    "unasi",
    "assi",
    "ikyasi",
    "bayasi",
    "tirasi",
    "chaurasi",
    "pachasi",
    "chhiyasi",
    "satasi",
    "athasi",
    "navasi",
    "nabbe",
    "ikyanve",
    "banve",
    "tiranve",
    "chauranve",
    "pachanve",
    "chhiyanve",
    "sattanve",
    "atthanve",
    "ninyanve",
]
HI_DEVA = [
    "शून्य",
    "एक",
    "दो",
    "तीन",
    "चार",
    "पाँच",
    "छह",
    "सात",
    "आठ",
    "नौ",
    "दस",
    "ग्यारह",
    "बारह",
    "तेरह",
    "चौदह",
    "पंद्रह",
    "सोलह",
    "सत्रह",
    "अठारह",
    "उन्नीस",
    "बीस",
    "इक्कीस",
    "बाईस",
    "तेईस",
    "चौबीस",
    "पच्चीस",
    "छब्बीस",
    "सत्ताईस",
    "अट्ठाईस",
    "उनतीस",
    "तीस",
    "इकतीस",
    "बत्तीस",
    "तैंतीस",
    "चौंतीस",
    "पैंतीस",
    "छत्तीस",
    "सैंतीस",
    "अड़तीस",
    "उनतालीस",
    "चालीस",
    "इकतालीस",
    "बयालीस",
    "तैंतालीस",
    "चवालीस",
    "पैंतालीस",
    "छियालीस",
    "सैंतालीस",
    "अड़तालीस",
    "उनचास",
    "पचास",
    "इक्यावन",
    "बावन",
    "तिरपन",
    "चौवन",
    "पचपन",
    "छप्पन",
    "सत्तावन",
    "अट्ठावन",
    "उनसठ",
    "साठ",
    "इकसठ",
    "बासठ",
    "तिरसठ",
    "चौंसठ",
    "पैंसठ",
    "छियासठ",
    "सड़सठ",
    "अड़सठ",
    "उनहत्तर",
    "सत्तर",
    "इकहत्तर",
    "बहत्तर",
    "तिहत्तर",
    "चौहत्तर",
    "पचहत्तर",
    "छिहत्तर",
    "सतहत्तर",
    "अठहत्तर",
    "उनासी",
    "अस्सी",
    "इक्यासी",
    "बयासी",
    "तिरासी",
    "चौरासी",
    "पचासी",
    "छियासी",
    "सतासी",
    "अठासी",
    "नवासी",
    "नब्बे",
    "इक्यानवे",
    "बानवे",
    "तिरानवे",
    "चौरानवे",
    "पचानवे",
    "छियानवे",
    "सत्तानवे",
    "अट्ठानवे",
    "निन्यानवे",
]
HI_ENGLISH = ["ज़ीरो", "वन", "टू", "थ्री", "फोर", "फाइव", "सिक्स", "सेवन", "एट", "नाइन", "टेन"]

EN_ORDINALS = [
    "_",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
ES_ORDINALS = [
    "_",
    "primero",
    "segundo",
    "tercero",
    "cuarto",
    "quinto",
    "sexto",
    "séptimo",
    "octavo",
    "noveno",
    "décimo",
]
FR_ORDINALS = [
    "_",
    "premier",
    "deuxième",
    "troisième",
    "quatrième",
    "cinquième",
    "sixième",
    "septième",
    "huitième",
    "neuvième",
    "dixième",
]
HI_ORDINALS = ["_", "pehla", "doosra", "teesra", "chautha", "paanchva", "chhatha", "saatva", "aathva", "nauva", "dasva"]
DEVA_ORDINALS = ["_", "पहला", "दूसरा", "तीसरा", "चौथा", "पाँचवाँ", "छठा", "सातवाँ", "आठवाँ", "नौवाँ", "दसवाँ"]


def _english(n: int) -> str:
    if n < 20:
        return EN_ONES[n]
    if n < 100:
        return EN_TENS[n // 10] + (f"-{EN_ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{EN_ONES[n // 100]} hundred" + (f" and {_english(n % 100)}" if n % 100 else "")
    rest = n % 1000
    joint = " and " if rest < 100 else " "
    return f"{_english(n // 1000)} thousand" + (joint + _english(rest) if rest else "")


def _german(n: int) -> str:
    if n < 20:
        return DE_ONES[n]
    if n < 100:
        unit = {0: "", 1: "einund"}.get(n % 10, f"{DE_ONES[n % 10]}und")
        return unit + DE_TENS[n // 10]
    if n < 1000:
        return f"{_german_stem(n // 100)}hundert" + (_german(n % 100) if n % 100 else "")
    return f"{_german_stem(n // 1000)}tausend" + (_german(n % 1000) if n % 1000 else "")


def _german_stem(n: int) -> str:
    return "ein" if n == 1 else _german(n)


def _spanish(n: int) -> str:
    if n < 30:
        return ES_ONES[n]
    if n < 100:
        return ES_TENS[n // 10] + (f" y {ES_ONES[n % 10]}" if n % 10 else "")
    if n == 100:
        return "cien"
    if n < 1000:
        return ES_HUNDREDS[n // 100] + (f" {_spanish(n % 100)}" if n % 100 else "")
    head = "mil" if n < 2000 else f"{_spanish(n // 1000)} mil"
    return head + (f" {_spanish(n % 1000)}" if n % 1000 else "")


def _french_tens(n: int) -> str:
    if n >= 80:
        return f"quatre-vingt-{FR_ONES[n - 80]}" if n > 80 else "quatre-vingts"
    tens, unit = (60, n - 60) if n >= 60 else (n - n % 10, n % 10)
    joint = " et " if unit in (1, 11) else "-"
    return FR_TENS[tens // 10] + (joint + FR_ONES[unit] if unit else "")


def _french(n: int) -> str:
    if n < 20:
        return FR_ONES[n]
    if n < 100:
        return _french_tens(n)
    if n < 1000:
        head = "cent" if n < 200 else f"{FR_ONES[n // 100]} cent"
        return head + (f" {_french(n % 100)}" if n % 100 else "")
    head = "mille" if n < 2000 else f"{_french(n // 1000)} mille"
    return head + (f" {_french(n % 1000)}" if n % 1000 else "")


def _hindi(n: int, words: list[str], hundred: str, thousand: str) -> str:
    if n < 100:
        return words[n]
    if n < 1000:
        return f"{words[n // 100]} {hundred}" + (f" {words[n % 100]}" if n % 100 else "")
    rest = _hindi(n % 1000, words, hundred, thousand) if n % 1000 else ""
    return f"{_hindi(n // 1000, words, hundred, thousand)} {thousand} {rest}".strip()


def number_words(n: int, lang: str) -> str:
    """The cardinal `n` (0 to 999999) in words: `number_words(41, "en") == "forty-one"`."""
    if lang == "hi":
        return _hindi(n, HI_ROMAN, "sau", "hazaar")
    if lang == "hi_deva":
        return _hindi(n, HI_DEVA, "सौ", "हज़ार")
    if lang == "hi_english":
        return " ".join(HI_ENGLISH[int(digit)] for digit in str(n))
    return {"en": _english, "de": _german, "es": _spanish, "fr": _french}[lang](n)


def _english_ordinal(n: int) -> str:
    if n <= 20:
        return EN_ORDINALS[n]
    return EN_TENS[n // 10][:-1] + "ieth" if n % 10 == 0 else f"{EN_TENS[n // 10]}-{EN_ORDINALS[n % 10]}"


def _german_ordinal(n: int) -> str:
    special = {1: "erster", 3: "dritter", 7: "siebter", 8: "achter"}
    return special.get(n, _german(n) + ("ter" if n < 20 else "ster"))


def ordinal_words(n: int, lang: str) -> str:
    """The ordinal `n` (1 to 99) in words; languages that count days with cardinals fall back to those."""
    if lang == "en":
        return _english_ordinal(n)
    if lang == "de":
        return _german_ordinal(n)
    table = {"es": ES_ORDINALS, "fr": FR_ORDINALS, "hi": HI_ORDINALS, "hi_deva": DEVA_ORDINALS}[lang]
    return table[n] if n < len(table) else number_words(n, lang)


def year_words(year: int, lang: str) -> str:
    """A four-digit year in words: `1982` is "nineteen eighty-two" or "neunzehnhundertzweiundachtzig"."""
    century, rest = divmod(year, 100)
    if lang == "en":
        return _english_year(year, century, rest)
    if lang == "de" and year < 2000:
        return f"{_german(century)}hundert" + (_german(rest) if rest else "")
    if lang in ("hi", "hi_deva") and year < 2000:
        hundred = "sau" if lang == "hi" else "सौ"
        return f"{number_words(century, lang)} {hundred}" + (f" {number_words(rest, lang)}" if rest else "")
    return number_words(year, lang)


def _english_year(year: int, century: int, rest: int) -> str:
    if 2000 <= year < 2010:
        return "two thousand" + (f" and {EN_ONES[rest]}" if rest else "")
    if rest == 0:
        return f"{_english(century)} hundred"
    return f"{_english(century)} " + (f"oh {EN_ONES[rest]}" if rest < 10 else _english(rest))


@dataclass(frozen=True)
class Vocabulary:
    """What a language says around values: zero words, repeats, fillers, corrections, symbols, alphabets, months."""

    zeros: tuple[str, ...]
    double: tuple[str, ...]
    triple: tuple[str, ...]
    fillers: tuple[str, ...]
    joiners: tuple[str, ...]
    corrections: tuple[str, ...]
    capital: tuple[str, ...]
    one_word: tuple[str, ...]
    lower: tuple[str, ...]
    as_in: tuple[str, ...]
    alphabet: tuple[dict[str, str], ...]
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    units: dict[str, tuple[str, ...]]
    symbols: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _alphabet(words: str) -> dict[str, str]:
    return {word[0].lower(): word for word in words.split()}


NATO = _alphabet(
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray yankee zulu"
)
EN_EVERYDAY = (
    _alphabet(
        "apple boy cat dog elephant fox george harry igloo jack king lemon mother nancy orange peter queen robert "
        "sugar tommy umbrella victor william xray yellow zebra"
    ),
    _alphabet(
        "adam bob charlie david edward frank girl henry ice john kite london mary nora oliver paul quiz robin sam tom "
        "uncle van water xylophone young zoo"
    ),
    _alphabet(
        "ant ball car delhi egg fish goat house ink jug kolkata lion mumbai nagpur onion pune quality ring snake table "
        "under very watch xray yes zip"
    ),
)
DE_ALPHABET = (
    _alphabet(
        "Anton Berta Cäsar Dora Emil Friedrich Gustav Heinrich Ida Julius Kaufmann Ludwig Martha Nordpol Otto Paula "
        "Quelle Richard Samuel Theodor Ulrich Viktor Wilhelm Xanthippe Ypsilon Zacharias"
    ),
    _alphabet(
        "Aachen Berlin Chemnitz Düsseldorf Essen Frankfurt Goslar Hamburg Ingelheim Jena Köln Leipzig München Nürnberg "
        "Offenbach Potsdam Quickborn Rostock Salzwedel Tübingen Unna Völklingen Wuppertal Xanten Ypsilon Zwickau"
    ),
)
ES_ALPHABET = (
    _alphabet(
        "Alicante Barcelona Cáceres Dinamarca España Francia Granada Huelva Italia Jaén Kilo Lugo Madrid Navarra "
        "Oviedo Pamplona Queso Roma Sevilla Toledo Uruguay Valencia Washington Xilófono Yegua Zaragoza"
    ),
)
FR_ALPHABET = (
    _alphabet(
        "Anatole Berthe Célestin Désiré Eugène François Gaston Henri Irma Joseph Kléber Louis Marcel Nicolas Oscar "
        "Pierre Quintal Raoul Suzanne Thérèse Ursule Victor William Xavier Yvonne Zoé"
    ),
)

EN = Vocabulary(
    zeros=("oh", "zero", "zero", "o", "nought"),
    double=("double",),
    triple=("triple", "treble"),
    fillers=("uh", "um", "er", "let me see", "hang on", "one second", "sorry", "you know", "hmm"),
    joiners=("then", "and then", "dash", "space", "and"),
    corrections=(
        "no sorry",
        "sorry",
        "I mean",
        "scratch that",
        "no wait",
        "actually it's",
        "oops",
        "wait no",
        "correction",
        "let me start over",
        "make that",
    ),
    capital=("capital", "upper case", "big"),
    one_word=("all one word", "one word", "no spaces", "all together"),
    lower=("all lower case", "lowercase", "all small letters"),
    as_in=("{} for {}", "{} as in {}", "{} like {}"),
    alphabet=(NATO, *EN_EVERYDAY),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    units={
        "duration": ("minutes", "days", "weeks", "hours", "months", "years"),
        "measure": ("kilos", "inches", "centimetres", "litres", "pounds", "grams"),
        "distance": ("miles", "kilometres", "metres"),
        "degrees": ("degrees",),
        "percent": ("percent",),
        "point": ("point",),
        "dollars": ("dollars",),
        "pounds": ("pounds",),
        "euros": ("euros",),
        "rupees": ("rupees",),
    },
    symbols={
        "@": ("at",),
        ".": ("dot",),
        "_": ("underscore",),
        "-": ("dash", "hyphen", "minus"),
        "/": ("slash", "forward slash"),
        ":": ("colon",),
        "://": ("colon slash slash",),
        "?": ("question mark",),
        "=": ("equals",),
        "&": ("and", "ampersand"),
        "!": ("exclamation mark", "exclamation point", "bang"),
        "#": ("hash", "hashtag"),
        "$": ("dollar sign", "dollar"),
        "*": ("star", "asterisk"),
        "%": ("percent sign",),
        "+": ("plus",),
    },
)
DE = Vocabulary(
    zeros=("null",),
    double=("doppel", "zweimal die", "zweimal"),
    triple=("dreimal die", "dreimal"),
    fillers=("äh", "ähm", "Moment", "warten Sie", "also", "hm"),
    joiners=("dann", "und dann", "Strich", "und"),
    corrections=(
        "nein Entschuldigung",
        "Entschuldigung",
        "ich meine",
        "nein warten Sie",
        "Quatsch",
        "Korrektur",
        "halt",
    ),
    capital=("groß", "großes"),
    one_word=("zusammengeschrieben", "alles zusammen", "in einem Wort"),
    lower=("alles klein", "alles kleingeschrieben"),
    as_in=("{} wie {}", "{} für {}"),
    alphabet=DE_ALPHABET,
    months=(
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    units={
        "duration": ("Minuten", "Tage", "Wochen", "Stunden", "Monate", "Jahre"),
        "measure": ("Kilo", "Zentimeter", "Liter", "Gramm"),
        "distance": ("Kilometer", "Meter"),
        "degrees": ("Grad",),
        "percent": ("Prozent",),
        "point": ("Komma",),
        "euros": ("Euro",),
    },
    symbols={
        "@": ("at", "ät", "Klammeraffe"),
        ".": ("Punkt",),
        "_": ("Unterstrich",),
        "-": ("Minus", "Bindestrich", "Strich"),
        "/": ("Schrägstrich", "Slash"),
        ":": ("Doppelpunkt",),
        "://": ("Doppelpunkt Slash Slash",),
        "?": ("Fragezeichen",),
        "=": ("gleich",),
        "&": ("und",),
        "!": ("Ausrufezeichen",),
        "#": ("Raute", "Hashtag"),
        "$": ("Dollarzeichen",),
        "*": ("Stern", "Sternchen"),
        "%": ("Prozentzeichen",),
        "+": ("plus",),
    },
)
ES = Vocabulary(
    zeros=("cero",),
    double=("doble",),
    triple=("triple",),
    fillers=("eh", "este", "a ver", "un momento", "espera", "pues"),
    joiners=("luego", "y luego", "guion", "espacio", "y"),
    corrections=("no perdón", "perdón", "quiero decir", "digo", "no espere", "me equivoqué", "mejor dicho"),
    capital=("mayúscula", "en mayúscula"),
    one_word=("todo junto", "en una palabra"),
    lower=("todo en minúsculas", "en minúscula"),
    as_in=("{} de {}", "{} como {}"),
    alphabet=ES_ALPHABET,
    months=(
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ),
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    units={
        "duration": ("minutos", "días", "semanas", "horas", "meses", "años"),
        "measure": ("kilos", "centímetros", "litros", "gramos"),
        "distance": ("kilómetros", "metros"),
        "degrees": ("grados",),
        "percent": ("por ciento",),
        "point": ("coma",),
        "euros": ("euros",),
    },
    symbols={
        "@": ("arroba",),
        ".": ("punto",),
        "_": ("guion bajo", "barra baja"),
        "-": ("guion", "guion medio"),
        "/": ("barra",),
        ":": ("dos puntos",),
        "://": ("dos puntos barra barra",),
        "?": ("interrogación",),
        "=": ("igual",),
        "&": ("y",),
        "!": ("exclamación",),
        "#": ("almohadilla", "numeral"),
        "$": ("dólar",),
        "*": ("asterisco",),
        "%": ("porcentaje",),
        "+": ("más",),
    },
)
FR = Vocabulary(
    zeros=("zéro",),
    double=("double", "deux fois"),
    triple=("triple", "trois fois"),
    fillers=("euh", "alors", "attendez", "voyons", "un instant", "ben"),
    joiners=("puis", "et puis", "tiret", "espace", "ensuite"),
    corrections=("non pardon", "pardon", "je veux dire", "non attendez", "excusez-moi", "je me trompe", "plutôt"),
    capital=("majuscule", "grand"),
    one_word=("tout attaché", "en un mot"),
    lower=("tout en minuscules", "en minuscule"),
    as_in=("{} comme {}", "{} de {}"),
    alphabet=FR_ALPHABET,
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    units={
        "duration": ("minutes", "jours", "semaines", "heures", "mois", "ans"),
        "measure": ("kilos", "centimètres", "litres", "grammes"),
        "distance": ("kilomètres", "mètres"),
        "degrees": ("degrés",),
        "percent": ("pour cent",),
        "point": ("virgule",),
        "euros": ("euros",),
    },
    symbols={
        "@": ("arobase", "at"),
        ".": ("point",),
        "_": ("underscore", "tiret bas", "tiret du bas"),
        "-": ("tiret", "trait d'union"),
        "/": ("slash", "barre oblique"),
        ":": ("deux points",),
        "://": ("deux points slash slash",),
        "?": ("point d'interrogation",),
        "=": ("égal",),
        "&": ("et",),
        "!": ("point d'exclamation",),
        "#": ("dièse",),
        "$": ("dollar",),
        "*": ("étoile", "astérisque"),
        "%": ("pourcent",),
        "+": ("plus",),
    },
)
HI = Vocabulary(
    zeros=("shunya", "zero", "jeero"),
    double=("double", "dabal"),
    triple=("triple",),
    fillers=("matlab", "ek minute", "ruko", "haan", "dekho", "um", "ek second"),
    joiners=("phir", "uske baad", "aur", "dash"),
    corrections=("nahi sorry", "sorry", "nahi nahi", "galat bola", "matlab", "maaf kijiye", "arre nahi"),
    capital=("capital", "bada"),
    one_word=("ek saath", "all one word", "bina space ke"),
    lower=("sab chhote mein", "all small"),
    as_in=("{} for {}", "{} se {}", "{} as in {}"),
    alphabet=EN_EVERYDAY,
    months=EN.months,
    weekdays=("somvaar", "mangalvaar", "budhvaar", "guruvaar", "shukravaar", "shanivaar", "ravivaar"),
    units={
        "duration": ("minute", "din", "hafte", "ghante", "mahine", "saal"),
        "measure": ("kilo", "litre", "gram", "inch"),
        "distance": ("kilometre", "metre"),
        "degrees": ("degree",),
        "percent": ("pratishat", "percent"),
        "point": ("point", "dashamlav"),
        "rupees": ("rupaye", "rupees"),
    },
    symbols={**EN.symbols, "@": ("at the rate", "at", "at the rate of")},
)
DEVA = Vocabulary(
    zeros=("शून्य", "ज़ीरो"),
    double=("डबल",),
    triple=("ट्रिपल",),
    fillers=("मतलब", "एक मिनट", "रुकिए", "हाँ", "देखिए"),
    joiners=("फिर", "उसके बाद", "और"),
    corrections=("नहीं सॉरी", "सॉरी", "नहीं नहीं", "गलत बोला", "माफ़ कीजिए"),
    capital=("कैपिटल", "बड़ा"),
    one_word=("एक साथ", "बिना स्पेस के"),
    lower=("सब छोटे में",),
    as_in=("{} फॉर {}", "{} से {}"),
    alphabet=EN_EVERYDAY,
    months=("जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"),
    weekdays=("सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार"),
    units={
        "duration": ("मिनट", "दिन", "हफ़्ते", "घंटे", "महीने", "साल"),
        "measure": ("किलो", "लीटर", "ग्राम", "इंच"),
        "distance": ("किलोमीटर", "मीटर"),
        "degrees": ("डिग्री",),
        "percent": ("प्रतिशत",),
        "point": ("दशमलव", "पॉइंट"),
        "rupees": ("रुपये",),
    },
    symbols={
        "@": ("एट द रेट", "ऐट"),
        ".": ("डॉट",),
        "_": ("अंडरस्कोर",),
        "-": ("डैश", "हाइफ़न"),
        "/": ("स्लैश",),
        ":": ("कोलन",),
        "://": ("कोलन स्लैश स्लैश",),
        "?": ("क्वेश्चन मार्क",),
        "=": ("इक्वल टू",),
        "&": ("एंड",),
        "!": ("एक्सक्लेमेशन मार्क",),
        "#": ("हैश",),
        "$": ("डॉलर",),
        "*": ("स्टार",),
        "%": ("परसेंट",),
        "+": ("प्लस",),
    },
)
VOCABULARY: dict[str, Vocabulary] = {
    "en": EN,
    "de": DE,
    "es": ES,
    "fr": FR,
    "hi": HI,
    "hi_deva": DEVA,
    "hi_english": DEVA,
}
