"""Organizations, the keys by which programs speak for them, and those who guess such keys."""

from op26x.accounts.api_keys import ApiKeys
from op26x.accounts.guesses import Guesses
from op26x.accounts.model import ApiKey, Organization
from op26x.accounts.organizations import default_organization

__all__ = ["ApiKey", "ApiKeys", "Guesses", "Organization", "default_organization"]
