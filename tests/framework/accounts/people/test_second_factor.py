"""The second factor: a code passes once, a recovery code too, and the secret is the person's own."""

import asyncio

import pyotp
import pytest

from framework.accounts.people.town import BROWSER, PASSWORD, WRONG, Town
from op26x.accounts.people import User
from op26x.accounts.people.second_factor import RECOVERY_CODES, otpauth_uri
from op26x.errors import SignInRefused, UsageError
from op26x.types import Secret

STEP = 30


def shown(town: Town, secret: Secret, steps: int = 0) -> str:
    """What an authenticator shows, so many steps from now."""
    return pyotp.TOTP(secret.reveal()).at(int(town.clock.now().timestamp()) + steps * STEP)


async def turned_on(town: Town) -> tuple[User, Secret, list[Secret]]:
    """Somebody of whom codes are asked, their secret, and their recovery codes; the present step is not used up."""
    anna = await town.person()
    secret = await town.people.second_factor.prepare(anna)
    codes = await town.people.second_factor.begin(await town.again(anna), shown(town, secret))
    town.clock.advance(2 * STEP)
    return await town.again(anna), secret, codes


async def passes(town: Town, user: User, code: str) -> bool:
    """Whether a code does."""
    return await town.people.second_factor.passes(await town.again(user), code)


async def test_a_code_passes_once(town: Town) -> None:
    anna, secret, _ = await turned_on(town)
    assert await passes(town, anna, shown(town, secret))
    assert not await passes(town, anna, shown(town, secret))
    town.clock.advance(STEP)
    assert not await passes(town, anna, shown(town, secret, -1))
    assert await passes(town, anna, shown(town, secret))


async def test_of_those_who_show_it_at_once_one_passes(town: Town) -> None:
    anna, secret, codes = await turned_on(town)
    code = shown(town, secret)
    assert sum(await asyncio.gather(*(passes(town, anna, code) for _ in range(8)))) == 1
    assert sum(await asyncio.gather(*(passes(town, anna, codes[0].reveal()) for _ in range(8)))) == 1


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_the_neighbour_steps_pass(town: Town, steps: int) -> None:
    anna, secret, _ = await turned_on(town)
    assert await passes(town, anna, shown(town, secret, steps))


@pytest.mark.parametrize("steps", [-10, -2, 2, 10])
async def test_no_others_do(town: Town, steps: int) -> None:
    anna, secret, _ = await turned_on(town)
    assert not await passes(town, anna, shown(town, secret, steps))


async def test_after_a_later_one_an_earlier_one_does_not_pass(town: Town) -> None:
    anna, secret, _ = await turned_on(town)
    assert await passes(town, anna, shown(town, secret, 1))
    assert not await passes(town, anna, shown(town, secret))
    assert not await passes(town, anna, shown(town, secret, -1))


@pytest.mark.parametrize("code", ["", "000000", "12345", "abcdef", "٠١٢٣٤٥", "é" * 6, "1" * 5000])
async def test_nothing_else_passes(town: Town, code: str) -> None:
    anna, secret, _ = await turned_on(town)
    assert code not in [shown(town, secret, step) for step in (-1, 0, 1)]
    assert not await passes(town, anna, code)


async def test_it_may_be_typed_in_groups(town: Town) -> None:
    anna, secret, codes = await turned_on(town)
    code = shown(town, secret)
    assert await passes(town, anna, f" {code[:3]} {code[3:]} ")
    text = codes[0].reveal()
    assert await passes(town, anna, f"{text[:10]}-{text[10:]}".upper())


async def test_a_recovery_code_passes_once(town: Town) -> None:
    anna, _, codes = await turned_on(town)
    assert len({code.reveal() for code in codes}) == RECOVERY_CODES
    for code in codes:
        assert await passes(town, anna, code.reveal())
        assert not await passes(town, anna, code.reveal())


async def test_it_is_nobody_elses(town: Town) -> None:
    anna, _, codes = await turned_on(town)
    ben = await town.person("ben@example.com")
    assert not await passes(town, ben, codes[0].reveal())
    assert await passes(town, anna, codes[0].reveal())


async def test_new_ones_replace_those_before(town: Town) -> None:
    anna, _, old = await turned_on(town)
    await town.people.second_factor.end(anna.id)
    secret = await town.people.second_factor.prepare(await town.again(anna))
    new = await town.people.second_factor.begin(await town.again(anna), shown(town, secret))
    assert not any([await passes(town, anna, code.reveal()) for code in old])
    assert await passes(town, anna, new[0].reveal())


