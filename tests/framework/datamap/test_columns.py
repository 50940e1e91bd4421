"""The columns of one personal thing: found, masked, sealed and cleared as their declaration says."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from framework.datamap.house import NOTED, tables
from op26x.accounts import PhoneLine
from op26x.accounts.model import LINE_NUMBER
from op26x.accounts.people import User
from op26x.calls import Call
from op26x.calls.model import CALLED, CALLER
from op26x.consent import Suppression
from op26x.consent.model import NOT_TO_BE_CALLED
from op26x.datamap import Erase, PersonalColumns, clear, hashed, identifier, indexed
from op26x.errors import Tampered
from op26x.types import Personal, PhoneNumber
from op26x.vault import BlindIndex, Ciphertext, DataKey

NUMBER, OTHER = PhoneNumber("+12125550123"), PhoneNumber("+12125550145")
NOW = datetime(2026, 1, 5, tzinfo=UTC)
KEY = DataKey(bytes(32))


@pytest.fixture
def index() -> BlindIndex:
    """Of some organization."""
    return BlindIndex(SimpleNamespace(derive=lambda label: bytes(32)), "organization")  # type: ignore[arg-type]


def a_call() -> Call:
    return Call(id="01CALL", organization_id="01ORG", agent="a", provider="twilio", created_at=NOW, expires_at=NOW)


def test_each_of_two_numbers_has_columns_of_its_own(index: BlindIndex) -> None:
    call = a_call()
    for what, number in ((CALLER, NUMBER), (CALLED, OTHER)):
        columns = PersonalColumns(Call, what)
        assert not columns.is_sealed(call)
        assert columns.note(call, number, index) == index.of(number)
        columns.seal(call, number, KEY)
        assert columns.is_sealed(call)
    assert (call.caller_last_two, call.called_last_two) == ("23", "45")
    assert (call.caller_index, call.called_index) == (index.of(NUMBER), index.of(OTHER))
    assert PersonalColumns(Call, CALLER).open(call, KEY).reveal() == NUMBER.reveal()
    assert PersonalColumns(Call, CALLED).open(call, KEY).reveal() == OTHER.reveal()
    call.caller_number, call.called_number = call.called_number, call.caller_number
    with pytest.raises(Tampered):
        PersonalColumns(Call, CALLER).open(call, KEY)


def test_a_withheld_number_is_found_nowhere_and_shown_as_nothing(index: BlindIndex) -> None:
    call = a_call()
    assert PersonalColumns(Call, CALLER).note(call, PhoneNumber(""), index) == ""
    assert (call.caller_index, call.caller_last_two, call.caller) == ("", "", "withheld")
    assert PersonalColumns(Call, CALLER).open(call, KEY).reveal() == ""


def test_a_table_without_a_mask_has_none(index: BlindIndex) -> None:
    row = Suppression(id="1", organization_id="01ORG", call_id="01CALL", at=NOW)
    PersonalColumns(Suppression, NOT_TO_BE_CALLED).note(row, NUMBER, index)
    assert row.subject_index == index.of(NUMBER)


def test_clearing_leaves_times_and_states_and_nothing_of_anybody(index: BlindIndex) -> None:
    call = a_call()
    for what in (CALLER, CALLED):
        PersonalColumns(Call, what).note(call, NUMBER, index)
        PersonalColumns(Call, what).seal(call, NUMBER, KEY)
    kept = {name: value for name, value in call.model_dump().items() if not name.startswith(("caller_", "called_"))}
    clear(call)
    after = call.model_dump()
    assert {name: after[name] for name in kept} == kept
    assert (call.caller_index, call.caller_last_two, call.caller_number) == ("", "", None)
    assert (call.called_index, call.called_last_two, call.called_number) == ("", "", None)


class Kept(tables(), table=True):  # type: ignore[misc]
    """Holds one thing that is cleared, and one that stays."""

    id: str = identifier()
    goes: str = hashed(NOTED, default="")
    stays: str = hashed(replace(NOTED, erase=Erase.KEEP, ground="A test."), default="")


def test_what_is_kept_for_a_ground_is_not_cleared() -> None:
    row = Kept(id="1", goes="a", stays="b")
    clear(row)
    assert (row.goes, row.stays) == ("", "b")


def test_clearing_a_person_takes_every_proof_of_theirs() -> None:
    user = User(
        id="1", email_index="x", email=Ciphertext(b"e"), name=Ciphertext(b"n"), password_hash="$argon2id$",
        totp_secret=Ciphertext(b"t"), totp_pending=Ciphertext(b"p"), subject_index="s", created_at=NOW,
    )  # fmt: skip
    clear(user)
    assert (user.email_index, user.email, user.name, user.totp_secret, user.totp_pending) == (None,) * 5
    assert (user.password_hash, user.subject_index) == ("", "")


def test_a_word_that_is_no_number_is_shown_as_nothing(index: BlindIndex) -> None:
    line = PhoneLine(id="1", organization_id="01ORG", provider="twilio", label="", created_at=NOW)
    PersonalColumns(PhoneLine, LINE_NUMBER).note(line, Personal("anna@example.com"), index)
    assert line.last_two == ""
    assert indexed(LINE_NUMBER) is not None
