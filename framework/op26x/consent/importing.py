"""Consents that people gave elsewhere, out of a CSV file: on a web form, in a letter, in another system."""

import csv
import hashlib
import io
from collections.abc import Callable
from datetime import UTC, datetime

from op26x.clock import in_utc
from op26x.consent.ledger import ConsentGiven
from op26x.consent.model import ConsentPurpose, ConsentState
from op26x.errors import UsageError
from op26x.types import Personal, PhoneNumber

COLUMNS = ("number", "purpose", "state", "evidence", "at", "until")
NEEDED = ("number", "purpose", "at")
EVIDENCE = ("form", "letter", "words")
STATES = (ConsentState.GRANTED, ConsentState.REFUSED, ConsentState.WITHDRAWN)
SHOWN_FAULTS = 5


def read_consents(
    content: bytes, index: Callable[[Personal], str], now: datetime
) -> list[tuple[ConsentGiven, datetime]]:
    """The consents of a file, each with its time; all of them or none.

    Args:
        content: CSV in UTF-8 with a line of column names: ``number`` with its country code, ``purpose`` (``call``,
            ``marketing``, ``contract``, ``research`` or ``recording``), ``at`` (ISO 8601), and, if need be, ``state``
            (``granted``, ``refused`` or ``withdrawn``), ``evidence`` (``form``, ``letter`` or ``words``) and ``until``,
            the end of what was granted for a time.
        index: Makes blind indexes.
        now: The time, UTC.

    Raises:
        UsageError: A line is wrong; the message names the first few, and nothing is imported.
    """
    # Keyed: by the hash of a short file alone, its numbers could be found by trying.
    digest = index(Personal(hashlib.sha256(content).hexdigest()))[:16]
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        names, rows = reader.fieldnames or (), [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise UsageError("The file is no CSV in UTF-8.", "Save it as CSV, UTF-8.") from None
    if wrong := [name for name in NEEDED if name not in names] or [name for name in names if name not in COLUMNS]:
        raise UsageError(f"The column {wrong[0]} is missing or unknown.", f"The columns are: {', '.join(COLUMNS)}.")
    found, faults = [], []
    for line, row in rows:
        try:
            found.append(_read(row, f"{digest} line {line}", index, now))
        except ValueError as error:
            faults.append(f"line {line}: {error}")
    if faults:
        more = f" and {len(faults) - SHOWN_FAULTS} more" if len(faults) > SHOWN_FAULTS else ""
        shown = "; ".join(faults[:SHOWN_FAULTS])
        raise UsageError(f"Nothing is imported: {shown}{more}.", "Mend these lines, and import the file again.")
    return found


def _read(
    row: dict[str, str], value: str, index: Callable[[Personal], str], now: datetime
) -> tuple[ConsentGiven, datetime]:
    if None in row or None in row.values():
        raise ValueError("it has more or fewer columns than the first line")
    try:
        number = PhoneNumber.parse(row["number"])
    except UsageError as error:
        raise ValueError(error.message.rstrip(".").lower()) from None
    if not number:
        raise ValueError("there is no number")
    state = ConsentState(_one_of(row, "state", [one.value for one in STATES], ConsentState.GRANTED))
    given = ConsentGiven(
        subject_index=index(number),
        call_id="",
        state=state,
        evidence=_one_of(row, "evidence", EVIDENCE, "form"),
        value=value,
        purpose=ConsentPurpose(_one_of(row, "purpose", list(ConsentPurpose), "")),
        valid_until=_end(row.get("until") or "", state),
    )
    at = _moment(row["at"], "at")
    if at > now:
        raise ValueError("at lies in the future")
    if given.valid_until is not None and given.valid_until <= at:
        raise ValueError("until is not after at")
    return given, at


def _one_of(row: dict[str, str], name: str, known: "list[str] | tuple[str, ...]", default: str) -> str:
    value = (row.get(name) or default).strip().lower()
    if value not in known:
        raise ValueError(f"{name} is none of {', '.join(known)}")
    return value


def _end(text: str, state: ConsentState) -> datetime | None:
    if not text.strip():
        return None
    if state is not ConsentState.GRANTED:
        raise ValueError(f"until is for what was granted, and this was {state}")
    return _moment(text, "until")


def _moment(text: str, column: str) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(text.strip())).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{column} is no time like 2026-05-04T10:00Z") from None
