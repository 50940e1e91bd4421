"""The data map: what every column holds, whose it is, what it is for, how it is protected, and when it goes.

``vocabulary`` has the words, ``declarations`` says them where a column is declared, ``check`` refuses to start with a
column of which nothing is said, ``columns`` seals, finds, masks and clears by what is said. ``processing`` makes the
records of processing of it, ``rendering`` what people and other tools read, ``differences`` what was added.
"""

from op26x.datamap.check import check_tables
from op26x.datamap.columns import PersonalColumns, clear, columns_of
from op26x.datamap.declarations import (
    Declared,
    Holds,
    PersonalData,
    declared,
    filed,
    hashed,
    identifier,
    indexed,
    masked,
    operational,
    organization,
    personal,
    reference,
    sealed,
)
from op26x.datamap.processing import CORE, DataMap, data_map
from op26x.datamap.vocabulary import (
    ACTIVITY,
    BROWSER,
    CREDENTIAL,
    DECISION,
    EMAIL_ADDRESS,
    IDENTIFIER,
    NAME,
    NETWORK,
    PHONE_NUMBER,
    VOICE,
    WORDS,
    DataCategory,
    DataSubject,
    Erase,
    Form,
    Kept,
    Kind,
    Purpose,
)

__all__ = [
    "ACTIVITY",
    "BROWSER",
    "CORE",
    "CREDENTIAL",
    "DECISION",
    "EMAIL_ADDRESS",
    "IDENTIFIER",
    "NAME",
    "NETWORK",
    "PHONE_NUMBER",
    "VOICE",
    "WORDS",
    "DataCategory",
    "DataMap",
    "DataSubject",
    "Declared",
    "Erase",
    "Form",
    "Holds",
    "Kept",
    "Kind",
    "PersonalColumns",
    "PersonalData",
    "Purpose",
    "check_tables",
    "clear",
    "columns_of",
    "data_map",
    "declared",
    "filed",
    "hashed",
    "identifier",
    "indexed",
    "masked",
    "operational",
    "organization",
    "personal",
    "reference",
    "sealed",
]
