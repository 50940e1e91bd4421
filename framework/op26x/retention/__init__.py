"""Retention: how long what is personal is kept, and what happens when its time is over.

``periods`` computes deadlines, ``clock_watch`` and ``trusted_time`` tell whether the clock that they are compared with
can be believed, ``sweep`` erases what has passed them: the key first, then the bytes, then the columns.
"""

from op26x.retention.clock_watch import ClockWatch, Doubt
from op26x.retention.due import BATCH, Due, due, named
from op26x.retention.periods import LONGEST_DAYS, Deadlines, Periods, Preview
from op26x.retention.sweep import Demanded, Keeper, Ledger, Sweep, Swept
from op26x.retention.trusted_time import TrustedTime

__all__ = [
    "BATCH",
    "LONGEST_DAYS",
    "ClockWatch",
    "Deadlines",
    "Demanded",
    "Doubt",
    "Due",
    "Keeper",
    "Ledger",
    "Periods",
    "Preview",
    "Sweep",
    "Swept",
    "TrustedTime",
    "due",
    "named",
]
