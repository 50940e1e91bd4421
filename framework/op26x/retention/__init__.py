"""Retention: how long what is personal is kept, and what happens when its time is over.

``periods`` computes deadlines, ``sweep`` erases what has passed them: the key first, then the bytes, then the columns.
"""

from op26x.retention.periods import LONGEST_DAYS, Deadlines, Periods, Preview
from op26x.retention.sweep import Keeper, Ledger, Sweep, Swept

__all__ = ["LONGEST_DAYS", "Deadlines", "Keeper", "Ledger", "Periods", "Preview", "Sweep", "Swept"]
