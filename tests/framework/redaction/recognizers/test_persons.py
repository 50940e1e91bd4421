"""Persons: names told by what introduces them, by lists of names, and by capitals where the text has them."""

import pytest

from framework.redaction.marked import marked


@pytest.mark.parametrize(
    "said",
    [
        "My name is [Daniel Okafor](PERSON).",
        "my name is [daniel okafor](PERSON)",
        "my name's [Siobhan O'Brien](PERSON)",
        "Hi, this is [Priya Raman](PERSON) speaking.",
        "I'm [Anne-Marie Duval](PERSON) and I have a question",
        "it's for my wife [Lucía](PERSON)",
        "my husband [Graham](PERSON) booked it",
        "I spoke to [Tanya](PERSON) yesterday",
        "Mr. [Halloway](PERSON) sold it to me",
        "mrs [dunmore](PERSON) called",
        "Dr. [Patel](PERSON) referred me",
        "the account holder is [Rajesh Kumar](PERSON)",
        "the booking is under [Maria da Silva](PERSON)",
        "her maiden name is [Fitzgerald](PERSON)",
        "first name [Mohammed](PERSON), last name [Iqbal](PERSON)",
        "call me [Jamie](PERSON)",
        "[J. R. Halloway](PERSON) signed it",
        "[Okafor, Daniel](PERSON)",
        "[Willem van der Meer](PERSON) signed it",
        "[M. van den Berg-Smit](PERSON) signed it",
        "[Karim al-Sayegh](PERSON) signed it",
        "[Jean-Pierre Moreau](PERSON) signed it",
        "parcel for [emma van dijk](PERSON)",
        "driver [Siobhan Kelly](PERSON) was late",
        "ask for [Sanjay Gupta](PERSON) please",
        "[Priya](PERSON)'s order is late",
        "[Emily Watson](PERSON) is on the other line",
        "[emily dunmore](PERSON) is on the other line",
        "they gave it to [mark okafor](PERSON)",
        "my name is [Grace](PERSON)",
        "[Kvothe Arliden](PERSON) called",
        "[kvothe arliden](PERSON) called",
        "[Zelnik Daniel](PERSON) came by",
        "[Okafor, Daniel Adeyemi](PERSON)",
        "they met [Anna-Lena](PERSON) yesterday",
        "my son [Joy](PERSON) is ill",
        "my daughter, [Chloe](PERSON), is six",
        "the reservation is for [Kim](PERSON)",
        "[Jordan Peterson](PERSON) called",
        "my husband [mark](PERSON) called",
        "THIS IS [DANIEL OKAFOR](PERSON) CALLING",
        "sincerely, [Tanya Reed Jr](PERSON)",
        "my name is [June Carter](PERSON)",
        "my name is [Austin Powell](PERSON)",
        "agent: Thank you, [Daniel](PERSON).",
        "agent: Am I speaking with [Emily Watson](PERSON)?",
    ],
)
def test_a_name_is_found(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "Mein Name ist [Jürgen Müller](PERSON).",
        "ich heiße [Sabine Krüger](PERSON)",
        "hier ist Frau [Schneider](PERSON)",
        "me llamo [Lucía Fernández](PERSON)",
        "soy [José](PERSON)",
        "soy la señora [Martínez](PERSON)",
        "je m'appelle [Chloé Dubois](PERSON)",
        "mon nom est [Anne-Sophie Lefèvre](PERSON)",
        "mera naam [Rahul Sharma](PERSON) hai",
        "mera naam [rahul sharma](PERSON) hai",
        "मेरा नाम [प्रिया शर्मा](PERSON) है",
    ],
)
def test_names_are_told_in_other_languages(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: Who am I speaking with?", "[Dana](PERSON)"),
        ("agent: What's your name?", "[dana scully](PERSON)"),
        ("agent: What's your name?", "uh, it's [Mark](PERSON)"),
        ("agent: What's your name?", "yes, [Grace Young](PERSON)"),
        ("agent: May I have your full name?", "sure, that's [Wei Zhang](PERSON)"),
        ("agent: And the surname?", "[Xqvarez](PERSON)"),
        ("agent: And the surname?", "[Smith, s m i t h](PERSON)"),
        ("agent: And the surname?", "[S for sugar M for mother I for India T for tango H for hotel](PERSON)"),
        ("agent: And the surname?", "[sierra mike india tango hotel](PERSON)"),
        ("agent: What's the name on the card?", "Mr [Dunmore](PERSON)"),
        ("agent: Wie ist Ihr Name?", "[Sabine Krüger](PERSON)"),
        ("agent: ¿Cuál es su nombre?", "[Lucía Fernández](PERSON)"),
        ("agent: Quel est votre nom ?", "[Dubois](PERSON)"),
        ("agent: Aapka naam kya hai?", "[Rahul Sharma](PERSON)"),
        ("agent: आपका नाम क्या है?", "[प्रिया शर्मा](PERSON)"),
    ],
)
def test_a_name_is_what_the_agent_asked_for(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: What's your name?", "why do you ask?"),
        ("agent: What's your name?", "I'd rather not say."),
        ("agent: What's your name?", "no"),
        ("agent: What's your name?", "is this a robot?"),
        ("agent: What's your name?", "hello? can you hear me?"),
        ("agent: What's your name?", ""),
        ("agent: What's your name?", "Yes."),
        ("agent: What's your name?", "Mr."),
    ],
)
def test_who_gives_no_name_says_nothing_secret(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("My name is [Xqvarez](PERSON).", "agent: Thanks.", "[Xqvarez](PERSON) with a q"),
        ("my name is [grace young](PERSON)", "agent: Thank you, [Grace](PERSON)."),
        ("my name is [daniel okafor](PERSON)", "agent: Is [okafor](PERSON) spelled with a k?"),
    ],
)
def test_a_name_that_was_heard_is_known_again(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: Hello, this is Dana from the pharmacy.", "hi Dana", "agent: Dana will help you."),
        ("agent: My name is Priya.", "thanks Priya, bye"),
        ("agent: You're speaking with Marcus.",),
        ("agent: Dana speaking, how can I help?", "hello Dana"),
        ("agent: It's Dana again from the clinic.", "Dana, hi"),
        ("agent: Mein Name ist Sabine.", "danke Sabine"),
        ("agent: Hello, this is Dana.", "hi Dana, I'm [Emily Watson](PERSON)"),
    ],
)
def test_the_agents_own_name_is_nobodys_secret(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "said",
    [
        "I bought Calvin Klein jeans",
        "my John Deere needs a part",
        "it's a Jack Daniel's bottle",
        "I bank with JP Morgan",
        "I work at Morgan Stanley",
        "I ordered from John Lewis",
        "a Harry Potter book",
        "Ben & Jerry's ice cream",
        "the Dow Jones fell",
        "I live near Austin",
        "we flew to San Diego and St. Louis",
        "the train from Paris to Florence",
        "St. Thomas is nice",
        "the Jasper is broken",
        "I live in Jackson",
        "Smith Brothers called",
        "Okafor & Daniel called",
        "Zelnik Office is closed",
        "hi, Siri",
        "hello Google",
        "I'm Canadian",
        "I'm Catholic",
        "the reservation is for four people",
        "put me through to customer service",
        "my name is",
        "is this Mr.",
        "a hotel in Victoria",
        "the Charlotte office",
        "the Madison store is closed",
        "Johnson & Johnson",
        "the Williams company called",
        "ask Alexa about it",
        "the Kindle from Amazon",
        "I may be late in April",
        "will you mark it as paid",
        "grace period and joy ride",
        "June and August are busy",
        "the rose is in the vase",
        "bill me later",
        "I'm calling about my order",
        "I'm really sorry",
        "this is ridiculous",
        "this is about the refund",
        "it's urgent",
        "thanks so much",
        "hi there",
        "hello again",
        "my boss is angry",
        "my wife wants it back",
        "the patient is waiting",
        "Monday works, Tuesday does not",
        "Christmas is coming",
        "THIS IS NOT WHAT I ORDERED",
        "I speak English and Hindi",
        "Yes. No. Okay. Great.",
        "ich bin sehr müde",
        "ich habe eine Frage zu meiner Rechnung",
        "tengo una pregunta sobre mi factura",
        "je suis très content de votre service",
        "mujhe refund chahiye",
        "मुझे रिफंड चाहिए",
        "my name is on the list",
        "what's your name",
        "we met at Thomas Cook",
        "James Street is closed",
        "the doctor said no",
        "one of those",
    ],
)
def test_brands_towns_and_words_that_are_named_like_persons_are_none(said: str) -> None:
    assert marked(said) == (said,)
