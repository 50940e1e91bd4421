"""Versions of agents: written once, published by number, of one organization, and a call keeps the one it has."""

from collections.abc import Sequence

import pytest
from sqlmodel import select

from op26x.agents import AgentVersion, AgentVersions, ServiceChoice, Standing, built_in, in_force, parse_agent
from op26x.calls import Installation, Workspace
from op26x.clock import ManualClock
from op26x.errors import AgentError, NotFound, UsageError
from op26x.ids import Ids
from op26x.settings import Settings, resolve

WHO = "user:1"


def document(name: str = "clinic", greeting: str = "Hello.", **keys: str) -> str:
    """YAML with a comment, which is kept as it is."""
    lines = [f"name: {name}  # ours", f"greeting: {greeting}", "instructions: Book.", "llm: rehearsal"]
    return "\n".join([*lines, *(f"{key}: {value}" for key, value in keys.items())]) + "\n"


@pytest.fixture
def agents(workspace: Workspace) -> AgentVersions:
    """None so far."""
    return workspace.agents


@pytest.fixture
async def theirs(installation: Installation) -> AgentVersions:
    """Another organization's."""
    return installation.workspace((await installation.organizations.create("other")).id).agents


def settled(workspace: Workspace, ids: Ids, clock: ManualClock, **core: str) -> AgentVersions:
    """Those of the workspace, with other settings of the installation."""
    settings: Settings = resolve({}, environ={}, overrides=core)
    return AgentVersions(workspace.database, workspace.organization_id, settings.core, workspace.audit, ids, clock)


async def acts(workspace: Workspace, record_id: str) -> list[tuple[str, str, str]]:
    return [(entry.what, entry.who, entry.why) for entry in await workspace.audit.of(record_id)]


async def taking(agents: AgentVersions) -> list[tuple[str, int | None]]:
    return [(one.agent.name, one.number) for one in await agents.published()]


def numbers(versions: Sequence[AgentVersion]) -> list[int]:
    return [version.number for version in versions]


# Without an agent of its own.


async def test_an_organization_without_agents_has_the_built_in_one(agents: AgentVersions) -> None:
    (only,) = await agents.published()
    assert (only.agent, only.number) == (in_force(built_in()), None)
    assert await agents.choose() == await agents.choose("rehearsal") == only
    assert await agents.choose("clinic") is None
    assert list(await agents.list()) == []


async def test_a_draft_is_enough_that_the_built_in_one_takes_no_calls(agents: AgentVersions) -> None:
    await agents.save(document(), WHO)
    assert list(await agents.published()) == []
    assert await agents.choose() is None
    assert await agents.choose("rehearsal") is None


async def test_a_call_with_the_built_in_one_goes_on_with_it(agents: AgentVersions) -> None:
    await agents.follow({"clinic": document()}, WHO)
    assert (await agents.held_with("rehearsal", None)).agent == in_force(built_in())


# Drafts.


async def test_a_draft_is_kept_as_it_was_written(
    agents: AgentVersions, workspace: Workspace, clock: ManualClock
) -> None:
    made = await agents.save(document(), WHO)
    kept = await agents.version("clinic")
    assert (kept.id, kept.number, kept.document) == (made.id, 1, document())
    assert (kept.created_at, kept.created_by, kept.published_at) == (clock.now(), WHO, None)
    assert kept.organization_id == workspace.organization_id
    assert await agents.name_of(kept) == "clinic"
    assert list(await agents.list()) == [Standing("clinic", None, 1, directory=False)]
    assert await acts(workspace, made.id) == [("agent.saved", WHO, "version 1")]


async def test_another_document_is_another_version_and_the_first_one_stays(agents: AgentVersions) -> None:
    for greeting in ("Hello.", "Good morning.", "Hello."):
        await agents.save(document(greeting=greeting), WHO)
    assert numbers(await agents.versions("clinic")) == [3, 2, 1]
    assert (await agents.version("clinic", 1)).document == document()
    assert (await agents.version("clinic", 2)).document == document(greeting="Good morning.")
    assert (await agents.version("clinic")).number == 3


async def test_what_says_the_same_is_the_same_version(agents: AgentVersions, workspace: Workspace) -> None:
    first = await agents.save(document(), WHO)
    again = await agents.save(document(), "user:2")
    assert (again.id, again.created_by) == (first.id, WHO)
    assert numbers(await agents.versions("clinic")) == [1]
    assert len(await acts(workspace, first.id)) == 1


