"""A recognizer of the numbers that a company gives its staff: ``SN-104 233``."""

from op26x import Recognizer, hookimpl

STAFF_NUMBER = r"\bSN[- ]?\d{3}[- ]?\d{3}\b"


@hookimpl
def op26x_recognizers():
    return [Recognizer.pattern("STAFF_NUMBER", STAFF_NUMBER)]
