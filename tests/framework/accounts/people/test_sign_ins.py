"""Sessions: new at each sign-in, over by themselves, ended at will."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from framework.accounts.people.town import ANOTHER, BROWSER, FIREFOX, PASSWORD, Town
from op26x.accounts import Role, actions_of
from op26x.accounts.people.sign_ins import PREFIX, browser_of, network_of
from op26x.errors import Forbidden, NotFound

HOUR = 3600.0


async def goes_on(town: Town, token: object) -> bool:
    """Whether a session does."""
    return await town.people.sign_ins.find(token.reveal()) is not None  # type: ignore[attr-defined]


async def test_each_session_has_a_token_of_its_own(town: Town) -> None:
    anna = await town.person()
    first = await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)
    second = await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)
    assert first.token != second.token
    assert first.token.reveal().startswith(PREFIX)
    assert len(first.token.reveal()) == len(PREFIX) + 64
    assert [await goes_on(town, one.token) for one in (first, second)] == [True, True]
    assert len(await town.people.sign_ins.list(anna.id)) == 2


async def test_what_is_stored_of_a_token_opens_nothing(town: Town) -> None:
    token = await town.session(await town.person())
    row = await town.row(token)
    for guess in (row.digest, row.id, "", PREFIX, token.reveal().upper(), token.reveal()[:-1]):
        assert await town.people.sign_ins.find(guess) is None
        assert await town.installation.actors.of(guess) is None
    assert token.reveal().encode() not in await town.bytes_on_disk()


async def test_a_quiet_session_ends(build: Callable[..., Town]) -> None:
    town = build(idle_minutes=30)
    token = await town.session(await town.person())
    for _ in range(5):
        town.clock.advance(29 * 60)
        assert await goes_on(town, token)
    town.clock.advance(30 * 60)
    assert not await goes_on(town, token)
    assert await town.installation.actors.of(token.reveal()) is None


async def test_a_busy_session_ends_as_well(build: Callable[..., Town]) -> None:
    town = build(session_hours=2)
    token = await town.session(await town.person())
    for _ in range(119):
        town.clock.advance(60)
        assert await goes_on(town, token)
    town.clock.advance(60)
    assert not await goes_on(town, token)


async def test_the_defaults_are_eight_hours_and_a_week(town: Town) -> None:
    token = await town.session(await town.person())
    row = await town.row(token)
    assert row.expires_at - row.created_at == timedelta(days=7)
    town.clock.advance(8 * HOUR)
    assert not await goes_on(town, token)


async def test_when_it_was_seen_is_known_to_the_minute(town: Town) -> None:
    token = await town.session(await town.person())
    began = (await town.row(token)).last_seen_at
    town.clock.advance(59)
    assert (await town.row(token)).last_seen_at == began
    town.clock.advance(1)
    assert (await town.row(token)).last_seen_at == began + timedelta(minutes=1)


async def test_an_ended_session_is_over_at_once(town: Town) -> None:
    anna = await town.person()
    token, other = await town.session(anna), await town.session(anna)
    await town.people.sign_ins.end(anna.id, (await town.row(token)).id)
    assert [await goes_on(town, one) for one in (token, other)] == [False, True]
    assert await town.installation.actors.of(token.reveal()) is None


async def test_all_others_are_ended(town: Town) -> None:
    anna, ben = await town.person(), await town.person("ben@example.com")
    mine, old, his = await town.session(anna), await town.session(anna), await town.session(ben)
    await town.people.sign_ins.end_others(anna.id, (await town.row(mine)).id)
    assert [await goes_on(town, one) for one in (mine, old, his)] == [True, False, True]


async def test_nobody_ends_anothers(town: Town) -> None:
    anna, ben = await town.person(), await town.person("ben@example.com")
    his = await town.session(ben)
    for session_id in ((await town.row(his)).id, "nothing", ""):
        with pytest.raises(NotFound):
            await town.people.sign_ins.end(anna.id, session_id)
    assert await goes_on(town, his)


async def test_half_a_session_is_good_for_nothing_but_the_code(town: Town) -> None:
    anna = await town.person()
    half = await town.people.sign_ins.begin(anna, "192.0.2.7", FIREFOX, proved=False)
    assert await town.people.sign_ins.find(half.reveal()) is None
    assert await town.installation.actors.of(half.reveal()) is None
    assert await town.people.sign_ins.list(anna.id) == []
    assert await town.people.sign_ins.find(half.reveal(), proved=False) is not None


async def test_a_whole_session_is_no_half_one(town: Town) -> None:
    token = await town.session(await town.person())
    assert await town.people.sign_ins.find(token.reveal(), proved=False) is None


async def test_half_a_session_lasts_five_minutes(town: Town) -> None:
    half = await town.people.sign_ins.begin(await town.person(), "192.0.2.7", FIREFOX, proved=False)
    town.clock.advance(299)
    assert await town.people.sign_ins.find(half.reveal(), proved=False) is not None
    town.clock.advance(1)
    assert await town.people.sign_ins.find(half.reveal(), proved=False) is None


async def test_another_password_ends_all_of_them_half_ones_too(town: Town) -> None:
    anna, ben = await town.person(), await town.person("ben@example.com")
    his = await town.session(ben)
    tokens = [await town.session(anna) for _ in range(3)]
    half = await town.people.sign_ins.begin(anna, "192.0.2.7", FIREFOX, proved=False)
    await town.people.signing_in.change_password(anna, PASSWORD, ANOTHER, BROWSER)
    assert not any([await goes_on(town, token) for token in tokens])
    assert await town.people.sign_ins.find(half.reveal(), proved=False) is None
    assert await goes_on(town, his)


async def test_the_list_is_newest_first_and_without_those_that_are_over(town: Town) -> None:
    anna = await town.person()
    made = []
    for _ in range(4):
        made.append((await town.row(await town.session(anna))).id)
        town.clock.advance(3 * HOUR)
    await town.people.sign_ins.end(anna.id, made[2])
    assert [row.id for row in await town.people.sign_ins.list(anna.id)] == [made[3]]


async def test_of_where_it_began_the_network_is_kept(town: Town) -> None:
    row = await town.row(await town.session(await town.person(), "192.0.2.77"))
    assert (row.network, row.browser) == ("192.0.2.0/24", "Firefox")
    assert b"192.0.2.77" not in await town.bytes_on_disk()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_a_network_does_not_tell_one_subscriber_from_the_next(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        (FIREFOX, "Firefox"),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge"),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1 (KHTML, like Gecko) Version/19 Safari/605.1", "Safari"),
        ("curl/8.5 <script>", ""),
        ("", ""),
    ],
)
def test_of_a_browser_its_family_is_known(agent: str, family: str) -> None:
    assert browser_of(agent) == family


async def test_over_sessions_are_forgotten(town: Town) -> None:
    anna = await town.person()
    await town.session(anna)
    await town.people.sign_ins.begin(anna, "192.0.2.7", FIREFOX, proved=False)
    town.clock.advance(300)
    assert await town.people.sign_ins.forget() == 1
    town.clock.advance(7 * 24 * HOUR)
    assert await town.people.sign_ins.forget() == 1
    assert await town.people.sign_ins.forget() == 0


async def test_whoever_belongs_nowhere_acts_for_nobody(town: Town) -> None:
    token = await town.session(await town.person(role=None))
    assert await goes_on(town, token)
    with pytest.raises(Forbidden):
        await town.installation.actors.of(token.reveal())


async def test_a_session_acts_for_the_organization_that_is_named_chosen_or_first(town: Town) -> None:
    anna = await town.person(role=Role.VIEWER)
    other = await town.installation.organizations.create("other")
    await town.people.users.join(anna.id, other.id, Role.OWNER)
    token = (await town.session(anna)).reveal()

    async def acts(named: str = "") -> tuple[str, frozenset[str]]:
        actor = await town.installation.actors.of(token, named)
        assert actor is not None
        return actor.organization_id, actor.actions

    assert await acts() == (town.organization, actions_of(Role.VIEWER))
    assert await acts("other") == await acts(other.id) == (other.id, actions_of(Role.OWNER))
    await town.people.sign_ins.act_for((await town.people.sign_ins.list(anna.id))[0].id, other.id)
    assert await acts() == (other.id, actions_of(Role.OWNER))
    assert await acts("default") == (town.organization, actions_of(Role.VIEWER))


async def test_it_acts_for_none_of_anothers(town: Town) -> None:
    token = await town.session(await town.person())
    other = await town.installation.organizations.create("other")
    for named in ("other", other.id, "nothing"):
        with pytest.raises(NotFound):
            await town.installation.actors.of(token.reveal(), named)


async def test_what_was_chosen_is_left_once_the_membership_ends(town: Town) -> None:
    anna = await town.person()
    other = await town.installation.organizations.create("other")
    await town.person("owner@example.com", organization=other.id)
    await town.people.users.join(anna.id, other.id, Role.ADMIN)
    token = await town.session(anna)
    await town.people.sign_ins.act_for((await town.row(token)).id, other.id)
    owner = await town.people.users.find("owner@example.com")
    assert owner is not None
    await town.people.users.leave(town.actor(owner, Role.OWNER, other.id), anna.id)
    actor = await town.installation.actors.of(token.reveal())
    assert actor is not None and actor.organization_id == town.organization
    with pytest.raises(NotFound):
        await town.installation.actors.of(token.reveal(), "other")
