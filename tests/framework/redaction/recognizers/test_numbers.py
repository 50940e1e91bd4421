"""Numbers and codes: told by what was asked, by what stands beside them, and by their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from framework.redaction.marked import marked
from op26x.redaction import Dialogue, Turn

# By what stands beside them, in English.


@pytest.mark.parametrize(
    "said",
    [
        "My card number is [4111 1111 1111 1111](CARD).",
        "the long number is [4111111111111111](CARD)",
        "it's a visa, [four one one one one one one one one one one one one one one one](CARD)",
        "my amex is [thirty seven eighty two eighty two twenty four sixty three one double oh oh five](CARD)",
        "the card ending in [1881](CARD)",
        "use my mastercard ending [four four four four](CARD)",
        "my rupay card is [6521 5499 8756 3214](CARD)",
        "the CVV is [123](CVV)",
        "the three digits on the back are [one two three](CVV)",
        "security code on the back, [double oh seven](CVV)",
        "my account number is [12345678](BANK_ACCOUNT)",
        "it's account [one two three four five six seven eight](BANK_ACCOUNT)",
        "the sort code is [20-00-00](SORT_CODE)",
        "sort code [forty forty seventy six](SORT_CODE)",
        "sort code [two oh double oh double oh](SORT_CODE)",
        "the routing number is [021000021](ROUTING_NUMBER)",
        "routing number [zero two one zero zero zero zero two one](ROUTING_NUMBER)",
        "my IBAN is [GB29 NWBK 6016 1331 9268 19](IBAN)",
        "i ban is [D E eight nine three seven oh four](IBAN)",
        "my social is [078-05-1120](SSN)",
        "my social security number is [oh seven eight oh five one one two oh](SSN)",
        "last four of my social are [1120](SSN)",
        "my ITIN is [912-70-1234](ITIN)",
        "my itin is [nine one two seven zero one two three four](ITIN)",
        "my NHS number is [943 476 5919](NHS_NUMBER)",
        "nhs number [nine four three four seven six five nine one nine](NHS_NUMBER)",
        "my national insurance number is [QQ 12 34 56 C](NI_NUMBER)",
        "my national insurance number is [AB123456C](NI_NUMBER)",
        "ni number is [alpha bravo one two three four five six charlie](NI_NUMBER)",
        "my Aadhaar number is [2345 6789 0124](AADHAAR)",
        "aadhaar [two three four five six seven eight nine zero one two four](AADHAAR)",
        "my PAN is [ABCPE1234F](PAN)",
        "pan number is [a b c p e one two three four f](PAN)",
        "my GSTIN is [27ABCPE1234F1Z5](GSTIN)",
        "gst number [two seven a b c p e one two three four f one z five](GSTIN)",
        "the IFSC code is [SBIN0001234](IFSC)",
        "ifsc [s b i n zero zero zero one two three four](IFSC)",
        "my passport number is [533401372](PASSPORT)",
        "passport number [K for kilo one two three four five six seven](PASSPORT)",
        "my driving licence is [MORGA657054SM9IJ](DRIVING_LICENCE)",
        "my driver's license number is [D1234567](DRIVING_LICENCE)",
        "driver's license [d one two three four five six seven](DRIVING_LICENCE)",
        "my number plate is [AB12 CDE](VEHICLE_PLATE)",
        "license plate [seven a b c one two three](VEHICLE_PLATE)",
        "vehicle number is [MH 12 AB 1234](VEHICLE_PLATE)",
        "my phone number is [212-555-0123](PHONE)",
        "call me on [020 7946 0100](PHONE)",
        "call me at [+1 (212) 555-0123](PHONE)",
        "my mobile is [oh double seven double oh nine hundred one two three](PHONE)",
        "my number is [two one two five five five oh one two three](PHONE)",
        "mobile number is [nine eight seven six five four three two one zero](PHONE)",
        "whatsapp me on [plus nine one nine eight seven six five four three two one zero](PHONE)",
        "the number is [1-800-555-0199](PHONE)",
        "my postcode is [SW1A 1AA](POSTCODE)",
        "postcode is [s w one a one double a](POSTCODE)",
        "my zip code is [90210](POSTCODE)",
        "zip code [nine oh two one oh](POSTCODE)",
        "pin code [560001](POSTCODE)",
        "pincode is [five six double zero zero one](POSTCODE)",
        "my PIN is [4821](PIN)",
        "the pin is [four eight two one](PIN)",
        "my mpin is [four eight two one double nine](PIN)",
        "the verification code is [482913](ONE_TIME_CODE)",
        "the code I got is [four eight two nine one three](ONE_TIME_CODE)",
        "otp is [four eight two nine one three](ONE_TIME_CODE)",
        "the code is [G-482913](ONE_TIME_CODE)",
        "my medical record number is [00482913](MEDICAL_RECORD_NUMBER)",
        "mrn [four eight two nine one three](MEDICAL_RECORD_NUMBER)",
        "the IP address is [one nine two dot one six eight dot zero dot one](IP_ADDRESS)",
        "expiry [0927](CARD_EXPIRY)",
        "the expiry date is [09/27](CARD_EXPIRY)",
        "it expires [oh nine twenty seven](CARD_EXPIRY)",
    ],
)
def test_a_number_is_what_stands_before_it(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "[482913](ONE_TIME_CODE) is the code",
        "[four eight two one](PIN) is my pin",
        "[12345678](BANK_ACCOUNT) is my account number",
        "[021000021](ROUTING_NUMBER) is the routing number",
        "[nine oh two one oh](POSTCODE) is my zip code",
    ],
)
def test_a_number_is_what_is_said_behind_it(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "My account is [12345678](BANK_ACCOUNT) and the sort code is [20-00-00](SORT_CODE).",
        "card [4111 1111 1111 1111](CARD), expiry [09/27](CARD_EXPIRY), cvv [123](CVV)",
        "order number 4829130, but call me on [212-555-0123](PHONE)",
        "My phone is [212-555-0123](PHONE). My zip is [90210](POSTCODE).",
    ],
)
def test_each_number_of_a_turn_is_told_by_itself(said: str) -> None:
    assert marked(said) == (said,)


# By what stands beside them, in other languages.


@pytest.mark.parametrize(
    "said",
    [
        "Meine Kartennummer ist [4111 1111 1111 1111](CARD).",
        "meine Kartennummer ist [vier eins eins eins eins eins eins eins fünf fünf fünf fünf](CARD)",
        "meine Telefonnummer ist [030 12345678](PHONE)",
        "meine Nummer ist [null drei null eins zwo drei vier fünf sechs sieben acht](PHONE)",
        "meine Handynummer ist [null eins siebzehn zweiundzwanzig dreiunddreißig vierundvierzig](PHONE)",
        "die Kontonummer ist [siebenhundertachtundvierzig zwölf dreißig](BANK_ACCOUNT)",
        "die Postleitzahl ist [10115](POSTCODE)",
        "die Postleitzahl ist [eins null eins eins fünf](POSTCODE)",
        "meine Geheimzahl ist [vier acht zwei eins](PIN)",
        "die Prüfziffer ist [eins zwei drei](CVV)",
        "meine IBAN ist [DE89 3704 0044 0532 0130 00](IBAN)",
        "die TAN ist [vier acht zwo neun eins drei](ONE_TIME_CODE)",
        "mein Reisepass ist [C01X00T47](PASSPORT)",
        "das Kennzeichen ist [B AB 1234](VEHICLE_PLATE)",
    ],
)
def test_numbers_are_told_in_german(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "El número de tarjeta es [4111 1111 1111 1111](CARD).",
        "mi tarjeta es [cuatro uno uno uno uno uno uno uno uno uno uno uno uno uno uno uno](CARD)",
        "mi teléfono es el [612 345 678](PHONE)",
        "mi número es [seis doce treinta y cuatro cincuenta y seis setenta y ocho](PHONE)",
        "mi móvil es el [seiscientos doce treinta y cuatro cincuenta y seis setenta y ocho](PHONE)",
        "la cuenta es [doce treinta y cuatro cincuenta y seis](BANK_ACCOUNT)",
        "mi código postal es [28013](POSTCODE)",
        "mi código postal es [dos ocho cero uno tres](POSTCODE)",
        "el código de seguridad es [uno dos tres](CVV)",
        "el código de verificación es [cuatro ocho dos nueve uno tres](ONE_TIME_CODE)",
        "mi pasaporte es [AAA123456](PASSPORT)",
        "la matrícula es [1234 BCD](VEHICLE_PLATE)",
    ],
)
def test_numbers_are_told_in_spanish(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "Mon numéro de carte est le [4111 1111 1111 1111](CARD).",
        "ma carte est le [quatre un un un un un un un un un un un un un un un](CARD)",
        "mon numéro de téléphone est le [01 23 45 67 89](PHONE)",
        "mon portable est le [zéro six douze trente-quatre cinquante-six soixante-dix-huit](PHONE)",
        "mon numéro est le [zéro six quatre-vingt-douze soixante et onze quatre-vingts douze](PHONE)",
        "mon compte est le [douze trente-quatre cinquante-six](BANK_ACCOUNT)",
        "le cryptogramme est [un deux trois](CVV)",
        "le code de vérification est [quatre huit deux neuf un trois](ONE_TIME_CODE)",
        "mon passeport est le [12AB34567](PASSPORT)",
        "ma plaque est [AB-123-CD](VEHICLE_PLATE)",
    ],
)
def test_numbers_are_told_in_french(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "mera card number hai [4111 1111 1111 1111](CARD)",
        "mera number hai [nau aath saat chhe paanch chaar teen do ek shunya](PHONE)",
        "mera mobile number [nine eight double seven six five chaar teen do ek](PHONE) hai",
        "मेरा मोबाइल नंबर [9876543210](PHONE) है",
        "मेरा नंबर है [नाइन एट डबल सेवन सिक्स फाइव फोर थ्री टू वन](PHONE)",
        "मेरा नंबर है [नौ आठ सात छः पाँच चार तीन दो एक शून्य](PHONE)",
        "मेरा आधार नंबर है [2345 6789 0124](AADHAAR)",
        "aadhaar number hai [do teen chaar paanch chhe saat aath nau shunya ek do chaar](AADHAAR)",
        "मेरा पैन नंबर है [ABCPE1234F](PAN)",
        "otp hai [chaar aath do nau ek teen](ONE_TIME_CODE)",
        "ओटीपी है [चार आठ दो नौ एक तीन](ONE_TIME_CODE)",
        "pin code hai [paanch chhe shunya shunya shunya ek](POSTCODE)",
        "पिन कोड है [560001](POSTCODE)",
        "mera khata number hai [tees pachasi unnis pachas](BANK_ACCOUNT)",
        "मेरा खाता नंबर है [१२३४५६७८९०१](BANK_ACCOUNT)",
    ],
)
def test_numbers_are_told_in_hindi(said: str) -> None:
    assert marked(said) == (said,)


# By what was asked.


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: What's the long number on your card?", "[four one one one one one one one](CARD)"),
        ("agent: And the three digits on the back?", "[one two three](CVV)"),
        ("agent: And the three digits on the back?", "sure, it's [1 2 3](CVV)"),
        ("agent: When does it expire?", "[oh nine twenty seven](CARD_EXPIRY)"),
        ("agent: When does the card expire?", "[09/27](CARD_EXPIRY)"),
        ("agent: Can I take your account number?", "[one two three four five six seven eight](BANK_ACCOUNT)"),
        ("agent: And the sort code?", "[twenty thirty forty](SORT_CODE)"),
        ("agent: And the routing number?", "[oh two one oh oh oh oh two one](ROUTING_NUMBER)"),
        ("agent: What are the last four of your social?", "[one one two oh](SSN)"),
        ("agent: What is your social security number?", "[078051120](SSN)"),
        ("agent: Your NHS number, please?", "[nine four three four seven six five nine one nine](NHS_NUMBER)"),
        ("agent: Your national insurance number?", "[q q one two three four five six c](NI_NUMBER)"),
        ("agent: Please tell me your Aadhaar number.", "[two three four five](AADHAAR)"),
        ("agent: What is your PAN?", "[a b c p e one two three four f](PAN)"),
        ("agent: What's your passport number?", "[five three three four oh one three seven two](PASSPORT)"),
        ("agent: What's the licence plate?", "[alpha bravo one two charlie delta echo](VEHICLE_PLATE)"),
        ("agent: What's the best number to reach you?", "[five five five oh one two three](PHONE)"),
        ("agent: What number are you calling from?", "[two one two five five five oh one two three](PHONE)"),
        ("agent: What's your zip code?", "[nine oh two one oh](POSTCODE)"),
        ("agent: And your postcode?", "[s w one a one double a](POSTCODE)"),
        ("agent: Enter your four digit PIN.", "[four eight two one](PIN)"),
        ("agent: What's the code we texted you?", "[four eight two nine one three](ONE_TIME_CODE)"),
        ("agent: What's the code we texted you?", "[four eight](ONE_TIME_CODE)"),
        ("agent: Your medical record number?", "[four eight two nine one three](MEDICAL_RECORD_NUMBER)"),
        ("agent: Wie ist Ihre Kontonummer?", "[eins zwo drei vier fünf sechs sieben acht](BANK_ACCOUNT)"),
        ("agent: ¿Cuál es su número de teléfono?", "[seis uno dos tres cuatro cinco seis siete ocho](PHONE)"),
        ("agent: Quel est votre numéro de carte ?", "[quatre un un un un un un un](CARD)"),
        ("agent: Aapka mobile number kya hai?", "[nau aath saat chhe paanch chaar teen do ek shunya](PHONE)"),
        ("agent: आपका आधार नंबर क्या है?", "[दो तीन चार पाँच](AADHAAR)"),
    ],
)
def test_digits_are_what_the_agent_asked_for(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: How can I help?", "[4821](PIN)"),
        ("agent: Go ahead.", "[four eight two one nine](PIN)"),
        ("agent: Go ahead.", "[482913](SORT_CODE)"),
        ("agent: Go ahead.", "[4829134](BANK_ACCOUNT)"),
    ],
)
def test_digits_that_are_a_whole_answer_are_personal_though_nobody_asked(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: How many seats do you need?", "four"),
        ("agent: What's your order number?", "four eight two nine one three"),
        ("agent: What's the flight number?", "two one eight six"),
        ("agent: What year did you join?", "2019"),
        ("agent: How much did you pay?", "4,500"),
        ("agent: What is your card number?", "one moment"),
        ("agent: What is your card number?", "I have two cards"),
    ],
)
def test_a_question_for_something_else_makes_digits_harmless(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


# How people say digits.


@pytest.mark.parametrize(
    "said",
    [
        "my card is [four one one one, um, one one one one, uh, one one one one, let me see, one one one one](CARD)",
        "my card is [4111 okay 1111 then 1111, and then, 1111](CARD)",
        "my number is [two one two, hang on, five five five, oh one two three](PHONE)",
        "my account is [one two three four, no sorry, one two three five five six seven eight](BANK_ACCOUNT)",
        "my pin is [four eight two, scratch that, four eight three one](PIN)",
        "my account number is [12345678, actually it's 12345679](BANK_ACCOUNT)",
        "my account number is [12345678 no wait 12345679](BANK_ACCOUNT)",
        "my phone is [two one two triple five oh one two three](PHONE)",
        "my account is [double one double two treble three](BANK_ACCOUNT)",
        "my mobile is [double nine eight seven double six five four three two](PHONE)",
        "the postcode is [sierra whiskey one alpha one alpha alpha](POSTCODE)",
        "passport is [S for sugar M for mother one two three four five](PASSPORT)",
        "pan card is [a as in apple b as in ball c as in cat p as in pen e one two three four f](PAN)",
        "my number is [oh two oh seven nine four six oh one double oh](PHONE)",
        "my pin is [four dash eight dash two dash one](PIN)",
        "meine Nummer ist [null drei null, äh, eins zwo drei, nein Moment, eins zwo vier fünf sechs](PHONE)",
        "mi número es [seis uno dos, eh, tres cuatro cinco, perdón, tres cuatro seis siete ocho](PHONE)",
        "mon numéro est le [zéro six, euh, douze trente-quatre, pardon, douze trente-cinq, cinquante-six](PHONE)",
        "mera number hai [nau aath saat, ek minute, chhe paanch chaar, nahi nahi, chhe paanch teen do ek](PHONE)",
    ],
)
def test_fillers_corrections_and_repeats_do_not_hide_a_number(said: str) -> None:
    assert marked(said) == (said,)


# By their form alone.


@pytest.mark.parametrize(
    "said",
    [
        "agent: so [4111111111111111](CARD) it is",
        "agent: so [378282246310005](CARD) it is",
        "agent: so [4111-1111-1111-1111](CARD) it is",
        "agent: so [four one one one one one one one one one one one one one one one](CARD) it is",
        "agent: so [4111 1111 1111 1112](CARD) it is",
        "agent: so [078-05-1120](SSN) it is",
        "agent: so [912-70-1234](ITIN) it is",
        "agent: so [2345 6789 0124](AADHAAR) it is",
        "agent: so [234567890124](AADHAAR) it is",
        "agent: so [60-45-67](SORT_CODE) it is",
        "agent: so [212-555-0123](PHONE) it is",
        "agent: so [(212) 555-0123](PHONE) it is",
        "agent: so [555-0123](PHONE) it is",
        "agent: so [+44 20 7946 0100](PHONE) it is",
        "agent: so [98765 43210](PHONE) it is",
        "agent: so [9876543210](PHONE) it is",
        "agent: so [919876543210](PHONE) it is",
        "agent: so [07700 900123](PHONE) it is",
        "agent: so [ABCPE1234F](PAN) it is",
        "agent: so [27ABCPE1234F1Z5](GSTIN) it is",
        "agent: so [SBIN0001234](IFSC) it is",
        "agent: so [AB 12 34 56 C](NI_NUMBER) it is",
        "agent: so [AB12 CDE](VEHICLE_PLATE) it is",
        "agent: so [SW1A 1AA](POSTCODE) it is",
        "agent: so [MORGA657054SM9IJ](DRIVING_LICENCE) it is",
        "agent: so [192.168.0.1](IP_ADDRESS) it is",
        "agent: so [one nine two dot one six eight dot zero dot one](IP_ADDRESS) it is",
        "agent: so [123456789](BANK_ACCOUNT) it is",
        "agent: so [zero two one zero zero zero zero two one](ROUTING_NUMBER) it is",
        "take [ABCPE1234F](PAN) then",
        "take [SW1A 1AA](POSTCODE) then",
        "take [AB12 CDE, no sorry, AB12 CDF](VEHICLE_PLATE) then",
        "agent: it was 20260114 103000",
        "agent: it was 12.5.40",
    ],
)
def test_some_numbers_are_told_by_their_form(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4111-1111-1111-1111",
        "four one one one one one one one one one one one one one one one",
        "378282246310005",
        "078-05-1120",
        "2345 6789 0124",
        "+44 20 7946 0100",
        "98765 43210",
        "(212) 555-0123",
        "60-45-67",
    ],
)
def test_nothing_is_left_of_a_number_that_a_caller_says_though_nobody_asked(number: str) -> None:
    dialogue = Dialogue()
    (span,) = dialogue.spans(Turn("caller", f"I read you {number} before"))
    assert (span.start, span.end) == (11, 11 + len(number))


ISSUERS = [
    ("Visa", "4", [13, 16, 19]),
    ("Mastercard", "51", [16]),
    ("Mastercard", "55", [16]),
    ("Mastercard", "2221", [16]),
    ("Mastercard", "2720", [16]),
    ("American Express", "34", [15]),
    ("American Express", "37", [15]),
    ("Diners Club", "300", [14, 16, 19]),
    ("Diners Club", "305", [14, 16, 19]),
    ("Diners Club", "36", [14, 16, 19]),
    ("Diners Club", "38", [14, 16, 19]),
    ("Discover", "6011", [16, 19]),
    ("Discover", "644", [16, 19]),
    ("Discover", "65", [16, 19]),
    ("JCB", "3528", [16, 19]),
    ("JCB", "3589", [16, 19]),
    ("UnionPay", "62", [16, 17, 18, 19]),
    ("Maestro", "50", [12, 13, 14, 15, 16, 17, 18, 19]),
    ("Maestro", "56", [12, 13, 14, 15, 16, 17, 18, 19]),
    ("Maestro", "6759", [12, 13, 14, 15, 16, 17, 18, 19]),
    ("Maestro", "69", [12, 13, 14, 15, 16, 17, 18, 19]),
    ("RuPay", "60", [16]),
    ("RuPay", "508", [16]),
    ("RuPay", "81", [16]),
    ("Mir", "2200", [16, 17, 18, 19]),
    ("Verve", "506099", [16, 18, 19]),
    ("Dankort", "5019", [16]),
    ("UATP", "1", [15]),
    ("Troy", "9792", [16]),
    ("InterPayment", "636", [16, 19]),
    ("Uzcard", "8600", [16]),
]
RANGES = [(issuer, prefix, length) for issuer, prefix, lengths in ISSUERS for length in lengths]
TOLD_BY_FORM = [one for one in RANGES if one[1][0] in "23456"]
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
REST = "074918362507491836"


def card(prefix: str, length: int, rest: str = REST) -> str:
    """A card number of an issuer's, with the check digit that it must have."""
    unchecked = (prefix + rest)[: length - 1]
    return unchecked + luhn.calc_check_digit(unchecked)


