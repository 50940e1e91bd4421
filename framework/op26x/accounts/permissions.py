"""The permission table: which role may do what. It is data, in ``permissions.toml`` beside this file."""

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from op26x.errors import UsageError

TABLE = Path(__file__).with_name("permissions.toml")


class Role(StrEnum):
    """What somebody is in an organization."""

    OWNER = "owner"
    ADMIN = "admin"
    AGENT_BUILDER = "agent-builder"
    PRIVACY_OFFICER = "privacy-officer"
    RESEARCHER = "researcher"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Permission:
    """A row of the table.

    Attributes:
        action: ``calls.read``, for instance.
        about: What it allows, in a sentence.
        roles: Who may.
    """

    action: str
    about: str
    roles: frozenset[Role]


@cache
def permissions() -> dict[str, Permission]:
    """The table by action, in its order.

    Raises:
        ValueError: A row names a role that does not exist.
    """
    rows = tomllib.loads(TABLE.read_text())["actions"]
    return {
        action: Permission(action, row["about"], frozenset(Role(role) for role in row["roles"]))
        for action, row in rows.items()
    }


@cache
def actions_of(role: Role) -> frozenset[str]:
    """Everything that a role may do."""
    return frozenset(action for action, row in permissions().items() if role in row.roles)


def known(actions: Collection[str]) -> frozenset[str]:
    """The same actions, if the table has them all.

    Raises:
        UsageError: It does not.
    """
    unknown = sorted(set(actions) - permissions().keys())
    if unknown:
        raise UsageError(f"There is no action {unknown[0]}.", f"The actions are: {', '.join(permissions())}.")
    return frozenset(actions)
