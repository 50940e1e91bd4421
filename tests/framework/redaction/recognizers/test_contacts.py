"""E-mail and payment addresses, URLs that carry credentials and addresses of computers, written and spoken."""

import pytest

from framework.redaction.marked import marked


@pytest.mark.parametrize(
    "said",
    [
        "write to [jane.doe+shop@example.co.uk](EMAIL) please",
        "it's [O'Brien_7@mail.example](EMAIL).",
        "[müller@beispiel.de](EMAIL)",
        "my upi is [priya.raman@okaxis](UPI)",
        "pay [9876543210@ybl](UPI)",
    ],
)
def test_a_written_address_is_found(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "my email is [jane dot doe at gmail dot com](EMAIL)",
        "my email is [j dot smith eighty two at gmail dot com](EMAIL)",
        "email me at [jane underscore doe at example dot co dot uk](EMAIL)",
        "it's [jane at gmail dot com](EMAIL)",
        "my email is [j a n e at gmail.com](EMAIL)",
        "my email is [jane dash doe at hotmail](EMAIL)",
        "my email address is [priya raman all lowercase no spaces at gmail dot com](EMAIL)",
        "my email is [jane plus shop at acme-mail dot io](EMAIL)",
        "my email is [jane four at g mail dot com](EMAIL)",
        "email is [s for sugar m for mother seven at yahoo dot co dot in](EMAIL)",
        "mail id is [priya dot raman at the rate gmail dot com](EMAIL)",
        "my upi is [priya dot raman at okaxis](UPI)",
        "upi id is [nine eight seven six five four three two one zero at ybl](UPI)",
        "gpay [priya at ok axis](UPI)",
        "email: [jane dot doe at company dot org](EMAIL)",
        "[jane underscore doe @ example dot com](EMAIL)",
        "my email is [jane.doe @ gmail.com](EMAIL)",
    ],
)
def test_a_spoken_address_is_found(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "meine E-Mail ist [max punkt mustermann ät gmx punkt de](EMAIL)",
        "meine E-Mail-Adresse ist [max unterstrich mustermann at web punkt de](EMAIL)",
        "meine Mailadresse ist [max bindestrich muster klammeraffe t-online punkt de](EMAIL)",
        "mi correo es [ana punto lópez arroba gmail punto com](EMAIL)",
        "mi correo electrónico es [ana guion bajo lópez arroba empresa punto es](EMAIL)",
        "mon mail est [marie point dupont arobase orange point fr](EMAIL)",
        "mon adresse mail est [marie tiret du bas dupont arobase laposte point net](EMAIL)",
        "mera email hai [priya dot raman at the rate gmail dot com](EMAIL)",
        "मेरा ईमेल [प्रिया डॉट रमन एट द रेट जीमेल डॉट कॉम](EMAIL)",
        "मेरा ईमेल [priya.raman@gmail.com](EMAIL) है",
    ],
)
def test_addresses_are_told_in_other_languages(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: What's your email?", "[jane dot doe](EMAIL)", "agent: Go on.", "[at gmail dot com](EMAIL)"),
        ("agent: What's your email?", "sure, it's [j a n e d o e](EMAIL)"),
        ("agent: What's your email?", "[janedoe82](EMAIL)"),
        ("agent: What's your email?", "[jane doe eighty two at gmail dot com](EMAIL)"),
        ("agent: Wie ist Ihre E-Mail?", "[max punkt mustermann ät gmx punkt de](EMAIL)"),
        ("agent: ¿Cuál es su correo?", "[ana punto lópez arroba gmail punto com](EMAIL)"),
        ("agent: Quelle est votre adresse mail ?", "[marie point dupont arobase free point fr](EMAIL)"),
        ("agent: And your UPI ID?", "[priya at oksbi](UPI)"),
    ],
)
def test_an_address_is_what_the_agent_asked_for(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "turns",
    [
        ("agent: What's your email?", "I don't have one"),
        ("agent: What's your email?", "I'd rather not say"),
        ("agent: What's your email?", "no thanks"),
        ("agent: What's your email?", "at work they block it"),
        ("agent: What's your email?", "..."),
        ("agent: What's your email?", ""),
    ],
)
def test_who_gives_no_address_says_nothing_secret(turns: tuple[str, ...]) -> None:
    assert marked(*turns) == turns


@pytest.mark.parametrize(
    "said",
    [
        "open [https://shop.example/reset?token=abc123](URL) now",
        "[www.example.com/login?session=9f8a](URL)",
        "it was [https://jane:hunter2@example.com/path](URL).",
        "(see [https://example.com/#access_token=zzz](URL))",
    ],
)
def test_an_url_that_carries_a_credential_is_found(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "it's [192.168.0.1](IP_ADDRESS)",
        "connect to [10.0.0.1:8080](IP_ADDRESS) or [10.0.0.0/24](IP_ADDRESS)",
        "[2001:0db8:85a3:0000:0000:8a2e:0370:7334](IP_ADDRESS)",
        "[2001:db8::1](IP_ADDRESS) and [::1](IP_ADDRESS)",
    ],
)
def test_a_computers_address_is_found(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "[GB29 NWBK 6016 1331 9268 19](IBAN)",
        "[DE89370400440532013000](IBAN) please",
        "[fr14 2004 1010 0505 0001 3m02 606](IBAN)",
    ],
)
def test_an_iban_is_told_by_its_check_digits(said: str) -> None:
    assert marked(said) == (said,)


@pytest.mark.parametrize(
    "said",
    [
        "see https://example.com/help?page=2",
        "go to www.example.com",
        "go to example dot com and look at it",
        "look at the dot on the map",
        "meet me at seven",
        "I'm at work at the moment",
        "he works at google",
        "we met at the yahoo office",
        "@ 5 each",
        "it starts at 10:30:45",
        "v 1.2.3.4 of the app",
        "section 1.2.3.4 says so",
        "the ratio is 1:2:3",
        "we're at 12 percent",
    ],
)
def test_what_only_looks_like_an_address_is_nobodys_secret(said: str) -> None:
    assert marked(said) == (said,)
