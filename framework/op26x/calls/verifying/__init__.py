"""Whether the privacy policy holds on an installation: each promise, what enforces it, and checks of what is there now.

``looking`` is what every check gets, ``kept``, ``sealed``, ``given``, ``transit`` and ``record`` have the checks,
``verification`` asks them all, ``report`` shows the result to people and ``oscal`` to programs, ``text`` writes the
policy out of it.
"""

from op26x.calls.verifying import oscal, report, text
from op26x.calls.verifying.verification import CheckResult, PromiseResult, Verification, verify_policy

__all__ = ["CheckResult", "PromiseResult", "Verification", "oscal", "report", "text", "verify_policy"]
