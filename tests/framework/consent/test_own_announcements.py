"""An organization's own words: of one organization, of a language and its regions, and each change on record."""

import pytest

from op26x.calls import Installation, Workspace
from op26x.consent import Notice, notice_named
from op26x.consent.own_announcements import LONGEST
from op26x.errors import NotFound, UsageError

WHO = "user:1"


async def test_there_are_none_until_some_are_set(workspace: Workspace) -> None:
    assert list(await workspace.announcements.list()) == []
    assert await workspace.announcements.of("en") == {}


async def test_the_last_words_stand_and_each_change_is_on_record(workspace: Workspace) -> None:
    own = workspace.announcements
    first = await own.set(Notice.ANNOUNCE, "en", "  We record\nthis call. ", WHO)
    again = await own.set(Notice.ANNOUNCE, "en", "This call is recorded.", WHO)
    assert (first.text, again.id) == ("We record this call.", first.id)
    assert await own.of("en") == {Notice.ANNOUNCE: "This call is recorded."}
    await own.remove(Notice.ANNOUNCE, "en", WHO)
    assert await own.of("en") == {}
    acts = [(entry.what, entry.who, entry.why) for entry in await workspace.audit.of(first.id)]
    assert sorted(acts) == [
        *[("announcement.changed", WHO, "announce en")] * 2,
        ("announcement.removed", WHO, "announce en"),
    ]


async def test_a_region_has_the_words_of_its_language_and_its_own_before_them(workspace: Workspace) -> None:
    own = workspace.announcements
    await own.set(Notice.ANNOUNCE, "en-IN", "Recorded in India.", WHO)
    await own.set(Notice.ANNOUNCE, "en", "Recorded.", WHO)
    await own.set(Notice.REFUSED, "en", "Not recorded.", WHO)
    assert await own.of("en-IN") == {Notice.ANNOUNCE: "Recorded in India.", Notice.REFUSED: "Not recorded."}
    assert await own.of("en") == {Notice.ANNOUNCE: "Recorded.", Notice.REFUSED: "Not recorded."}
    assert await own.of("en-GB") == await own.of("en")
    assert await own.of("EN-in") == await own.of("en-IN"), "however it is written"
    assert await own.of("de") == {}


async def test_they_are_one_organizations_own(installation: Installation, workspace: Workspace) -> None:
    other = installation.workspace((await installation.organizations.create("other")).id)
    await workspace.announcements.set(Notice.ANNOUNCE, "en", "Ours.", WHO)
    await other.announcements.set(Notice.ANNOUNCE, "en", "Theirs.", WHO)
    with pytest.raises(NotFound):
        await other.announcements.remove(Notice.ASSENT, "en", WHO)
    await other.announcements.remove(Notice.ANNOUNCE, "en", WHO)
    assert await workspace.announcements.of("en") == {Notice.ANNOUNCE: "Ours."}
    assert await other.announcements.of("en") == {}


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", ""), ("en", " 1, 2 … "), ("en", "a" * (LONGEST + 1)), ("", "Recorded."), ("english please", "Recorded.")],
)
async def test_what_tells_nothing_is_refused(workspace: Workspace, language: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        await workspace.announcements.set(Notice.ANNOUNCE, language, text, WHO)
    assert caught.value.remedy
    assert list(await workspace.announcements.list()) == []


def test_an_unknown_notice_is_answered_with_those_that_there_are() -> None:
    assert notice_named("announce") is Notice.ANNOUNCE
    with pytest.raises(NotFound, match="annouce") as caught:
        notice_named("annouce")
    assert "announce, assent" in caught.value.remedy
