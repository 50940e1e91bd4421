"""What callers are told and asked, and what they decided."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from op26x.hookspecs._markers import hookspec

if TYPE_CHECKING:
    from op26x.consent import Announcement, Answer, Consent, Notice
    from op26x.settings import Settings


@hookspec(firstresult=True)
def op26x_announce(
    notice: Notice, language: str, agent: str, organization_id: str, settings: Settings
) -> Announcement | None | Awaitable[Announcement | None]:
    """Says a notice to the caller in words or audio of your own. *Deciding*; the first answer wins.

    Called before an agent takes its first call, for each notice, so that nothing is rendered while a caller waits; for
    the agents of the first organization, when a service starts. Not called for a notice that the organization says in
    words of its own (``op26x announcements``). The core's own implementation comes last, with texts in English, German,
    Spanish, French and Hindi.

    Args:
        notice: Which: ``announce`` (the call is recorded), ``assent`` (may it be?), ``granted``, ``refused``, ….
        language: The agent's, as in BCP 47.
        agent: Name of the agent.
        organization_id: Whose agent it is.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Returns:
        An ``Announcement`` in that language; with ``audio`` it is played as it is, otherwise
        ``op26x_render_sentence`` speaks its text. Its version, which is stored with each consent, follows from text and
        audio.

    An exception leaves the notice unsaid, and so does an answer that announces nothing: without words, in another
    language, with audio that is silent or no PCM. Calls that need the notice are not recorded then.

    Example::

        @hookimpl
        def op26x_announce(notice, language, agent):
            if notice == "announce" and language == "en":
                return Announcement("Calls are recorded for training our staff.", language)
    """


@hookspec(firstresult=True)
def op26x_read_assent(
    words: str, language: str, settings: Settings
) -> tuple[Answer, str] | None | Awaitable[tuple[Answer, str] | None]:
    """Reads yes or no in what the caller answered. *Deciding*; the first answer wins.

    Called when the caller was asked whether the call may be recorded. The core's own implementation comes last and
    lets only a plain yes be one.

    Args:
        words: What the STT service heard: personal data, to be forgotten at once.
        language: The agent's, as in BCP 47.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Returns:
        ``(Answer.YES, word)`` or ``(Answer.NO, word)``, with ``Answer`` from ``op26x.consent`` and the word that gave
        it; or ``None`` if it is unclear. The word is stored as evidence: at most 40 characters, and no digits.

    An exception means that nobody heard the caller, and so does an answer of another form: they are asked once more,
    and without a yes nothing is recorded. Two unclear answers are a refusal.

    Example::

        @hookimpl
        def op26x_read_assent(words, language):
            return (Answer.YES, "righto") if language == "en" and words.strip() == "righto" else None
    """


@hookspec
def op26x_consent_changed(consent: Consent, settings: Settings) -> None | Awaitable[None]:
    """Tells that the consent ledger has a new entry. *Notification*; called after it was written.

    Args:
        consent: Who (a blind index), for what purpose, what they decided, the evidence.
        settings: All settings; ``settings.of(MySettings)`` gives the plugin's own.

    Example::

        @hookimpl
        def op26x_consent_changed(consent):
            if consent.state == "withdrawn":
                warehouse.forget(consent.call_id)
    """
