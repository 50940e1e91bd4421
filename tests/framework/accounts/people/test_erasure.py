"""The erasure of an account: nothing of whose it was is left, and everybody else's is as it was."""

import json
from datetime import datetime

import pyotp
import pytest
from sqlmodel import SQLModel, select

from framework.accounts.people.town import BROWSER, FIREFOX, PASSWORD, Town
from op26x.accounts import Role
from op26x.accounts.people import RecoveryCode, SignIn, UsageEvent, User
from op26x.audit import Access
from op26x.errors import KeyGone, NotFound, VaultError
from op26x.vault import KeyKind, Keyring

EMAIL, NAME = "robin.redbreast@example.com", "Robin Redbreast"


async def somebody(town: Town) -> User:
    """Somebody with all that there can be of a person, beside an owner who stays."""
    await town.person()
    return await with_everything(town, EMAIL, NAME)


async def with_everything(town: Town, email: str, name: str) -> User:
    """A new person who came by an invitation, asks for codes, and was here."""
    owner = await town.people.users.find("anna@example.com")
    assert owner is not None
    link = await town.people.links.invite(town.actor(owner), email, Role.VIEWER)
    token = (await town.people.signing_in.with_link(link.token.reveal(), email, name, PASSWORD, BROWSER)).token
    user = await town.people.users.find(email)
    assert user is not None
    secret = await town.people.second_factor.prepare(user)
    code = pyotp.TOTP(secret.reveal()).at(town.clock.now())
    await town.people.second_factor.begin(await town.again(user), code)
    actor = await town.installation.actors.of(token.reveal())
    assert actor is not None
    await town.people.usage.note(actor, "calls.read", "203.0.113.177", FIREFOX)
    return await town.again(user)


async def rows_of(town: Town, user_id: str) -> dict[str, list[str]]:
    """All rows that name a person, by table, each as JSON."""

    def read(session: object) -> dict[str, list[str]]:
        found = {}
        for table in _tables():
            column = "id" if table is User else "user_id"
            rows = session.exec(select(table).where(getattr(table, column) == user_id)).all()  # type: ignore[attr-defined]
            found[table.__name__] = sorted(json.dumps(row.model_dump(), default=_shown, sort_keys=True) for row in rows)
        return found

    return await town.installation.database.run(read)


def _tables() -> list[type[SQLModel]]:
    """Every table of people: those with a column for them."""
    tables = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    return [User, *(table for table in tables if "user_id" in table.__table__.columns)]


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else bytes(value).hex()  # type: ignore[call-overload]


async def test_the_key_is_destroyed(town: Town) -> None:
    robin = await somebody(town)
    await town.people.users.erase(robin.id, "operator")
    with pytest.raises(KeyGone):
        await town.people.users._keys.get(KeyKind.USER, robin.id)
    with pytest.raises(KeyGone):
        await town.people.users._keys.create(KeyKind.USER, robin.id)


async def test_nothing_of_who_it_was_is_left_in_any_file(town: Town) -> None:
    robin = await somebody(town)
    sealed = [bytes(value) for value in (robin.email, robin.name, robin.totp_secret) if value]
    index = robin.email_index or ""
    assert len(sealed) == 3
    await town.people.users.erase(robin.id, "operator")
    written = await town.bytes_on_disk()
    for text in (EMAIL, NAME, "redbreast", "Redbreast", "203.0.113.177", robin.password_hash):
        assert text.encode() not in written
    assert not any(one in written for one in sealed)
    assert index.encode() not in written, "the blind index of the address is still there"


async def test_the_row_stays_so_that_acts_are_somebodys(town: Town) -> None:
    robin = await somebody(town)
    await town.people.users.erase(robin.id, "operator")
    row = await town.installation.database.run(lambda session: session.get(User, robin.id))
    assert row is not None and row.erased_at == town.clock.now()
    assert (row.email, row.name, row.totp_secret, row.email_index) == (None, None, None, None)
    assert (row.password_hash, row.issuer, row.subject_index) == ("", "", "")
    with pytest.raises(NotFound):
        await town.people.users.get(robin.id)
    with pytest.raises(NotFound):
        await town.people.users.erase(robin.id, "operator")


