"""Who acts, and for whom: organizations, their phone lines and API keys, and the permission table.

``permissions.toml`` says which role may do what; ``actors`` finds out who somebody is by what they show; an ``Actor``
is what every door hands on.
"""

from op26x.accounts.actor import Actor
from op26x.accounts.actors import Actors, operator
from op26x.accounts.api_keys import ApiKeys
from op26x.accounts.guesses import Guesses
from op26x.accounts.model import ApiKey, Organization, PhoneLine
from op26x.accounts.organizations import Organizations, changes, is_open, spoken_name
from op26x.accounts.permissions import Permission, Role, actions_of, permissions
from op26x.accounts.phone_lines import PhoneLines, line_of

__all__ = [
    "Actor",
    "Actors",
    "ApiKey",
    "ApiKeys",
    "Guesses",
    "Organization",
    "Organizations",
    "Permission",
    "PhoneLine",
    "PhoneLines",
    "Role",
    "actions_of",
    "changes",
    "is_open",
    "line_of",
    "operator",
    "permissions",
    "spoken_name",
]
