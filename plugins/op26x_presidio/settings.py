"""The plugin's settings, and the names that both sides have for one thing."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import msgspec

from op26x.errors import SettingsError

LABELS: Mapping[str, str] = {
    "ABA_ROUTING_NUMBER": "ROUTING_NUMBER",
    "CREDIT_CARD": "CARD",
    "EMAIL_ADDRESS": "EMAIL",
    "IBAN_CODE": "IBAN",
    "IN_AADHAAR": "AADHAAR",
    "IN_GSTIN": "GSTIN",
    "IN_PAN": "PAN",
    "IN_PASSPORT": "PASSPORT",
    "IN_VEHICLE_REGISTRATION": "VEHICLE_PLATE",
    "IP_ADDRESS": "IP_ADDRESS",
    "MEDICAL_LICENSE": "MEDICAL_LICENSE",
    "PERSON": "PERSON",
    "PHONE_NUMBER": "PHONE",
    "UK_NHS": "NHS_NUMBER",
    "UK_NINO": "NI_NUMBER",
    "UK_PASSPORT": "PASSPORT",
    "UK_POSTCODE": "POSTCODE",
    "UK_VEHICLE_REGISTRATION": "VEHICLE_PLATE",
    "URL": "WEB_ADDRESS",
    "US_BANK_NUMBER": "BANK_ACCOUNT",
    "US_DRIVER_LICENSE": "DRIVING_LICENCE",
    "US_ITIN": "ITIN",
    "US_PASSPORT": "PASSPORT",
    "US_SSN": "SSN",
}
"""Presidio's names (https://microsoft.github.io/presidio/supported_entities/) and ours; others keep theirs."""


class PresidioSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``presidio``: ``OP26X_PRESIDIO_…`` or ``[presidio]``.

    Attributes:
        entities: What is looked for, by Presidio's names with commas between: ``PERSON, LOCATION``. Empty means that
            Presidio is not used.
        model: The spaCy model; it must be installed, and nothing is downloaded.
        language: The model's, ISO 639-1.
        score: How sure Presidio must be, 0 to 1.
        config: A YAML file as Presidio's ``AnalyzerEngineProvider`` takes it, with recognizers of your own; it says
            which model is used.
    """

    entities: str = ""
    model: str = "en_core_web_sm"
    language: str = "en"
    score: float = 0.5
    config: str = ""

    @property
    def wanted(self) -> list[str]:
        """Presidio's names of what is looked for."""
        return [name.strip().upper() for name in self.entities.split(",") if name.strip()]

    def check(self) -> None:
        """Does nothing if the files are there.

        Raises:
            SettingsError: There is no such model or file.
        """
        if self.config and not Path(self.config).is_file():
            raise SettingsError(f"There is no file {self.config}.", "Set OP26X_PRESIDIO_CONFIG to one.")
        if not self.config and find_spec(self.model) is None:  # which Presidio would download
            raise SettingsError(
                f"The spaCy model {self.model} is not installed.",
                "Install it, or set OP26X_PRESIDIO_MODEL to another one.",
            )
