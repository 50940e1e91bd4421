"""The fixed sentences: there in every language of the announcements, and in English where one can't be spoken."""

import pytest

from op26x import g711, hookimpl
from op26x.consent.texts import languages
from op26x.plugins import Plugins
from op26x.voice.speaking.sentences import Said, Sentence, Sentences


def sound(text: str) -> bytes:
    return b"\x10\x20" * 100 * len(text)


class Renderer:
    """Speaks two languages; a text sounds as long as it is.

    Args:
        fails: Raises instead in this language.
    """

    def __init__(self, fails: str = "") -> None:
        self._fails = fails
        self.asked: list[str] = []

    @hookimpl
    def op26x_render_sentence(self, text: str, language: str) -> bytes | None:
        """A hundred samples for each character."""
        self.asked.append(language)
        if language == self._fails:
            raise OSError("dead")
        return sound(text) if language in ("en", "de") else None


def sentences(renderer: Renderer) -> Sentences:
    plugins = Plugins()
    plugins.register(renderer, "renderer")
    return Sentences(plugins)


@pytest.mark.parametrize("language", languages())
def test_every_language_of_the_announcements_has_every_sentence(language: str) -> None:
    texts = [sentence.text(f"{language}-XX") for sentence in Sentence]
    assert all(texts)
    assert len(set(texts)) == len(Sentence)
    assert (texts == [sentence.value for sentence in Sentence]) == (language == "en")


async def test_a_sentence_is_said_in_the_language_of_the_agent() -> None:
    spoken = sentences(Renderer())
    await spoken.warm("de-AT")
    text = "Sind Sie noch da?"
    ulaw = g711.encode(sound(text))
    assert spoken.get(Sentence.STILL_THERE, "de-AT") == spoken.get(Sentence.STILL_THERE, "DE") == Said(text, ulaw)


@pytest.mark.parametrize(("language", "fails"), [("fr", ""), ("xx", ""), ("de", "de")])
async def test_english_stands_in_for_what_can_not_be_spoken(language: str, fails: str) -> None:
    spoken = sentences(Renderer(fails))
    await spoken.warm(language)
    said = spoken.get(Sentence.TROUBLE, language)
    assert (said.text, len(said.ulaw)) == (Sentence.TROUBLE.value, 100 * len(Sentence.TROUBLE.value))


async def test_without_a_renderer_there_is_a_text_and_no_audio() -> None:
    spoken = Sentences(Plugins())
    await spoken.warm("en")
    assert spoken.get(Sentence.TROUBLE, "de") == Said(Sentence.TROUBLE.value, b"")


async def test_what_is_there_is_not_rendered_again() -> None:
    renderer = Renderer()
    spoken = sentences(renderer)
    for language in ("en", "de", "en-IN", "de"):
        await spoken.warm(language)
    assert len(renderer.asked) == 2 * len(Sentence)
