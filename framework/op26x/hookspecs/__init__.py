"""Every extension point of op26x, grouped by domain; the docstring of a spec is its manual.

Mark an implementation with ``@hookimpl``. It may leave out parameters that it does not need and, except for
declarations, be ``async def``. Specs marked *notification* are isolated: an exception is logged and the call goes on.
Specs marked *deciding* fail closed: an exception counts as "no". *Declarations* are read once, at start.
"""

from op26x.hookspecs import apps, audit, consent, declarations, lifecycle, providers, recording, redaction
from op26x.hookspecs._markers import PROJECT, hookimpl, hookspec

MODULES = (lifecycle, consent, recording, redaction, audit, providers, declarations, apps)

__all__ = [
    "MODULES",
    "PROJECT",
    "apps",
    "audit",
    "consent",
    "declarations",
    "hookimpl",
    "hookspec",
    "lifecycle",
    "providers",
    "recording",
    "redaction",
]
