"""Formats of do-not-call registries' files; plugins bring others by ``op26x_do_not_call_format``."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from op26x.errors import UsageError
from op26x.hookspecs import hookimpl
from op26x.types import Provider, ServiceRequest

AREA_AND_NUMBER = re.compile(r'"?(\d{3})"?,?"?(\d{7})"?')
E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class RegistryFormat:
    """How the numbers of a registry are read out of its file.

    Attributes:
        numbers: The numbers of lines of text, in E.164 form. Raises ``ValueError`` for a line that has none.
        covers: How the numbers begin for which a file vouches that has this one: ``+1202``, if files are of area codes.
            Empty for every number.
    """

    numbers: Callable[[Iterable[str]], Iterator[str]]
    covers: Callable[[str], str] = lambda number: ""


def _of_the_ftc(lines: Iterable[str]) -> Iterator[str]:
    return ("+1" + "".join(found.groups()) for found in _matched(AREA_AND_NUMBER, lines, "202,5550123"))


def _in_e164(lines: Iterable[str]) -> Iterator[str]:
    return (found[0] for found in _matched(E164, lines, "+12025550123"))


def _matched(wanted: re.Pattern[str], lines: Iterable[str], example: str) -> Iterator[re.Match[str]]:
    for number, line in enumerate(lines, 1):
        if not (text := line.strip()):
            continue
        if (found := wanted.fullmatch(text)) is None:
            raise ValueError(f"line {number} is not like {example}")
        yield found


US_FTC = RegistryFormat(_of_the_ftc, covers=lambda number: number[:5])
"""Flat text files of the National Do Not Call Registry of the United States: one file for each area code."""
PLAIN = RegistryFormat(_in_e164)


class RegistryFormats:
    """The core's own formats."""

    @hookimpl
    def op26x_do_not_call_format(self) -> list[Provider[RegistryFormat]]:
        """``us-ftc`` and ``e164``."""
        return [
            Provider("us-ftc", _always(US_FTC), "full list of the US registry as a flat text file: 202,5550123"),
            Provider("e164", _always(PLAIN), "one number in a line, with its country code: +12025550123"),
        ]


def _always(found: RegistryFormat) -> Callable[[ServiceRequest], RegistryFormat]:
    return lambda request: found


def numbers_in(chosen: RegistryFormat, lines: Iterable[str]) -> Iterator[str]:
    """The numbers of a file.

    Raises:
        UsageError: A line has none, or is no text in UTF-8, or a plugin made no number of it; it is not quoted.
    """
    try:
        for number in chosen.numbers(lines):
            if not isinstance(number, str) or not E164.fullmatch(number):
                raise UsageError("Nothing is imported: the format made something of a line that is no number.")
            yield number
    except UnicodeDecodeError:
        raise UsageError("Nothing is imported: the file is no text in UTF-8.", "Unpack it first.") from None
    except ValueError as error:
        raise UsageError(f"Nothing is imported: {error}.", "Choose another --format, or mend the file.") from None
