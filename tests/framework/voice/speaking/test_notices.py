"""Notices: rendered once for each agent; one that can't be spoken is left out."""

from typing import Any

import pytest

from op26x import g711
from op26x.agents import Agent
from op26x.agents.document import ServiceChoice
from op26x.consent import Announcement, ConsentDefaults, Notice
from op26x.consent.texts import texts
from op26x.hookspecs import hookimpl
from op26x.plugins import Plugins
from op26x.voice.speaking.notices import Notices, Voices

PCM = b"\x10\x20" * 800


def agent(name: str = "clinic", language: str = "en") -> Agent:
    return Agent(name, "Hello.", "Be kind.", ServiceChoice("rehearsal"), language=language)


class Voice:
    """Renders sentences; fails or is silent where it is told to."""

    def __init__(self, fails_at: str = "", silent_at: str = "") -> None:
        self.fails_at, self.silent_at = fails_at, silent_at
        self.rendered: list[tuple[str, str]] = []

    @hookimpl
    def op26x_render_sentence(self, text: str, language: str) -> bytes | None:
        self.rendered.append((text, language))
        if self.fails_at and self.fails_at in text:
            raise OSError("no voice")
        return None if self.silent_at and self.silent_at in text else PCM


class Own:
    """Has a recording of its own for one notice of one agent, and fails at another."""

    @hookimpl
    def op26x_announce(self, notice: Notice, language: str, agent: str) -> Any:
        if notice is Notice.GRANTED:
            raise OSError("no file")
        return Announcement("Ours.", language, PCM * 2) if (notice, agent) == (Notice.ANNOUNCE, "clinic") else None


async def warmed(*plugins: object, language: str = "en") -> Notices:
    manager = Plugins()
    for number, plugin in enumerate([ConsentDefaults(), *plugins]):
        manager.register(plugin, f"plugin-{number}")
    notices = Notices(manager, Voices(manager), "organization", "Acme")
    await notices.warm(agent(language=language), {})
    return notices


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "hi"])
async def test_every_notice_can_be_spoken(language: str) -> None:
    voice = Voice()
    notices = await warmed(voice, language=language)
    known = texts(language)
    assert known is not None
    for notice in Notice:
        spoken = notices.get(agent(language=language), notice)
        assert spoken is not None
        sentence = known.sentences[notice].replace("{organization}", "Acme")
        assert (spoken.text, spoken.ulaw) == (sentence, g711.encode(PCM))
        assert spoken.version == Announcement(spoken.text, language).version
    assert {said for _, said in voice.rendered} == {language}


async def test_nobody_else_is_warmed() -> None:
    notices = await warmed(Voice())
    assert notices.get(agent("other"), Notice.ANNOUNCE) is None
    assert notices.get(agent(language="de"), Notice.ANNOUNCE) is None, "nor the same agent in another language"


async def test_a_sentence_that_agents_have_in_common_is_rendered_once() -> None:
    voice = Voice()
    notices = await warmed(voice)
    before = list(voice.rendered)
    await notices.warm(agent("other"), {})
    assert all(notices.get(agent("other"), notice) for notice in Notice)
    assert voice.rendered == before


async def test_one_that_can_not_be_rendered_is_left_out() -> None:
    for voice in (Voice(fails_at="not a person"), Voice(silent_at="not a person")):
        notices = await warmed(voice)
        assert notices.get(agent(), Notice.MACHINE) is None
        assert all(notices.get(agent(), notice) for notice in Notice if notice is not Notice.MACHINE)


async def test_a_language_without_texts_has_no_notices() -> None:
    notices = await warmed(Voice(), language="tlh")
    assert not any(notices.get(agent(language="tlh"), notice) for notice in Notice)


async def test_without_a_voice_there_are_none() -> None:
    notices = await warmed()
    assert not any(notices.get(agent(), notice) for notice in Notice)


async def test_a_plugins_own_audio_is_not_rendered() -> None:
    voice = Voice()
    notices = await warmed(voice, Own())
    spoken = notices.get(agent(), Notice.ANNOUNCE)
    assert spoken is not None
    assert (spoken.text, spoken.ulaw) == ("Ours.", g711.encode(PCM * 2))
    assert spoken.version == Announcement("Ours.", "en", PCM * 2).version
    assert "Ours." not in [text for text, _ in voice.rendered]
    assert notices.get(agent(), Notice.GRANTED) is None, "a plugin that fails is not passed over"
    assert notices.get(agent(), Notice.REFUSED) is not None


