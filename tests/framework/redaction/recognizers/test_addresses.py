"""Postal addresses: told by a house number beside a street, in the orders of many countries, and by what was asked."""

import pytest

from framework.redaction.marked import marked


@pytest.mark.parametrize(
    "said",
    [
        "I live at [42 Elm Street, apartment 3b, Springfield, IL 62704](ADDRESS).",
        "i live at [forty two elm street springfield illinois](ADDRESS)",
        "send it to [1600 Pennsylvania Avenue NW, Washington, DC 20500](ADDRESS)",
        "it's [12 High St., Oxford OX1 4BH](ADDRESS)",
        "[Flat 4, 12 High Street, London SW1A 1AA](ADDRESS)",
        "[flat four twelve high street](ADDRESS)",
        "I'm at [221B Baker Street](ADDRESS)",
        "ship it to [350 5th Ave, Apt. 12, New York, NY 10118-0110](ADDRESS)",
        "deliver to [15 Rose Lane](ADDRESS) please",
        "my address is [7 Broadway, Albany](ADDRESS)",
        "my address is [house number 12, 4th Cross, Indiranagar, Bangalore 560038](ADDRESS)",
        "I live at [Plot 27, Sector 15, Gurgaon](ADDRESS)",
        "[Flat No. 302, Sai Residency, MG Road, Pune 411001](ADDRESS)",
        "[house no 12, sector 4, noida](ADDRESS)",
        "[1 Infinite Loop, Cupertino](ADDRESS)",
        "I'm at [5 The Crescent, Bath](ADDRESS)",
        "[Apartment 5, 12 Rue Lepic](ADDRESS)",
        "[12-14 St. James Street #5](ADDRESS)",
        "[calle alcalá cuarenta y dos](ADDRESS)",
        "[Konrad-Adenauer-Straße 12](ADDRESS)",
        "[PO Box 1234, Reno, NV 89501](ADDRESS)",
        "send it to [P.O. Box 77](ADDRESS)",
        "[Hauptstraße 12, 10115 Berlin](ADDRESS)",
        "ich wohne in der [Lindenstr. 5a](ADDRESS)",
        "meine Adresse ist [Goethestraße zwölf](ADDRESS)",
        "vivo en la [Calle Mayor 5, 28013 Madrid](ADDRESS)",
        "j'habite au [12 rue de la Paix à Paris](ADDRESS)",
        "agent: I have you at [42 Elm Street](ADDRESS), is that right?",
    ],
)
def test_a_street_with_a_house_number_is_an_address(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: What's your address?", "[42 Elm Street](ADDRESS)"),
        ("agent: What's your address?", "[forty two elm street](ADDRESS)"),
        ("agent: What's your address?", "[12 Oakfield, Springfield](ADDRESS)"),
        ("agent: Where should we send it?", "to [42 Elm Street](ADDRESS)"),
        ("agent: What's the delivery address?", "[flat 4, Oakfield House](ADDRESS)"),
        ("agent: Wie ist Ihre Adresse?", "[Hauptstraße 12](ADDRESS)"),
        ("agent: ¿Cuál es su dirección?", "[Calle Mayor 5](ADDRESS)"),
        ("agent: Quelle est votre adresse ?", "[12 rue de la Paix](ADDRESS)"),
        ("agent: What's your address?", "I moved"),
        ("agent: What's your address?", "give me 5 minutes"),
        ("agent: What's your address?", "I don't want to say"),
    ],
)
def test_an_address_is_what_the_agent_asked_for(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "said",
    [
        "I have 3 court dates",
        "2 more seats failed",
        "we walked 5 miles down the street",
        "it takes 20 minutes by road",
        "I want 2 way radios",
        "I bought 4 garden chairs",
        "house number please",
        "what street is it on",
        "my address has changed",
        "the flat is cold",
        "3 people live on my street",
        "the first avenue to explore",
        "box 12 is missing",
        "post 5 of those",
        "I paid 30 for the plaza tour",
        "0 Elm Street",
        "der Weg ist lang",
        "la calle es larga",
        "la rue est longue",
        "by the way 4 of them broke",
    ],
)
def test_what_only_looks_like_an_address_is_nobodys_secret(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "I live at [42 Elm Street](ADDRESS) and I have 2 dogs",
        "it's [42 Elm Street](ADDRESS). Can you hear me?",
        "from [42 Elm Street](ADDRESS) to [7 Oak Avenue](ADDRESS)",
        "[42 Elm Street](ADDRESS), my phone is [212-555-0123](PHONE)",
    ],
)
def test_an_address_ends_where_another_thought_begins(said: str) -> None:
    assert marked(said) == (said,)


def test_an_address_ends_before_what_is_none() -> None:
    said = "[42 Elm Street, Springfield](ADDRESS) - [95258 35384](PHONE) - [dorothy-asiedu@example.com](EMAIL)"
    assert marked(said) == (said,)
