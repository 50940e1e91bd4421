"""Ranges of bytes (RFC 9110, section 14)."""

import re

from litestar.exceptions import HTTPException

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def byte_range(header: str, size: int) -> tuple[int, int, bool]:
    """First byte, the one after the last, and whether that is less than all; several ranges are answered with all.

    Raises:
        HTTPException: 416, the range is outside.
    """
    asked = RANGE.fullmatch(header.strip())
    if asked is None or not (asked[1] or asked[2]):
        return 0, size, False
    if not asked[1]:
        start, end = max(0, size - int(asked[2])), size
    else:
        start, end = int(asked[1]), min(size, int(asked[2]) + 1 if asked[2] else size)
    if start >= end:
        raise HTTPException(
            status_code=416,
            detail="The range is outside of the recording.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, end, True
