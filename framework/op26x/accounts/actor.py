"""Who acts: for which organization, under which name, and what they may do."""

from dataclasses import dataclass

from op26x.accounts.permissions import permissions
from op26x.audit import Access
from op26x.errors import Forbidden, UsageError

USER = "user:"
"""How a person's name in the audit log begins."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever came through a door and showed who they are.

    Attributes:
        organization_id: For whom they act.
        who: As the audit log names them: ``user:ID``, ``api-key:ID``, ``operator``.
        actions: What they may do.
        session_id: The session in which they act; empty for programs.
        came_from: The class of the address that they came from, as in the audit log.
        lacks_second_factor: Whether the organization asks for one that they have not; they may do little until then.
    """

    organization_id: str
    who: str
    actions: frozenset[str]
    session_id: str = ""
    came_from: str = ""
    lacks_second_factor: bool = False

    def access(self, why: str = "") -> Access:
        """What they do, as the audit log has it.

        Args:
            why: The reason; no personal data.
        """
        return Access(self.who, why, self.came_from)

    @property
    def user_id(self) -> str:
        """The person who acts.

        Raises:
            UsageError: It is none.
        """
        if not self.who.startswith(USER):
            raise UsageError("Only a person can do this.", "Sign in to the dashboard.")
        return self.who.removeprefix(USER)

    def may(self, action: str) -> bool:
        """Whether they may do something."""
        return action in self.actions

    def must(self, action: str) -> None:
        """Does nothing if they may.

        Raises:
            Forbidden: They may not.
        """
        if action not in self.actions and self.lacks_second_factor:
            raise Forbidden(
                "This organization asks for a one-time code when you sign in, and your account has none.",
                "Set up an authenticator on the page of your account.",
            )
        if action not in self.actions:
            row = permissions().get(action)
            roles = ", ".join(sorted(row.roles)) if row is not None else "nobody"
            raise Forbidden(f"You may not do this: it needs the permission {action}.", f"These roles have it: {roles}.")
