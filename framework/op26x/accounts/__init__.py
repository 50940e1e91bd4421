"""Organizations and the keys by which programs speak for them."""

from op26x.accounts.api_keys import ApiKeys
from op26x.accounts.model import ApiKey, Organization
from op26x.accounts.organizations import default_organization

__all__ = ["ApiKey", "ApiKeys", "Organization", "default_organization"]
