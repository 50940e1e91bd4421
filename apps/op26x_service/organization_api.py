"""The API's routes about an organization itself: its settings, phone lines, agents and API keys."""

import asyncio
from typing import Any

import msgspec
from litestar import Response, delete, get, post, put

from op26x.accounts import Actor, Role, changes
from op26x.calls import Installation, Workspace, records_of_processing
from op26x.client.summaries import (
    agent_summary,
    agent_version_summary,
    announcement_summary,
    api_key_summary,
    organization_summary,
    phone_line_summary,
)
from op26x.client.types import (
    AgentDocument,
    AgentSummary,
    AgentVersionSummary,
    AnnouncementSummary,
    AnnouncementText,
    AnsweringAgent,
    ApiKeyMade,
    ApiKeySummary,
    ApiKeyWanted,
    OrganizationChange,
    OrganizationSummary,
    PhoneLineSummary,
)
from op26x.clock import in_utc
from op26x.consent import notice_named
from op26x.datamap import DataMap
from op26x.errors import Forbidden, NotFound
from op26x.types import check_language
from op26x.voice import VoiceSwitchboard


def organization_routes(switchboard: VoiceSwitchboard, installation: Installation) -> list[Any]:
    """The routes."""
    return [
        *_settings_routes(switchboard, installation),
        *ANNOUNCEMENT_ROUTES,
        *_agent_routes(switchboard),
        *LINE_ROUTES,
        *KEY_ROUTES,
    ]


def _settings_routes(switchboard: VoiceSwitchboard, installation: Installation) -> list[Any]:
    @get("/organization", action="organization.read")
    async def show_organization(workspace: Workspace) -> OrganizationSummary:
        """The organization and its settings."""
        return organization_summary(
            await asyncio.to_thread(installation.organizations.named, workspace.organization_id)
        )

    @put("/organization", action="organization.change")
    async def change_organization(workspace: Workspace, actor: Actor, data: OrganizationChange) -> OrganizationSummary:
        """Changes what is named; what the installation's settings switch off stays off."""
        wanted = msgspec.structs.asdict(data)
        if data.language:
            for published in await workspace.agents.published(check_language(data.language)):
                if published.number is not None:
                    await asyncio.to_thread(switchboard.check, published.agent)
        changed = await installation.organizations.change(
            workspace.organization_id,
            **wanted,
            note=installation.noting("organization.changed", actor.access(changes(**wanted))),
        )
        return organization_summary(changed)

    @get("/datamap", action="datamap.read")
    async def show_data_map(workspace: Workspace) -> DataMap:
        """What is held of people: what for, whose, for how long, how protected, and who is given it."""
        return await records_of_processing(installation, workspace)

    return [show_organization, change_organization, show_data_map]


@get("/announcements", action="announcements.read")
async def list_announcements(workspace: Workspace) -> list[AnnouncementSummary]:
    """What callers are told in the organization's own words; everything else is said in the standard ones."""
    return [announcement_summary(one) for one in await workspace.announcements.list()]


@put("/announcements/{language:str}/{notice:str}", action="announcements.change")
async def set_announcement(
    workspace: Workspace, actor: Actor, language: str, notice: str, data: AnnouncementText
) -> AnnouncementSummary:
    """Has a notice said in the organization's own words, from the next call on."""
    return announcement_summary(await workspace.announcements.set(notice_named(notice), language, data.text, actor.who))


@delete("/announcements/{language:str}/{notice:str}", status_code=204, action="announcements.change")
async def remove_announcement(workspace: Workspace, actor: Actor, language: str, notice: str) -> Response[None]:
    """Has a notice said in the standard words again."""
    await workspace.announcements.remove(notice_named(notice), language, actor.who)
    return Response(None, status_code=204)


ANNOUNCEMENT_ROUTES: list[Any] = [list_announcements, set_announcement, remove_announcement]


