"""The API's routes that say whether the privacy policy holds, write it, and prove what was done in a call."""

import asyncio
from typing import Any

from litestar import MediaType, get

from op26x.calls import Installation, Workspace
from op26x.calls.proving import CallProof, prove_call
from op26x.calls.verifying import Verification, text, verify_policy
from op26x.policy.promises import Language


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

    @get("/calls/{call_id:str}/proof", action="audit.read")
    async def show_proof(workspace: Workspace, call_id: str) -> CallProof:
        """The signed proof of a call: its policy, what was said, agreed, kept and given away. Nothing personal."""
        name = (await asyncio.to_thread(installation.organizations.named, workspace.organization_id)).name
        return await prove_call(workspace, name, call_id)

    return [show_verification, show_text, show_proof]
