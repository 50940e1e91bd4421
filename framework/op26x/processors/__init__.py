"""Who is given personal data, and the firewall that lets nothing else out.

``register`` says which companies plugins declare by ``op26x_processors``, and whose terms an organization has
accepted. ``disclosures`` is the ledger of what each of them was given in a call. ``destinations`` says where this
process may connect to: hosts of those companies, and what the settings name. ``egress`` decides, and ``guard`` asks it
before Python connects to anywhere. The service's event loop connects past Python, and has a guard of its own.
``kernel`` makes rules for the kernel's firewall out of the same.
"""

from op26x.processors.destinations import Destination, destinations
from op26x.processors.disclosures import DisclosureLedger, Given, Planned, Total, planned
from op26x.processors.egress import Egress, by_tool
from op26x.processors.guard import allow, guarded, install
from op26x.processors.model import Disclosure, ProcessorAcceptance, unended
from op26x.processors.register import (
    Register,
    Registered,
    Standing,
    accepting,
    check_hosts,
    is_here,
    registered,
    standings,
)

__all__ = [
    "Destination",
    "Disclosure",
    "DisclosureLedger",
    "Egress",
    "Given",
    "Planned",
    "ProcessorAcceptance",
    "Register",
    "Registered",
    "Standing",
    "Total",
    "accepting",
    "allow",
    "by_tool",
    "check_hosts",
    "destinations",
    "guarded",
    "install",
    "is_here",
    "planned",
    "registered",
    "standings",
    "unended",
]