async def test_sessions_codes_usage_and_membership_are_gone(town: Town) -> None:
    robin = await somebody(town)
    token = await town.session(robin)
    await town.people.users.erase(robin.id, "operator")
    left = await rows_of(town, robin.id)
    assert {name: len(rows) for name, rows in left.items() if rows} == {"User": 1}
    assert {SignIn, RecoveryCode, UsageEvent} <= set(_tables())
    assert await town.installation.actors.of(token.reveal()) is None
    assert [one.email.reveal() for one in await town.people.users.members(town.organization)] == ["anna@example.com"]


async def test_others_are_as_they_were(town: Town) -> None:
    robin = await somebody(town)
    ben = await with_everything(town, "ben@example.com", "Ben")
    before = await rows_of(town, ben.id)
    assert all(rows for name, rows in before.items() if name != "OneTimeLink")
    await town.people.users.erase(robin.id, "operator")
    assert await rows_of(town, ben.id) == before
    assert (await town.people.users.email_of(await town.again(ben))).reveal() == "ben@example.com"
    await town.people.signing_in.with_password("ben@example.com", PASSWORD, BROWSER)


async def test_the_address_is_free_again(town: Town) -> None:
    robin = await somebody(town)
    await town.people.users.erase(robin.id, "operator")
    again = await town.person(EMAIL, Role.VIEWER)
    assert again.id != robin.id
    assert await town.people.usage.of(again.id) == []


async def test_a_key_that_could_not_be_destroyed_is_destroyed_later(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the keys fails once: what was begun must be possible to finish."""
    robin = await somebody(town)
    with monkeypatch.context() as broken:

        async def fails(*_: object) -> bool:
            raise VaultError("The key database can't be used.")

        broken.setattr(Keyring, "destroy", fails)
        with pytest.raises(VaultError):
            await town.people.users.erase(robin.id, "operator")
    await town.people.users.erase(robin.id, "operator")
    with pytest.raises(KeyGone):
        await town.people.users._keys.get(KeyKind.USER, robin.id)


async def test_what_was_loaded_before_does_not_bring_the_person_back(town: Town) -> None:
    """A request under way holds the row as it was; writing it must not undo the erasure."""
    robin = await somebody(town)
    await town.people.users.erase(robin.id, "operator")
    with pytest.raises(VaultError):
        await town.people.second_factor.prepare(robin)
    row = await town.installation.database.run(lambda session: session.get(User, robin.id))
    assert row is not None and row.email is None


async def test_a_password_that_was_changed_meanwhile_stays_changed(town: Town) -> None:
    """Preparing a second factor writes what belongs to it, and nothing that it has read before."""
    anna = await town.person()
    await town.people.users.set_password(anna.id, "another hash")
    await town.people.second_factor.prepare(anna)
    assert (await town.again(anna)).password_hash == "another hash"


async def test_nothing_is_left_in_pages_that_the_database_has_moved(town: Town) -> None:
    """Rows of many people fill many pages, and SQLite moves rows about when others come and go."""
    await town.person()
    people = [await town.people.users.create(f"p{n}@example.com", "N" * (n % 90)) for n in range(120)]
    gone = people[::3]
    for user in gone:
        await town.people.users.erase(user.id, "operator")
    for n in range(60):
        await town.people.users.create(f"q{n}@example.com", "N" * (n % 90))
    written = await town.bytes_on_disk()
    sealed = [bytes(value) for user in gone for value in (user.email, user.name) if value]
    assert sum(one in written for one in sealed) == 0
    assert sum((user.email_index or "?").encode() in written for user in gone) == 0


async def test_each_organization_that_they_belonged_to_has_it_on_record(town: Town) -> None:
    robin = await somebody(town)
    audit = town.people.users.audit(town.organization)
    await town.people.users.erase(robin.id, "command-line")
    (entry,) = await audit.list(what="account.erased")
    assert (entry.who, entry.record_id, entry.why) == ("command-line", robin.id, "")


async def test_what_is_done_about_an_account_is_noted_where_its_owner_belongs(town: Town) -> None:
    robin = await somebody(town)
    note = await town.people.users.noting(robin.id, "second-factor.ended", Access("command-line", "lost phone"))
    await town.people.second_factor.end(robin.id, note)
    (entry,) = await town.people.users.audit(town.organization).list(what="second-factor.ended")
    assert (entry.who, entry.record_id, entry.why) == ("command-line", robin.id, "lost phone")
    assert (await town.again(robin)).totp_since is None
