"""Attempts to sign in: guessing is slow from one network and from many, and the owner is let in meanwhile."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.accounts.people.town import BROWSER, PASSWORD, WRONG, Town
from op26x.accounts.people import Attempts, Passwords, SecondFactor, User, Users, Visitor
from op26x.accounts.people.attempts import FORGET_S, FREE, LONGEST_WAIT_S, MOST
from op26x.clock import ManualClock
from op26x.errors import SignInRefused
from op26x.types import Secret

GUESSES = 10_000
ANNA = "anna@example.com"


class Counted:
    """Stands in for the check of passwords, and counts what reaches it."""

    def __init__(self) -> None:
        self.reached = 0

    async def verify(self, _hashed: str, password: Secret) -> bool:
        """Whether it is the right one."""
        self.reached += 1
        await asyncio.sleep(0)
        return password == PASSWORD


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """The check of passwords, without what it costs; who has an address is looked up once."""
    stand_in = Counted()
    known: dict[str, User | None] = {}
    find = Users.find

    async def found(users: Users, email: str) -> User | None:
        if known.get(email) is None:
            known[email] = await find(users, email)
        return known[email]

    monkeypatch.setattr(Users, "find", found)
    monkeypatch.setattr(Passwords, "verify", lambda _self, hashed, password: stand_in.verify(hashed, password))
    return stand_in


def network(number: int) -> Visitor:
    """A browser in one of many networks."""
    return replace(BROWSER, address=f"198.{18 + number // 256}.{number % 256}.7")


async def is_let_in(town: Town, email: str, password: Secret, visitor: Visitor) -> bool:
    """Whether somebody is."""
    try:
        await town.people.signing_in.with_password(email, password, visitor)
    except SignInRefused:
        return False
    return True


@pytest.mark.parametrize(
    ("networks", "pause_s", "at_most"),
    [(1, 0.0, 5), (1, 1.0, 40), (200, 0.0, 50), (200, 1.0, 90)],
)
async def test_of_ten_thousand_guesses_few_reach_the_password(
    town: Town, counted: Counted, networks: int, pause_s: float, at_most: int
) -> None:
    await town.person()
    for number in range(GUESSES):
        assert not await is_let_in(town, ANNA, WRONG, network(number % networks))
        town.clock.advance(pause_s)
    assert counted.reached <= at_most


async def test_who_guesses_at_once_gets_no_more_guesses(town: Town, counted: Counted) -> None:
    """A hundred connections that are opened together must not all be checked before the first has failed."""
    await town.person()
    await asyncio.gather(*(is_let_in(town, ANNA, WRONG, BROWSER) for _ in range(100)))
    assert counted.reached <= FREE + 1


async def test_the_owner_is_let_in_meanwhile_from_a_browser_that_was_there_before(town: Town, counted: Counted) -> None:
    await town.person()
    home = replace(BROWSER, address="203.0.113.9")
    device = (await town.people.signing_in.with_password(ANNA, PASSWORD, home)).device
    assert device
    for number in range(2000):
        await is_let_in(town, ANNA, WRONG, network(number % 200))
        if number % 100 == 0:
            assert await is_let_in(town, ANNA, PASSWORD, replace(home, device=device))
            town.clock.advance(1)
    assert await is_let_in(town, ANNA, PASSWORD, replace(network(3), device=device))
    assert not await is_let_in(town, ANNA, PASSWORD, replace(BROWSER, address="203.0.113.10"))


async def test_who_has_a_device_cookie_can_not_guess_either(town: Town, counted: Counted) -> None:
    await town.person()
    device = (await town.people.signing_in.with_password(ANNA, PASSWORD, BROWSER)).device
    before = counted.reached
    for number in range(1000):
        await is_let_in(town, ANNA, WRONG, replace(network(number % 200), device=device))
    assert counted.reached - before <= FREE


@pytest.mark.parametrize(
    "forge", [lambda d: "", lambda d: d[:-1], lambda d: d + "0", lambda d: "." + d, lambda d: "ü.ü"]
)
async def test_a_forged_device_cookie_is_none(town: Town, counted: Counted, forge: Callable[[str], str]) -> None:
    await town.person()
    device = (await town.people.signing_in.with_password(ANNA, PASSWORD, BROWSER)).device
    for number in range(100):
        await is_let_in(town, ANNA, WRONG, network(number))
    assert not await is_let_in(town, ANNA, PASSWORD, replace(BROWSER, device=forge(device)))
    assert await is_let_in(town, ANNA, PASSWORD, replace(BROWSER, device=device))


async def test_anothers_device_cookie_is_none(town: Town, counted: Counted) -> None:
    await town.person()
    await town.person("ben@example.com")
    device = (await town.people.signing_in.with_password("ben@example.com", PASSWORD, BROWSER)).device
    before = counted.reached
    for _ in range(100):
        await is_let_in(town, ANNA, WRONG, replace(BROWSER, device=device))
    assert counted.reached - before <= FREE


async def test_one_network_that_tries_many_accounts_is_slowed(town: Town, counted: Counted) -> None:
    for number in range(1000):
        await is_let_in(town, f"p{number}@example.com", WRONG, replace(BROWSER, address=f"192.0.2.{number % 256}"))
    assert counted.reached <= 100


async def test_neighbours_of_an_ipv6_network_are_one(town: Town, counted: Counted) -> None:
    await town.person()
    for number in range(100):
        await is_let_in(town, ANNA, WRONG, replace(BROWSER, address=f"2001:db8:1:{number:x}::1"))
    assert counted.reached <= FREE


async def test_who_is_nobody_is_slowed_like_everybody(town: Town, counted: Counted) -> None:
    for _ in range(100):
        await is_let_in(town, "nobody@example.com", WRONG, BROWSER)
    assert counted.reached <= FREE


async def test_whoever_waits_is_told_how_long(town: Town, counted: Counted) -> None:
    await town.person()
    for _ in range(FREE):
        await is_let_in(town, ANNA, WRONG, BROWSER)
    with pytest.raises(SignInRefused) as caught:
        await town.people.signing_in.with_password(ANNA, PASSWORD, BROWSER)
    assert 0 < caught.value.wait_s <= 1
    town.clock.advance(caught.value.wait_s)
    assert await is_let_in(town, ANNA, PASSWORD, BROWSER)


async def test_signing_in_forgets_what_failed_before(town: Town, counted: Counted) -> None:
    await town.person()
    for _ in range(3):
        for _ in range(FREE - 1):
            await is_let_in(town, ANNA, WRONG, BROWSER)
        assert await is_let_in(town, ANNA, PASSWORD, BROWSER)


async def test_codes_can_not_be_guessed_either(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await town.person()
    asked = 0

    async def passes(*_: object) -> bool:
        nonlocal asked
        asked += 1
        return False

    monkeypatch.setattr("op26x.accounts.people.SecondFactor.passes", passes)
    for number in range(1000):
        half = await town.people.sign_ins.begin(anna, BROWSER.address, BROWSER.agent, proved=False)
        with pytest.raises(SignInRefused):
            await town.people.signing_in.with_code(half.reveal(), f"{number:06}", network(number % 200))
    assert asked <= 50


async def test_codes_that_are_guessed_at_once_are_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await town.person()
    asked, real = 0, SecondFactor.passes

    async def passes(self: SecondFactor, user: User, code: str) -> bool:
        nonlocal asked
        asked += 1
        return await real(self, user, code)

    monkeypatch.setattr("op26x.accounts.people.SecondFactor.passes", passes)
    half = (await town.people.sign_ins.begin(anna, BROWSER.address, BROWSER.agent, proved=False)).reveal()
    tries = (town.people.signing_in.with_code(half, f"{number:06}", BROWSER) for number in range(100))
    await asyncio.gather(*tries, return_exceptions=True)
    assert asked <= FREE + 1


def test_memory_is_bounded(clock: ManualClock) -> None:
    attempts = Attempts(clock)
    for number in range(3 * MOST):
        attempts.begun(f"account {number}", f"network {number % 300}")
    assert len(attempts._failed) <= MOST


def test_who_guesses_all_the_time_is_not_forgotten(clock: ManualClock) -> None:
    attempts = Attempts(clock)
    for number in range(2 * MOST):
        attempts.begun("anna", "network")
        attempts.begun(f"account {number}", f"network {number}")
    assert attempts.wait("anna", "network") > 0


@given(st.lists(st.tuples(st.sampled_from(["anna", "ben"]), st.sampled_from("abc"), st.floats(0, 2000)), max_size=80))
def test_nobody_waits_longer_than_a_quarter_of_an_hour(tries: list[tuple[str, str, float]]) -> None:
    clock = ManualClock()
    attempts = Attempts(clock)
    for account, where, pause in tries:
        attempts.begun(account, where)
        assert 0 <= attempts.wait(account, where) <= LONGEST_WAIT_S
        clock.advance(pause)
    clock.advance(FORGET_S + 1)
    assert attempts.wait("anna", "a") == 0


@pytest.mark.parametrize("failures", [FREE, 20 * FREE, 200 * FREE])
def test_after_an_hour_of_quiet_the_first_failures_are_free_again(clock: ManualClock, failures: int) -> None:
    """A network of many people must not gather failures for as long as the service runs."""
    attempts = Attempts(clock)
    for _ in range(failures):
        attempts.begun("anna", "office")
    clock.advance(FORGET_S + 1)
    attempts.begun("ben", "office")
    assert attempts.wait("ben", "office") == 0
    attempts.begun("anna", "office")
    assert attempts.wait("anna", "office") == 0


def test_an_office_that_mistypes_once_in_a_while_is_never_made_to_wait(clock: ManualClock) -> None:
    attempts = Attempts(clock)
    for number in range(300):
        attempts.begun(f"person {number % 60}", "office")
        assert attempts.wait("somebody else", "office") == 0
        clock.advance(1800)


def test_many_failures_do_not_overflow(clock: ManualClock) -> None:
    attempts = Attempts(clock)
    for _ in range(2000):
        attempts.begun("anna", "network")
    assert attempts.wait("anna", "network") == LONGEST_WAIT_S