async def test_neither_secret_nor_codes_are_on_the_disk_in_clear(town: Town) -> None:
    anna, secret, codes = await turned_on(town)
    await passes(town, anna, codes[0].reveal())
    written = await town.bytes_on_disk()
    for text in (secret.reveal(), *(code.reveal() for code in codes)):
        assert text.encode() not in written
    assert pyotp.TOTP(secret.reveal()).byte_secret() not in written


async def test_turning_it_on_needs_a_right_code(town: Town) -> None:
    anna = await town.person()
    secret = await town.people.second_factor.prepare(anna)
    for code in ("", "000000", shown(town, secret, 5)):
        with pytest.raises(UsageError):
            await town.people.second_factor.begin(await town.again(anna), code)
    assert (await town.again(anna)).totp_since is None
    assert not (await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)).needs_code


async def test_nothing_turns_it_on_that_was_not_prepared(town: Town) -> None:
    anna = await town.person()
    with pytest.raises(UsageError):
        await town.people.second_factor.begin(anna, "000000")


async def test_preparing_another_one_leaves_the_first_in_force_until_a_code_was_shown(town: Town) -> None:
    anna, secret, _ = await turned_on(town)
    await town.people.second_factor.prepare(anna)
    assert (await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)).needs_code
    assert await passes(town, anna, shown(town, secret))


async def test_turned_off_nothing_is_asked_and_nothing_is_left(town: Town) -> None:
    anna, secret, codes = await turned_on(town)
    await town.people.second_factor.end(anna.id)
    stored = await town.again(anna)
    assert (stored.totp_secret, stored.totp_since) == (None, None)
    assert not await passes(town, anna, shown(town, secret))
    assert not await passes(town, anna, codes[0].reveal())
    assert not (await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)).needs_code


async def test_the_password_alone_begins_half_a_session(town: Town) -> None:
    anna, secret, _ = await turned_on(town)
    half = await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)
    assert (half.needs_code, half.device) == (True, "")
    assert await town.people.sign_ins.find(half.token.reveal()) is None
    whole = await town.people.signing_in.with_code(half.token.reveal(), shown(town, secret), BROWSER)
    assert whole.token != half.token
    assert (await town.row(whole.token)).user_id == anna.id
    assert await town.people.sign_ins.find(half.token.reveal(), proved=False) is None


async def test_the_half_ends_with_the_code_and_with_time(town: Town) -> None:
    _, secret, _ = await turned_on(town)
    half = (await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)).token.reveal()
    await town.people.signing_in.with_code(half, shown(town, secret), BROWSER)
    town.clock.advance(STEP)
    with pytest.raises(SignInRefused, match="too late"):
        await town.people.signing_in.with_code(half, shown(town, secret), BROWSER)
    late = (await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)).token.reveal()
    town.clock.advance(300)
    with pytest.raises(SignInRefused, match="too late"):
        await town.people.signing_in.with_code(late, shown(town, secret), BROWSER)


async def test_a_wrong_code_leaves_the_half_as_it_was(town: Town) -> None:
    _, secret, _ = await turned_on(town)
    half = (await town.people.signing_in.with_password("anna@example.com", PASSWORD, BROWSER)).token.reveal()
    with pytest.raises(SignInRefused, match="not right"):
        await town.people.signing_in.with_code(half, "000000", BROWSER)
    await town.people.signing_in.with_code(half, shown(town, secret), BROWSER)


async def test_a_whole_session_takes_no_code(town: Town) -> None:
    anna, secret, _ = await turned_on(town)
    token = await town.session(anna)
    with pytest.raises(SignInRefused):
        await town.people.signing_in.with_code(token.reveal(), shown(town, secret), BROWSER)


async def test_a_wrong_password_asks_for_no_code(town: Town) -> None:
    await turned_on(town)
    with pytest.raises(SignInRefused, match="Address or password"):
        await town.people.signing_in.with_password("anna@example.com", WRONG, BROWSER)


def test_an_authenticator_reads_whose_it_is() -> None:
    address = otpauth_uri(Secret("JBSWY3DPEHPK3PXP" * 2), "anna@example.com")
    assert address.startswith("otpauth://totp/op26x:anna%40example.com?")
    assert "issuer=op26x" in address
