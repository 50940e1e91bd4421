"""Passwords: what is too weak, and how they are hashed."""

import asyncio
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from framework.accounts.people.town import ANOTHER, BROWSER, PASSWORD, WRONG, Town, hash_of
from op26x.accounts.people import Passwords
from op26x.accounts.people.passwords import LONGEST, SHORTEST, check_strength
from op26x.errors import SignInRefused, UsageError
from op26x.types import Secret

COMMON = [word for word in FREQUENCY_LISTS["passwords"] if SHORTEST <= len(word) <= LONGEST][:20]
LIKE_THEM = [
    *("passwordpassword", "123456789012", "Password123!", "welcome12345", "iloveyou1234", "administrator"),
    *("qwertyuiopasdf", "passw0rd2026", "drowssapdrowssap"),
]


@given(st.text(max_size=SHORTEST - 1))
def test_a_short_password_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="12 to 128"):
        check_strength(Secret(text))


@given(st.text(min_size=LONGEST + 1, max_size=LONGEST + 50))
def test_a_password_without_end_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="12 to 128"):
        check_strength(Secret(text))


@pytest.mark.parametrize("text", LIKE_THEM)
def test_what_is_made_of_a_common_password_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="tried first"):
        check_strength(Secret(text))


@pytest.mark.parametrize("text", ["four green umbrellas sing", "tooth-fairy-77-lamp", "Tr0ub4dor&3xyz"])
def test_what_nobody_tries_first_will_do(text: str) -> None:
    check_strength(Secret(text))


@pytest.mark.parametrize("word", COMMON)
def test_a_common_password_is_refused_however_it_is_written(word: str) -> None:
    for text in (word, word.upper(), word.title()):
        with pytest.raises(UsageError, match="tried first"):
            check_strength(Secret(text))


def test_there_are_common_passwords_that_are_long_enough() -> None:
    assert len(COMMON) > 5


@pytest.mark.parametrize("text", ["aaaaaaaaaaaa", "abababababab", "123412341234", "aA" * 8])
def test_a_few_signs_over_and_over_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="tried first"):
        check_strength(Secret(text))


@pytest.mark.parametrize("text", ["Amsel is my bird", "AMSELAMSELAMSEL!?", "my example.com password"])
def test_a_password_with_ones_name_or_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="name or address"):
        check_strength(Secret(text), ("anna.amsel", "example.com", "Amsel"))


@pytest.mark.parametrize(
    "text", ["correct horse battery staple", "пароль из нескольких слов", "  spaces  count  too  "]
)
def test_several_words_make_a_good_one(text: str) -> None:
    check_strength(Secret(text), ("anna", "example.com"))


async def test_the_hash_is_argon2id_with_the_parameters_of_owasp() -> None:
    hashed = await Passwords().hash(PASSWORD)
    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", hashed)
    assert PASSWORD.reveal() not in hashed
    assert hashed != await Passwords().hash(PASSWORD)


async def test_a_password_is_verified() -> None:
    passwords = Passwords()
    assert await passwords.verify(hash_of(PASSWORD), PASSWORD)
    assert not await passwords.verify(hash_of(PASSWORD), WRONG)


@settings(max_examples=8)
@given(st.text(max_size=200))
async def test_without_a_hash_nothing_is_right(text: str) -> None:
    assert not await Passwords().verify("", Secret(text))


async def test_not_even_the_password_of_the_hash_that_stands_in() -> None:
    assert not await Passwords().verify("", Secret("nobody's"))


@pytest.mark.parametrize("hashed", ["$argon2id$", "plain", "$2b$12$abcdefghijklmnopqrstuv"])
async def test_what_is_no_hash_lets_nobody_in(hashed: str) -> None:
    assert not await Passwords().verify(hashed, Secret(hashed))


async def test_many_wait_for_each_other() -> None:
    passwords = Passwords()
    assert all(await asyncio.gather(*(passwords.verify(hash_of(PASSWORD), PASSWORD) for _ in range(4))))


@pytest.mark.parametrize("text", ["", "nobody's", PASSWORD.reveal()])
async def test_who_has_no_password_can_not_sign_in_with_one(town: Town, text: str) -> None:
    await town.person(password=None)
    with pytest.raises(SignInRefused):
        await town.people.signing_in.with_password("anna@example.com", Secret(text), BROWSER)


async def test_an_erased_person_can_not_sign_in(town: Town) -> None:
    await town.person("owner@example.com")
    anna = await town.person(role=None)
    await town.people.users.erase(anna.id, "operator")
    with pytest.raises(SignInRefused):
        await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)


async def test_changing_it_asks_for_the_old_one(town: Town) -> None:
    anna = await town.person()
    with pytest.raises(SignInRefused):
        await town.people.signing_in.change_password(anna, WRONG, ANOTHER, BROWSER)
    await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)


async def test_a_new_password_must_not_have_ones_name_in_it(town: Town) -> None:
    anna = await town.person(name="Anna Rotkehlchen")
    with pytest.raises(UsageError, match="name or address"):
        await town.people.signing_in.change_password(anna, PASSWORD, Secret("rotkehlchen sings"), BROWSER)
    link = await town.people.links.for_password(anna.id, "operator")
    with pytest.raises(UsageError, match="name or address"):
        await town.people.signing_in.choose_password(link.token.reveal(), Secret("rotkehlchen sings"))
