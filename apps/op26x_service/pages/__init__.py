"""The service's own pages: signing in, one-time links, the account of whoever is signed in, the list of processors.

Plain forms that work without JavaScript. ``browser`` knows cookies, form tokens and where to go next; ``rendering`` the
templates; each other module has the routes of one matter.
"""

from typing import Any

from op26x.accounts.people import People
from op26x.settings import CoreSettings
from op26x_service.pages.account import account_routes
from op26x_service.pages.browser import Browsers
from op26x_service.pages.own_data import own_data_routes
from op26x_service.pages.rendering import style
from op26x_service.pages.second_factor import second_factor_routes
from op26x_service.pages.sign_in import sign_in_routes
from op26x_service.pages.subprocessors import subprocessor_routes
from op26x_service.pages.welcome import welcome_routes


def page_routes(people: People, browsers: Browsers, core: CoreSettings) -> list[Any]:
    """All of them."""
    routes = [sign_in_routes, welcome_routes, account_routes, second_factor_routes, own_data_routes]
    found = [route for make in routes for route in make(people, browsers)]
    if core.oidc_issuer:  # what speaks OpenID Connect takes a tenth of a second to load
        from op26x_service.pages.provider import provider_routes

        found += provider_routes(people, browsers, core)
    return [*found, style]


__all__ = ["Browsers", "page_routes", "subprocessor_routes"]