@pytest.mark.parametrize(("issuer", "prefix", "length"), TOLD_BY_FORM)
def test_a_card_of_an_issuer_is_told_by_its_form(issuer: str, prefix: str, length: int) -> None:
    said = f"agent: so [{card(prefix, length)}](CARD) it is"
    assert marked(said) == (said,)


@pytest.mark.parametrize(("issuer", "prefix", "length"), RANGES)
def test_a_card_that_was_asked_for_is_found_in_digits_and_in_words(issuer: str, prefix: str, length: int) -> None:
    number = card(prefix, length)
    fours = " ".join(number[at : at + 4] for at in range(0, length, 4))
    spoken = " ".join(DIGITS[int(digit)] for digit in number)
    for said in (number, fours, fours.replace(" ", "-"), spoken):
        turns = ("agent: What is your card number?", f"[{said}](CARD)")
        assert marked(*turns) == turns


@given(st.sampled_from(TOLD_BY_FORM), st.text("0123456789", min_size=18, max_size=18))
def test_a_card_is_told_by_its_check_digit_whatever_its_others(issued: tuple[str, str, int], rest: str) -> None:
    _, prefix, length = issued
    said = f"agent: so [{card(prefix, length, rest)}](CARD) it is"
    assert marked(said) == (said,)


# What is a number too, and nobody's secret.


