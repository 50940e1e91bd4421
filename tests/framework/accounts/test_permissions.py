"""The permission table: every action says what it allows and to whom; what is not in it, nobody may."""

import re
from pathlib import Path

import pytest

from op26x.accounts import Role, actions_of, permissions
from op26x.accounts.permissions import TABLE, known
from op26x.errors import UsageError

READS_ONLY = {Role.RESEARCHER, Role.VIEWER}
OF_ONESELF = {"me.change"}
WORDS = {"recordings.read", "live.read"}
"""What shows what was said."""


def test_an_action_is_a_noun_and_a_verb_and_says_what_it_allows() -> None:
    assert permissions()
    for action, row in permissions().items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z]+", action)
        assert row.action == action
        assert row.about.endswith(".")
        assert row.about[0].isupper()


def test_an_owner_may_everything_in_their_organization() -> None:
    of_the_installation = {action for action, row in permissions().items() if not row.roles}
    assert of_the_installation == {"metrics.read"}
    assert actions_of(Role.OWNER) == permissions().keys() - of_the_installation


@pytest.mark.parametrize("role", Role)
def test_every_role_may_something_and_no_role_more_than_the_owner(role: Role) -> None:
    assert actions_of(role)
    assert actions_of(role) <= actions_of(Role.OWNER)


@pytest.mark.parametrize("role", sorted(READS_ONLY))
def test_who_only_looks_changes_nothing_and_hears_nobody(role: Role) -> None:
    assert {action.partition(".")[2] for action in actions_of(role) - OF_ONESELF} == {"read"}
    assert not actions_of(role) & WORDS


@pytest.mark.parametrize("role", Role)
def test_whoever_changes_something_may_see_it(role: Role) -> None:
    for action in actions_of(role):
        noun = action.partition(".")[0]
        if f"{noun}.read" in permissions():
            assert f"{noun}.read" in actions_of(role)


def test_what_is_kept_how_long_is_for_those_who_answer_for_it() -> None:
    assert permissions()["retention.change"].roles == {Role.OWNER, Role.ADMIN, Role.PRIVACY_OFFICER}
    assert Role.AGENT_BUILDER not in permissions()["recordings.delete"].roles
    assert permissions()["api-keys.change"].roles == {Role.OWNER, Role.ADMIN}


def test_a_table_with_a_role_that_does_not_exist_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "permissions.toml"
    wrong.write_text(TABLE.read_text().replace('"viewer"', '"viewr"', 1))
    read = permissions.__wrapped__
    monkeypatch.setitem(read.__globals__, "TABLE", wrong)
    with pytest.raises(ValueError, match="viewr"):
        read()


def test_actions_that_the_table_has_are_taken() -> None:
    assert known(["calls.read", "calls.read", "live.read"]) == {"calls.read", "live.read"}
    assert known([]) == frozenset()


@pytest.mark.parametrize("action", ["calls.reed", "", "calls", "CALLS.READ"])
def test_an_action_that_it_has_not_is_named_with_those_there_are(action: str) -> None:
    with pytest.raises(UsageError, match="There is no action") as caught:
        known(["calls.read", action])
    assert all(one in caught.value.remedy for one in permissions())