async def test_what_does_not_validate_is_not_kept(agents: AgentVersions) -> None:
    with pytest.raises(AgentError, match="desk, line 5"):
        await agents.save(document(colour="red"), WHO, "desk")
    assert list(await agents.list()) == []


@pytest.mark.parametrize("number", [0, 2, -1])
async def test_a_version_that_is_not_there_is_told_with_the_last_one(agents: AgentVersions, number: int) -> None:
    await agents.save(document(), WHO)
    for doing in (agents.version("clinic", number), agents.publish("clinic", WHO, number)):
        with pytest.raises(NotFound, match=f"no version {number}") as caught:
            await doing
        assert "The last one is 1" in caught.value.remedy


async def test_an_agent_that_is_not_there_is_told_with_those_there_are(agents: AgentVersions) -> None:
    with pytest.raises(NotFound, match="'sales'") as caught:
        await agents.versions("sales")
    assert caught.value.remedy == "There is none yet."
    await agents.save(document(), WHO)
    for doing in (
        agents.versions("sales"),
        agents.version("sales"),
        agents.publish("sales", WHO),
        agents.withdraw("sales", WHO),
        agents.held_with("sales", 1),
    ):
        with pytest.raises(NotFound) as caught:
            await doing
        assert caught.value.remedy == "The agents are: clinic."


# Publishing.


async def test_a_published_version_takes_calls(agents: AgentVersions, workspace: Workspace, clock: ManualClock) -> None:
    saved = await agents.save(document(), WHO)
    clock.advance(60)
    published = await agents.publish("clinic", "user:2")
    assert (published.id, published.published_at) == (saved.id, clock.now())
    (one,) = await agents.published()
    assert (one.agent, one.number) == (in_force(parse_agent(document())), 1)
    assert await acts(workspace, saved.id) == [
        ("agent.saved", WHO, "version 1"),
        ("agent.published", "user:2", "version 1"),
    ]


async def test_a_draft_changes_nothing_until_it_is_published(agents: AgentVersions) -> None:
    await agents.save(document(), WHO)
    await agents.publish("clinic", WHO)
    await agents.save(document(greeting="Good morning."), WHO)
    assert await taking(agents) == [("clinic", 1)]
    assert list(await agents.list()) == [Standing("clinic", 1, 2, directory=False)]
    await agents.publish("clinic", WHO)
    assert await taking(agents) == [("clinic", 2)]


async def test_an_earlier_version_can_be_published_again(agents: AgentVersions, clock: ManualClock) -> None:
    first = clock.now()
    for greeting in ("Hello.", "Good morning."):
        await agents.save(document(greeting=greeting), WHO)
        await agents.publish("clinic", WHO)
        clock.advance(60)
    again = await agents.publish("clinic", WHO, 1)
    assert await taking(agents) == [("clinic", 1)]
    assert again.published_at == first, "when it was first published"


async def test_publishing_what_takes_calls_is_no_act(agents: AgentVersions, workspace: Workspace) -> None:
    version = await agents.save(document(), WHO)
    for _ in range(3):
        await agents.publish("clinic", WHO)
    assert [what for what, *_ in await acts(workspace, version.id)] == ["agent.saved", "agent.published"]


async def test_a_withdrawn_agent_takes_no_calls_and_its_versions_stay(
    agents: AgentVersions, workspace: Workspace
) -> None:
    version = await agents.save(document(), WHO)
    await agents.publish("clinic", WHO)
    for _ in range(2):
        await agents.withdraw("clinic", WHO)
    assert list(await agents.published()) == []
    assert await agents.choose() is await agents.choose("clinic") is None
    assert numbers(await agents.versions("clinic")) == [1]
    entries = [entry for entry in await workspace.audit.of(version.agent_id) if entry.what == "agent.withdrawn"]
    assert len(entries) == 1
    await agents.publish("clinic", WHO)
    assert await taking(agents) == [("clinic", 1)]


async def test_a_call_goes_on_with_its_version(agents: AgentVersions) -> None:
    await agents.save(document(), WHO)
    await agents.publish("clinic", WHO)
    await agents.save(document(greeting="Good morning."), WHO)
    await agents.publish("clinic", WHO)
    assert (await agents.held_with("clinic", 1)).agent.greeting == "Hello."
    await agents.withdraw("clinic", WHO)
    assert (await agents.held_with("clinic", 2)).agent.greeting == "Good morning."


# Which one answers.


