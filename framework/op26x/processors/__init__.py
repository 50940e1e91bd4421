"""Who is given personal data, and the firewall that lets nothing else out.

``register`` says which companies plugins declare by ``op26x_processors``, and whose terms an organization has
accepted. ``destinations`` says where this process may connect to: hosts of those companies, and what the settings name.
``egress`` decides, and ``guard`` asks it before Python connects to anywhere. The service's event loop connects past
Python, and has a guard of its own.
"""

from op26x.processors.destinations import Destination, destinations
from op26x.processors.egress import Egress, by_tool
from op26x.processors.guard import allow, guarded, install
from op26x.processors.model import ProcessorAcceptance
from op26x.processors.register import Register, Registered, Standing, accepting, check_hosts, registered, standing

__all__ = [
    "Destination",
    "Egress",
    "ProcessorAcceptance",
    "Register",
    "Registered",
    "Standing",
    "accepting",
    "allow",
    "by_tool",
    "check_hosts",
    "destinations",
    "guarded",
    "install",
    "registered",
    "standing",
]
