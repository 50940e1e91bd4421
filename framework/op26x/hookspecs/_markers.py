"""The pluggy markers of the project."""

import pluggy

PROJECT = "op26x"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