async def test_the_first_agent_answers_unless_the_settings_name_one(
    workspace: Workspace, agents: AgentVersions, ids: Ids, clock: ManualClock
) -> None:
    for name in ("zoo", "clinic", "sales"):
        await agents.save(document(name), WHO)
        await agents.publish(name, WHO)
    assert await taking(agents) == [("zoo", 1), ("clinic", 1), ("sales", 1)]
    for setting, answers in (("", "zoo"), ("sales", "sales"), ("nobody", "zoo")):
        chosen = await settled(workspace, ids, clock, agent=setting).choose()
        assert chosen is not None
        assert chosen.agent.name == answers
    named = await agents.choose("clinic")
    assert named is not None
    assert named.agent.name == "clinic"
    assert await agents.choose("nobody") is None


async def test_who_is_withdrawn_answers_no_more_and_the_next_one_does(agents: AgentVersions) -> None:
    for name in ("clinic", "sales"):
        await agents.save(document(name), WHO)
        await agents.publish(name, WHO)
    await agents.withdraw("clinic", WHO)
    chosen = await agents.choose()
    assert chosen is not None
    assert chosen.agent.name == "sales"


# A directory.


async def test_the_documents_of_a_directory_take_calls_at_once(agents: AgentVersions, workspace: Workspace) -> None:
    await agents.follow({"clinic": document(), "sales": document("sales")}, "directory")
    assert await taking(agents) == [("clinic", 1), ("sales", 1)]
    assert list(await agents.list()) == [
        Standing("clinic", 1, 1, directory=True),
        Standing("sales", 1, 1, directory=True),
    ]
    version = await agents.version("clinic")
    assert [(what, who) for what, who, _ in await acts(workspace, version.id)] == [
        ("agent.saved", "directory"),
        ("agent.published", "directory"),
    ]


async def test_what_did_not_change_there_is_no_new_version(agents: AgentVersions, workspace: Workspace) -> None:
    for _ in range(3):
        await agents.follow({"clinic": document()}, "directory")
    assert numbers(await agents.versions("clinic")) == [1]
    assert len(await acts(workspace, (await agents.version("clinic")).id)) == 2


async def test_what_changed_there_is_published_and_what_is_gone_withdrawn(agents: AgentVersions) -> None:
    await agents.follow({"clinic": document(), "sales": document("sales")}, "directory")
    await agents.follow({"clinic": document(greeting="Good morning.")}, "directory")
    assert await taking(agents) == [("clinic", 2)]
    assert numbers(await agents.versions("sales")) == [1]
    await agents.follow({"sales": document("sales")}, "directory")
    assert await taking(agents) == [("sales", 1)]


async def test_what_did_not_come_from_there_is_left_alone(agents: AgentVersions) -> None:
    await agents.save(document("sales"), WHO)
    await agents.publish("sales", WHO)
    await agents.follow({"clinic": document()}, "directory")
    await agents.follow({}, "directory")
    assert await taking(agents) == [("sales", 1)]


async def test_what_was_published_by_hand_does_not_follow_its_directory_away(agents: AgentVersions) -> None:
    await agents.follow({"clinic": document()}, "directory")
    await agents.publish("clinic", WHO, 1)
    await agents.follow({}, "directory")
    assert await taking(agents) == [("clinic", 1)]


async def test_a_document_that_does_not_validate_changes_nothing(agents: AgentVersions) -> None:
    await agents.follow({"clinic": document()}, "directory")
    with pytest.raises(AgentError):
        await agents.follow({"sales": document("sales"), "clinic": "name: ["}, "directory")
    assert await taking(agents) == [("clinic", 1)]
    assert [standing.name for standing in await agents.list()] == ["clinic"]


# Settings that hold for all.


@pytest.mark.parametrize(
    ("installation_says", "organization_says", "mode"),
    [("", "", "assent"), ("off", "", "off"), ("", "off", "off"), ("off", "off", "off")],
)
async def test_recording_is_off_as_soon_as_one_says_so(
    installation: Installation,
    workspace: Workspace,
    ids: Ids,
    clock: ManualClock,
    installation_says: str,
    organization_says: str,
    mode: str,
) -> None:
    agents = settled(workspace, ids, clock, recording=installation_says)
    await agents.save(document(recording="assent"), WHO)
    await agents.publish("clinic", WHO)
    await installation.organizations.change(workspace.organization_id, recording=organization_says)
    chosen = await agents.choose("clinic")
    assert chosen is not None
    assert chosen.agent.recording.mode == mode
    assert (await agents.held_with("clinic", 1)).agent.recording.mode == mode
    kept = await agents.version("clinic")
    assert kept.document == document(recording="assent"), "what was written stays"


