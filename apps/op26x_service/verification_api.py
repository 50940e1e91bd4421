"""The API's routes that say whether the privacy policy holds, and write it."""

from typing import Any, Literal

from litestar import MediaType, get

from op26x.calls import Installation, Workspace
from op26x.calls.verifying import Verification, text, verify_policy

Language = Literal["en", "de", "es", "fr", "hi"]


def verification_routes(installation: Installation) -> list[Any]:
    """The routes. Both look at everything anew, which may take a while where there is much."""

    @get("/policy/verification", action="policy.verify")
    async def show_verification(workspace: Workspace, language: Language = "en") -> Verification:
        """Each promise of the privacy policy, with what enforces it and what was found."""
        return await verify_policy(installation, workspace, language)

    @get("/policy/text", media_type=MediaType.TEXT, action="policy.verify")
    async def show_text(workspace: Workspace, language: Language = "en") -> str:
        """The privacy policy in Markdown, made from this installation; a sentence that does not hold is struck out."""
        found = await verify_policy(installation, workspace, language)
        registered = await workspace.processors.list(installation.registry, installation.settings.core)
        return text.as_markdown(found, registered)

    return [show_verification, show_text]
