"""Where answers are cut into sentences."""

import pytest

from op26x.voice.speaking.speakable.sentences import SentenceAggregator

WHOLE = [
    ("en-US", "See Dr. Weber now."),
    ("en-US", "It is 3.5 km away."),
    ("en-US", "It costs $5.30 today."),
    ("en-US", "1. Monday at ten."),
    ("en-US", "Use e.g. this one vs. that one, i.e. both."),
    ("en-US", "It is No. 5 on St. Mary's Square."),
    ("en-US", "It is Rs. 500 each."),
    ("de-DE", "Das ist z. B. Dr. Weber."),
    ("de-DE", "Am 25. November ist frei."),
    ("de-DE", "Wir haben am 25.11.2026 um 14.30 Uhr Zeit."),
    ("de-DE", "Der 3. Termin ist in der 2. Woche frei."),
    ("de-DE", "Es kostet 1.234,50 € bzw. 3 Mio. Euro, d. h. viel."),
    ("es-ES", "Es p. ej. el Dr. García y la Sra. López."),
    ("en-US", "Apples, etc. and pears at 5 p.m. sharp."),
    ("es-ES", "Es el núm. 5, a las 2 p. m. como siempre."),
    ("fr-FR", "C'est M. Dupont, Mme. Durand et le Dr. Martin."),
    ("fr-FR", "C'est p. ex. le no. 5, c.-à-d. ici."),
    ("hi-IN", "डॉ. शर्मा रु. 500 देंगे।"),
    ("en-US", "| A. B. | C! |\n| D. | E. F. |"),
    ("en-US", "```\na = 1. B = 2!\n``` so."),
    ("en-US", "~~~\na = 1. B = 2!\n~~~ so."),
]
CUT = [
    ("en-US", ["It is five.", "Then go.", "Really?", "Yes!"]),
    ("en-US", ["Apples, etc.", "Then pears."]),
    ("de-DE", ["Wir sind zu zehnt.", "Danach gehen wir.", "Gut."]),
    ("fr-FR", ["Il est tard.", "Bonsoir !", "Merci."]),
    ("es-ES", ["¿Sí?", "¡Claro!", "Bueno."]),
    ("hi-IN", ["ठीक है?", "हाँ।", "कीमत ₹5.30 है।"]),
]


async def pieces(text: str, language: str, size: int) -> list[str]:
    aggregator = SentenceAggregator(language)
    found = [
        piece.text
        for start in range(0, len(text), size)
        async for piece in aggregator.aggregate(text[start : start + size])
    ]
    rest = await aggregator.flush()
    return [piece.strip() for piece in [*found, rest.text if rest else ""] if piece.strip()]


@pytest.mark.parametrize("size", [1, 3, 50])
@pytest.mark.parametrize(("language", "text"), WHOLE)
async def test_it_stays_whole(language: str, text: str, size: int) -> None:
    assert await pieces(f"{text} Xerxes.", language, size) in ([text, "Xerxes."], [f"{text} Xerxes."])


@pytest.mark.parametrize(("language", "sentences"), CUT)
async def test_it_is_cut(language: str, sentences: list[str]) -> None:
    assert await pieces(" ".join(sentences), language, 3) == sentences


async def test_an_unknown_language_is_cut_as_pipecat_does() -> None:
    assert await pieces("Va bene. Ciao.", "it-IT", 3) == ["Va bene.", "Ciao."]
