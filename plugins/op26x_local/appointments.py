"""The diary of an invented clinic, in memory: free times, bookings."""

import hashlib
from typing import Annotated

import msgspec

from op26x.agents import Tool, ToolCall, ToolResult

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
TIMES = ("nine", "ten", "eleven", "two", "three", "four")
OFFERED = 3


class FreeSlots(msgspec.Struct):
    """Arguments of ``free_slots``."""

    day: Annotated[str, msgspec.Meta(description="A working day in lower case, such as tuesday")]


class Book(msgspec.Struct):
    """Arguments of ``book_appointment``."""

    day: Annotated[str, msgspec.Meta(description="A working day in lower case")]
    time: Annotated[str, msgspec.Meta(description="A full hour in words, as free_slots gives it")]
    name: Annotated[str, msgspec.Meta(description="The caller's name")]


def free_times(day: str) -> list[str]:
    """Three full hours that are free on a day, in words; always the same ones for the same day."""
    digest = hashlib.sha256(day.encode()).digest()
    ranked = sorted(range(len(TIMES)), key=lambda i: digest[i])
    return [TIMES[i] for i in sorted({TIMES.index("ten"), *ranked[:OFFERED]})]


async def free_slots(_call: ToolCall, wish: FreeSlots) -> dict[str, object]:
    """What is free on a day."""
    if wish.day not in DAYS:
        return {"error": f"The clinic is closed on {wish.day}.", "open": list(DAYS)}
    return {"day": wish.day, "times": free_times(wish.day)}


async def book_appointment(_call: ToolCall, wish: Book) -> ToolResult:
    """Books, if day and time are free."""
    if wish.day not in DAYS or wish.time not in free_times(wish.day):
        return ToolResult({"error": "That time is not free."})
    return ToolResult(
        {"status": "booked", "day": wish.day, "time": wish.time, "name": wish.name}, outcome="appointment-booked"
    )


def tools() -> list[Tool]:
    """Both tools."""
    return [
        Tool("free_slots", "Tells which times are free on a day.", FreeSlots, free_slots),
        Tool("book_appointment", "Books an appointment that the caller confirmed.", Book, book_appointment),
    ]