def _agent_routes(switchboard: VoiceSwitchboard) -> list[Any]:
    @get("/agents", action="agents.read")
    async def list_agents(workspace: Workspace) -> list[AgentSummary]:
        """The agents that take calls."""
        return [agent_summary(published) for published in await workspace.agents.published()]

    @get("/agents/{name:str}/versions", action="agents.read")
    async def list_versions(workspace: Workspace, name: str) -> list[AgentVersionSummary]:
        """The versions of an agent, newest first."""
        versions = await workspace.agents.versions(name)
        published = next(one.published for one in await workspace.agents.list() if one.name == name)
        return [agent_version_summary(name, version, published) for version in versions]

    @get("/agents/{name:str}/versions/{number:int}", action="agents.read")
    async def show_version(workspace: Workspace, name: str, number: int) -> AgentDocument:
        """The document of a version, as it was written."""
        return AgentDocument((await workspace.agents.version(name, number)).document)

    @post("/agents", status_code=201, action="agents.change")
    async def save(workspace: Workspace, actor: Actor, data: AgentDocument) -> AgentVersionSummary:
        """Keeps a document as a draft; one that says what the last version says is that version."""
        version = await workspace.agents.save(data.document, actor.who)
        return agent_version_summary(await workspace.agents.name_of(version), version, None)

    @post("/agents/{name:str}/versions/{number:int}/publish", status_code=200, action="agents.publish")
    async def publish(workspace: Workspace, actor: Actor, name: str, number: int) -> AgentVersionSummary:
        """Has a version take calls from now on, once it was checked."""
        switchboard.check((await workspace.agents.held_with(name, number)).agent)
        version = await workspace.agents.publish(name, actor.who, number)
        return agent_version_summary(name, version, number)

    @delete("/agents/{name:str}", action="agents.publish")
    async def withdraw(workspace: Workspace, actor: Actor, name: str) -> None:
        """Has an agent take no calls any more. Its versions stay."""
        await workspace.agents.withdraw(name, actor.who)

    return [list_agents, list_versions, show_version, save, publish, withdraw]


@get("/phone-lines", action="phone-lines.read")
async def list_lines(workspace: Workspace) -> list[PhoneLineSummary]:
    """The organization's phone lines. Which numbers are an organization's is the operator's to say."""
    return [phone_line_summary(line) for line in await workspace.phone_lines.list()]


@put("/phone-lines/{line_id:str}", action="phone-lines.change")
async def answer_line(workspace: Workspace, actor: Actor, line_id: str, data: AnsweringAgent) -> PhoneLineSummary:
    """Chooses the agent that answers a phone line."""
    if data.agent and await workspace.agents.choose(data.agent) is None:
        raise NotFound(f"There is no agent {data.agent!r} that takes calls.", "See GET /api/agents.")
    note = workspace.audit.noting("phone-line.changed", actor.access(data.agent))
    line = await workspace.phone_lines.answer(line_id, data.agent, note)
    return phone_line_summary(line)


LINE_ROUTES: list[Any] = [list_lines, answer_line]


@get("/api-keys", action="api-keys.read")
async def list_keys(workspace: Workspace) -> list[ApiKeySummary]:
    """The organization's API keys; what they are is not stored."""
    return [api_key_summary(key) for key in await workspace.api_keys.list()]


@post("/api-keys", status_code=201, action="api-keys.change")
async def make_key(workspace: Workspace, actor: Actor, data: ApiKeyWanted) -> ApiKeyMade:
    """Makes a key, which may never do more than its maker; it is in this answer and nowhere else."""
    key, secret = await workspace.api_keys.create(
        data.name,
        actor,
        role=Role(data.role) if data.role else None,
        actions=data.actions,
        expires_at=in_utc(data.expires_at) if data.expires_at else None,
        note=workspace.audit.noting("api-key.made", actor.access(data.role or "actions")),
    )
    return ApiKeyMade(api_key_summary(key), secret.reveal())


@delete("/api-keys/{key_id:str}", status_code=204, action="api-keys.change")
async def end_key(workspace: Workspace, actor: Actor, key_id: str) -> Response[None]:
    """Ends a key at once."""
    found = await workspace.api_keys.get(key_id)
    if more := sorted(found.granted - actor.actions):
        raise Forbidden(f"You may not end a key that may do more than you: {', '.join(more)}.", "Ask an owner.")
    await workspace.api_keys.revoke(found.id, workspace.audit.noting("api-key.ended", actor.access()))
    return Response(None, status_code=204)


KEY_ROUTES: list[Any] = [list_keys, make_key, end_key]
