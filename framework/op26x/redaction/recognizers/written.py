"""Codes that are told by how they are written, though blanks part them: ``KP60 PVH``, ``mcnee 656069 zu 9lb``."""

import re
from collections.abc import Iterator

from op26x.redaction.entities import Entity, Span
from op26x.redaction.reading import Reading

UNMISTAKABLE: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        Entity.DRIVING_LICENCE,
        re.compile(r"\b(?=(?:\w ?){16}\b)[a-z]{2,5}9{0,3} ?\d{6} ?[a-z][a-z9] ?\d[a-z]{2}\b", re.I),
    ),
    (Entity.NI_NUMBER, re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")),
    (Entity.VEHICLE_PLATE, re.compile(r"\b[A-Z]{2}\d{2} ?[A-Z]{1,2} ?\d{4}\b")),
)
"""A British driving licence (DVLA), a National Insurance number (HMRC), an Indian vehicle plate."""
WHERE_SPOKEN_OF: tuple[tuple[str, re.Pattern[str]], ...] = (
    (Entity.NI_NUMBER, re.compile(r"\b[a-ceghj-prstw-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b", re.I)),
    (Entity.VEHICLE_PLATE, re.compile(r"\b[a-z]{2}\d{2} ?[a-z]{3}\b|\b[a-z]\d{1,3} ?[a-z]{3}\b", re.I)),
    (Entity.VEHICLE_PLATE, re.compile(r"\b[a-z]{2} ?\d{1,2} ?[a-z]{1,3} ?\d{4}\b", re.I)),
    (Entity.PASSPORT, re.compile(r"\b[A-Z]{1,2}-?\d{2} ?\d{3} ?\d{2,4}\b")),
)
"""What could be something else, such as an order."""


def written_codes(reading: Reading) -> Iterator[Span]:
    """Each code."""
    if not any(char.isdigit() for char in reading.text):
        return
    topics = {cue.topic for cue in reading.cues} | {*reading.asked}
    for label, pattern in (*UNMISTAKABLE, *(one for one in WHERE_SPOKEN_OF if one[0] in topics)):
        yield from (Span(match.start(), match.end(), label) for match in pattern.finditer(reading.text))