async def test_one_organizations_word_is_nothing_to_another(
    installation: Installation, workspace: Workspace, theirs: AgentVersions
) -> None:
    await installation.organizations.change(workspace.organization_id, recording="off")
    chosen = await theirs.choose()
    assert chosen is not None
    assert chosen.agent.recording == built_in().recording


async def test_the_llm_of_every_agent_can_be_replaced(workspace: Workspace, ids: Ids, clock: ManualClock) -> None:
    agents = settled(workspace, ids, clock, llm="openai:gpt-5-mini")
    assert [one.agent.llm.use for one in await agents.published()] == ["openai"]
    await agents.follow({"clinic": document()}, "directory")
    (one,) = await agents.published()
    assert one.agent.llm == ServiceChoice("openai", {"model": "gpt-5-mini"})
    assert "gpt-5-mini" not in (await agents.version("clinic")).content


# Whose they are.


async def test_organizations_do_not_see_each_others_agents(agents: AgentVersions, theirs: AgentVersions) -> None:
    await agents.save(document(), WHO)
    await agents.publish("clinic", WHO)
    assert list(await theirs.list()) == []
    assert await taking(theirs) == [("rehearsal", None)]
    assert await theirs.choose("clinic") is None
    for doing in (
        theirs.version("clinic"),
        theirs.versions("clinic"),
        theirs.publish("clinic", WHO),
        theirs.withdraw("clinic", WHO),
        theirs.held_with("clinic", 1),
    ):
        with pytest.raises(NotFound) as caught:
            await doing
        assert caught.value.remedy == "There is none yet."
    await theirs.follow({}, "directory")
    assert await taking(agents) == [("clinic", 1)]


async def test_two_organizations_may_have_agents_of_one_name(agents: AgentVersions, theirs: AgentVersions) -> None:
    await agents.follow({"clinic": document()}, "directory")
    await theirs.follow({"clinic": document(greeting="Good morning.")}, "directory")
    for whose, greeting in ((agents, "Hello."), (theirs, "Good morning.")):
        (one,) = await whose.published()
        assert (one.number, one.agent.greeting) == (1, greeting)


async def test_all_that_an_agent_can_say_comes_back_from_the_database(agents: AgentVersions) -> None:
    full = document(
        recording="{mode: announce, keep_days: 7}",
        limits="{duration_s: 120, silence_s: 5}",
        interruptions="{by: words, backchannels: [ja, mhm]}",
        tools="[end_call]",
        language="de",
        tts="{use: local, voice: x}",
        tools_know_number="true",
    )
    await agents.save(full, WHO)
    await agents.publish("clinic", WHO)
    (one,) = await agents.published()
    assert one.agent == parse_agent(full)


async def test_no_version_is_changed_by_what_comes_after(agents: AgentVersions, workspace: Workspace) -> None:
    await agents.save(document(), WHO)

    async def written() -> tuple[str, str, str]:
        rows = await workspace.database.run(lambda session: session.exec(select(AgentVersion)).all())
        first = next(row for row in rows if row.number == 1)
        return first.document, first.content, first.created_by

    before = await written()
    await agents.save(document(greeting="Good morning."), "user:2")
    await agents.publish("clinic", "user:2", 2)
    await agents.publish("clinic", "user:2", 1)
    await agents.withdraw("clinic", "user:2")
    assert await written() == before


# Language.


async def test_an_agent_without_a_language_speaks_the_organizations(
    installation: Installation, workspace: Workspace, agents: AgentVersions
) -> None:
    await agents.save(document(), WHO)
    await agents.save(document("praxis", language="fr"), WHO)
    for name in ("clinic", "praxis"):
        await agents.publish(name, WHO)
    assert await agents.language() == "en"
    for language in ("de-AT", "en"):
        await installation.organizations.change(workspace.organization_id, language=language)
        spoken = [one.agent.language for one in await agents.published()]
        assert spoken == [language, "fr"]
        assert (await agents.held_with("clinic", 1)).agent.language == language
    assert [one.agent.language for one in await agents.published("hi")] == ["hi", "fr"], "if it were Hindi"
    assert await agents.language() == "en"


async def test_no_language_is_no_language(installation: Installation, workspace: Workspace) -> None:
    for language in ("", "english please", "de_DE"):
        with pytest.raises(UsageError, match="is no language"):
            await installation.organizations.change(workspace.organization_id, language=language)