WAV = b"RIFF" + PCM


@pytest.mark.parametrize(
    "announcement",
    [
        Announcement("", "en"),
        Announcement(" … ", "en"),
        Announcement("en", "This call is recorded."),
        Announcement("Recorded.", "de"),
        Announcement("Recorded.", "en", WAV),
        Announcement("Recorded.", "en", PCM + b"\0"),
        Announcement("Recorded.", "en", b"\x10\x20" * 40),
        Announcement("Recorded.", "en", bytes(16000)),
        Announcement("Recorded.", "en", "sound"),  # type: ignore[arg-type]
        Announcement(None, "en"),  # type: ignore[arg-type]
        "This call is recorded.",
    ],
)
async def test_what_announces_nothing_is_no_announcement(announcement: object) -> None:
    class Says:
        @hookimpl
        def op26x_announce(self, notice: Notice, language: str) -> Any:
            return announcement if notice is Notice.ANNOUNCE else None

    notices = await warmed(Voice(), Says())
    assert notices.get(agent(), Notice.ANNOUNCE) is None, "so nothing is recorded that needs it"
    assert notices.get(agent(), Notice.ASSENT) is not None


async def test_the_organizations_own_words_go_before_a_plugins() -> None:
    notices = await warmed(Voice(), Own())
    await notices.warm(agent(), {Notice.ANNOUNCE: "We record.", Notice.GRANTED: "Thanks."})
    for notice, text in ((Notice.ANNOUNCE, "We record."), (Notice.GRANTED, "Thanks.")):
        spoken = notices.get(agent(), notice)
        assert spoken is not None
        assert (spoken.text, spoken.version) == (text, Announcement(text, "en").version)
    assert notices.get(agent(), Notice.REFUSED) is not None, "what it has no words for is said as before"
    await notices.warm(agent(), {})
    spoken = notices.get(agent(), Notice.ANNOUNCE)
    assert spoken is not None
    assert spoken.text == "Ours."


async def test_nobody_is_asked_again_while_the_words_stay_the_same() -> None:
    class Counts:
        asked: list[str] = []  # noqa: RUF012

        @hookimpl
        def op26x_announce(self, notice: Notice, organization_id: str) -> None:
            self.asked.append(organization_id)

    notices = await warmed(Voice(), Counts())
    await notices.warm(agent(), {})
    assert Counts.asked == ["organization"] * len(Notice)


async def test_words_that_can_not_be_spoken_are_left_out() -> None:
    notices = await warmed(Voice(fails_at="We record"))
    assert notices.get(agent(), Notice.ANNOUNCE) is not None
    await notices.warm(agent(), {Notice.ANNOUNCE: "We record."})
    assert notices.get(agent(), Notice.ANNOUNCE) is None, "the standard ones are not what the organization says"


@pytest.mark.parametrize("second", ["de", "es", "fr", "hi"])
async def test_what_is_said_in_a_second_language_follows_and_is_proved_with_the_first(second: str) -> None:
    notices = await warmed(Voice())
    await notices.warm_second(second)
    known = texts(second)
    assert known is not None
    assert {*known.second} == {Notice.LISTENING, Notice.ANNOUNCE, Notice.ASSENT}
    for notice in Notice:
        alone, both = notices.get(agent(), notice), notices.get(agent(), notice, second)
        assert alone is not None
        assert both is not None
        if notice not in known.second:
            assert both == alone
            continue
        assert both.text == f"{alone.text} {known.second[notice]}"
        assert both.ulaw == alone.ulaw + g711.encode(PCM)
        assert both.version.startswith(f"{alone.version}+{second}/")


async def test_what_can_not_be_spoken_in_the_second_language_is_said_in_the_first_alone() -> None:
    for voice in (Voice(fails_at="Gespräch"), Voice(silent_at="Gespräch")):
        notices = await warmed(voice)
        await notices.warm_second("de")
        for notice in Notice:
            assert notices.get(agent(), notice, "de") == notices.get(agent(), notice)


async def test_a_language_without_texts_is_no_second_one() -> None:
    notices = await warmed(Voice())
    for language in ("", "tlh"):
        await notices.warm_second(language)
        assert notices.get(agent(), Notice.ASSENT, language) == notices.get(agent(), Notice.ASSENT)


async def test_a_second_language_is_rendered_once() -> None:
    voice = Voice()
    notices = await warmed(voice)
    for _ in range(2):
        await notices.warm_second("hi")
    assert [language for _, language in voice.rendered].count("hi") == 3