@pytest.mark.parametrize(
    "said",
    [
        "My order number is 4829130.",
        "order number four eight two nine one three oh",
        "it's about order 112-4829130-5512345",
        "the reference is REF 482913",
        "my case number is four eight two nine one",
        "I'm on flight BA 2490",
        "flight two one eight six to Denver",
        "the tracking number is 1Z999AA10123456784",
        "invoice number 20260114 please",
        "that's four hundred and twenty dollars",
        "it cost $4,821",
        "it cost 4821 dollars",
        "I paid £129.99 for it",
        "two thousand three hundred rupees",
        "the total was 1,250,000",
        "about ten thousand",
        "at ten thirty tomorrow",
        "around 10:45 or 11:15",
        "by four fifteen at the latest",
        "from nine to five",
        "since 2019",
        "in nineteen ninety eight we moved",
        "on the 4th at 3pm",
        "we need 12 chairs and 140 plates",
        "twenty five people for three nights",
        "it's 20 percent off",
        "a 32 inch screen and 16GB of memory",
        "version 14.2.1 of the app",
        "I called three or four times",
        "one of those",
        "the one I bought is the right one",
        "no one told me",
        "one moment, one second, one more thing",
        "route 66 and then exit 42",
        "take the M25 to junction 12",
        "terminal 5, gate 22, seat 14C",
        "room 1204 on floor 12",
        "extension 4821",
        "model number XJ-4000",
        "part number 48-2913",
        "press 1 for sales",
        "page 482",
        "a score of 7 out of 10",
        "order #5551234567",
        "confirmation code AB12CD",
        "PNR is XK4J2P",
        "serial number C02XK4J2JGH5",
        "three to five business days",
        "between two and four",
        "call 911",
        "a 401k and form 1040",
        "windows 11 and covid 19",
        "channel 4, chapter 11",
        "quarter past five, half past nine, ten to five",
        "at five thirty or at 5.30 pm",
        "from 2019 to 2023",
        "twenty twenty was bad",
        "one hundred and twenty three thousand",
        "five hundred or a million",
        "I'm 42 years old",
        "size ten and a half",
        "a four four two formation",
        "24/7 support",
        "it weighs 4821 kg",
        "promo code SAVE20",
        "die Bestellnummer ist 4829130",
        "das kostet dreihundert Euro",
        "um vierzehn Uhr dreißig",
        "el número de pedido es 4829130",
        "ça coûte deux cents euros",
        "Zimmer 204 um 15:30",
        "vuelo 4829, habitación 204",
        "a las cinco y media",
        "vol AF 482, chambre 204",
        "à quinze heures trente",
        "order number hai 4829130",
        "order number hai chaar aath do nau",
        "paanch baje, do din",
        "पाँच बजे, दो दिन",
        "do hazaar rupaye",
        "ऑर्डर नंबर 4829130 है",
        "पाँच सौ रुपये",
        "teen din se wait kar raha hoon",
    ],
)
def test_orders_flights_prices_times_and_quantities_are_nobodys_secret(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "turns",
    [
        ("My order number is 4829130.", "agent: So that's 4829130?", "yes, 4829130"),
        ("agent: Your reference number is 4829130.", "4829130, thanks"),
        ("agent: Your booking is number four eight two nine one.", "okay, four eight two nine one"),
    ],
)
def test_a_number_that_was_said_to_be_harmless_stays_so(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: il me faudrait votre IBAN", "[f r sept six zéro trois neuf deux fois deux six un](IBAN)"),
        ("agent: me facilita el IBAN", "[i e cero seis b o f i quince cincuenta y siete](IBAN)"),
        ("agent: wie lautet Ihre IBAN?", "[d e drei sieben zwei mal acht sechs](IBAN)"),
    ],
)
def test_an_iban_that_is_said_is_found_in_one_piece(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns
