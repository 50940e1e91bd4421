"""An organization's own words: heard and proved in its calls from the next one on, and in nobody else's."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from op26x.consent import Announcement, Notice
from op26x.consent.texts import texts
from virtual.call import CALLED, Board, board

Happens = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
STANDARD = texts("en").sentences[Notice.ANNOUNCE]  # type: ignore[union-attr]


async def announced(on: Board, *, forgotten: bool = False) -> str:
    """The version of what a caller was told, as the recording of their call names it."""
    arrival, sid = on.arrival()
    admission = await on.switchboard.arrive(arrival)
    if forgotten:
        on.switchboard.forget(on.workspace.organization_id)
    line = await on.ring_as(arrival, sid, admission.token)
    await asyncio.sleep(20)
    await line.hang_up()
    await line.over()
    kept = await on.kept(line)
    assert (kept.outcome, kept.readable) == ("recorded", True)
    assert kept.recording is not None
    return kept.recording.announcement


def version(text: str, language: str = "en") -> str:
    """What a consent calls these words."""
    return Announcement(text, language).version


def test_they_are_what_callers_are_told_from_the_next_call_on(happens: Happens, tmp_path: Path) -> None:
    async def story() -> None:
        async with board(tmp_path, recording="announce", language="en-GB") as on:
            assert await announced(on) == version(STANDARD, "en-GB")
            for own in ("We record this call.", "This call is recorded for training."):
                await on.workspace.announcements.set(Notice.ANNOUNCE, "en", own, "test")
                assert await announced(on) == version(own, "en-GB")
            await on.workspace.phone_lines.add("twilio", CALLED)
            other = (await on.installation.organizations.create("other")).id
            theirs = await on.installation.opened(other)
            await theirs.announcements.set(Notice.ANNOUNCE, "en", "Theirs.", "test")
            await on.workspace.announcements.remove(Notice.ANNOUNCE, "en", "test")
            assert await announced(on) == version(STANDARD, "en-GB")

    happens(story)


def test_a_call_that_outlived_the_service_that_admitted_it_is_announced_too(happens: Happens, tmp_path: Path) -> None:
    """The service that takes the stream may have started since, and have nothing ready."""

    async def story() -> None:
        async with board(tmp_path, recording="announce") as on:
            assert await announced(on, forgotten=True) == version(STANDARD)

    happens(story)
