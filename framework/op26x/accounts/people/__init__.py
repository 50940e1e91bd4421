"""People: who they are, how they prove it, and what they did in the dashboard.

``users`` has the people and their roles, ``links`` the one-time links by which they come, ``passwords`` and
``second_factor`` what they prove themselves with, ``sign_ins`` the sessions that follow; ``attempts`` slows down who
guesses.
"""

from op26x.accounts.people.attempts import Attempts
from op26x.accounts.people.links import LinkKind, Links, MadeLink
from op26x.accounts.people.model import Membership, OneTimeLink, RecoveryCode, SignIn, UsageEvent, User
from op26x.accounts.people.passwords import Passwords
from op26x.accounts.people.people import PEOPLE, People
from op26x.accounts.people.second_factor import SecondFactor
from op26x.accounts.people.sign_ins import SignIns
from op26x.accounts.people.signing_in import SignedIn, SigningIn, Visitor
from op26x.accounts.people.usage import Usage
from op26x.accounts.people.users import Person, Users

__all__ = [
    "PEOPLE",
    "Attempts",
    "LinkKind",
    "Links",
    "MadeLink",
    "Membership",
    "OneTimeLink",
    "Passwords",
    "People",
    "Person",
    "RecoveryCode",
    "SecondFactor",
    "SignIn",
    "SignIns",
    "SignedIn",
    "SigningIn",
    "Usage",
    "UsageEvent",
    "User",
    "Users",
    "Visitor",
]
