"""The proof of a call: one signed file about its policy, what was said, agreed, kept and given away; checked offline.

``statement`` is what is said, ``making`` gathers and signs it, ``checking`` checks it again, ``page`` shows it.
"""

from op26x.calls.proving.checking import Checked, check_page, check_proof, read_proof
from op26x.calls.proving.making import prove_call
from op26x.calls.proving.page import as_html
from op26x.calls.proving.statement import CallProof, Statement

__all__ = ["CallProof", "Checked", "Statement", "as_html", "check_page", "check_proof", "prove_call", "read_proof"]
