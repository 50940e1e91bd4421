"""Who is given personal data, and the firewall that lets nothing else out.

``destinations`` says where this process may connect to: hosts that plugins declare by ``op26x_processors``, and what
the settings name. ``egress`` decides, and ``guard`` asks it before Python connects to anywhere. The service's event
loop connects past Python, and has a guard of its own.
"""

from op26x.processors.destinations import Destination, destinations
from op26x.processors.egress import Egress, by_tool
from op26x.processors.guard import allow, guarded, install

__all__ = ["Destination", "Egress", "allow", "by_tool", "destinations", "guarded", "install"]
