"""A tool that tells the opening hours of a weekday."""

from typing import Annotated, Literal

import msgspec

from op26x import hookimpl
from op26x.agents import Tool, ToolResult

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
HOURS = {"saturday": "10 to 12", "sunday": "closed"}


class Question(msgspec.Struct):
    weekday: Annotated[Weekday, msgspec.Meta(description="The day that the caller asks for.")]


def opening_hours(call, question):
    hours = HOURS.get(question.weekday, "8 to 17")
    return ToolResult({"weekday": question.weekday, "hours": hours}, outcome="opening-hours-told")


@hookimpl
def op26x_tools():
    return [Tool("opening_hours", "Tells when the clinic is open on a weekday.", Question, opening_hours)]
