"""The plugin manager: discovery, checks, and calling hooks with the right treatment of exceptions.

``load`` finds plugins by entry points of the group ``op26x`` and by the setting ``plugins``.
``Plugins.collect`` reads declarations, ``notifier`` and ``decider`` make plain callables out of hooks, once.
"""

from op26x.plugins.fits import Fits, of_type
from op26x.plugins.manager import GROUP, Plugins, Summary, load, unfit
from op26x.plugins.registry import Registry, build_registry

__all__ = ["GROUP", "Fits", "Plugins", "Registry", "Summary", "build_registry", "load", "of_type", "unfit"]
