"""Checks of the way: nothing in clear beyond this machine, and certificates that hold."""

import asyncio

from op26x.calls.verifying.looking import Look
from op26x.certificates import certificate_faults
from op26x.errors import SettingsError
from op26x.exposure import check_exposure, goes_in_clear
from op26x.storage.places import data_place

ADDRESSES = ("public_url", "oidc_issuer", "checkpoint_webhook")


async def tls(look: Look) -> list[str]:
    """Addresses and databases to which something would go in clear."""
    core, wrong = look.core, []
    for check in (lambda: check_exposure(core.host, core), lambda: data_place(core)):
        try:
            check()
        except SettingsError as error:
            wrong.append(error.message)
    for name in ADDRESSES:
        if goes_in_clear(getattr(core, name)):
            wrong.append(f"The setting {name} is not encrypted: it begins with http://.")
    return wrong


async def certificate(look: Look) -> list[str]:
    """A certificate of the service's own that does not hold, or will not soon."""
    return await asyncio.to_thread(certificate_faults, look.core, look.now)
