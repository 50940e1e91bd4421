"""Entities: what is redacted, by the label that spans and placeholders carry."""

from dataclasses import dataclass
from enum import StrEnum


class Entity(StrEnum):
    """A kind of personal data that is found in what people say and write."""

    CARD = "CARD"
    CVV = "CVV"
    CARD_EXPIRY = "CARD_EXPIRY"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    SORT_CODE = "SORT_CODE"
    ROUTING_NUMBER = "ROUTING_NUMBER"
    IBAN = "IBAN"
    SSN = "SSN"
    ITIN = "ITIN"
    NHS_NUMBER = "NHS_NUMBER"
    NI_NUMBER = "NI_NUMBER"
    AADHAAR = "AADHAAR"
    PAN = "PAN"
    GSTIN = "GSTIN"
    UPI = "UPI"
    IFSC = "IFSC"
    PASSPORT = "PASSPORT"
    DRIVING_LICENCE = "DRIVING_LICENCE"
    VEHICLE_PLATE = "VEHICLE_PLATE"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    PERSON = "PERSON"
    ADDRESS = "ADDRESS"
    POSTCODE = "POSTCODE"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    AGE = "AGE"
    IP_ADDRESS = "IP_ADDRESS"
    URL = "URL"
    PASSWORD = "PASSWORD"  # noqa: S105
    PIN = "PIN"
    ONE_TIME_CODE = "ONE_TIME_CODE"
    MEDICAL_RECORD_NUMBER = "MEDICAL_RECORD_NUMBER"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text that holds an entity.

    Attributes:
        start: Its first character.
        end: The character behind its last.
        label: Which entity: a value of ``Entity``, or a plugin's own label.
    """

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said without a break.

    Attributes:
        speaker: ``agent`` or ``caller``.
        text: As the speech recogniser, the keyboard or the language model wrote it.
    """

    speaker: str
    text: str
