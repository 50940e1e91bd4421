"""op26x: AI phone calls whose privacy policy is executable.

The rooms of the core are domains; ``docs/architecture.md`` walks through them in the order of a call.
What a plugin author needs most is re-exported here.
"""

import os

# onnxruntime, which detects voice, reports to its vendor unless this is set before it is first imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# Pipecat greets whoever imports it, on standard error, where each line is to be one JSON object.
os.environ.setdefault("LOGURU_LEVEL", "WARNING")

from op26x.hookspecs import hookimpl
from op26x.types import PhoneNumber, Processor, Provider, Recognizer, Secret, ServiceRequest

__version__ = "0.1.0"

__all__ = ["PhoneNumber", "Processor", "Provider", "Recognizer", "Secret", "ServiceRequest", "__version__", "hookimpl"]
