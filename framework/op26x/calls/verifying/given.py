"""Checks of what is given to companies: only to those whose terms are accepted, and that may not train on it."""

from datetime import timedelta

from sqlmodel import col, exists, or_, select

from op26x.calls.verifying.looking import Look, found
from op26x.processors import Disclosure, ProcessorAcceptance, Standing

REMEMBERED = timedelta(days=30)
"""How long refused connections are shown."""


async def given_without_terms(look: Look) -> list[str]:
    """What was given to companies under terms that were not accepted then, or is kept by one whose terms are not."""
    accepted = exists().where(
        col(ProcessorAcceptance.organization_id) == look.organization_id,
        col(ProcessorAcceptance.fingerprint) == col(Disclosure.terms),
        col(ProcessorAcceptance.at) <= col(Disclosure.begun_at),
        or_(col(ProcessorAcceptance.ended_at).is_(None), col(ProcessorAcceptance.ended_at) >= col(Disclosure.begun_at)),
    )
    chosen = [one.processor for one in look.registered if one.standing is Standing.CHOSEN]
    given = select(Disclosure.processor).where(
        Disclosure.organization_id == look.organization_id,
        ~accepted,
        col(Disclosure.terms).not_in([one.fingerprint for one in chosen]),
    )
    wrong = await look.all(given.distinct())
    return [
        *found("{} companies were given something under terms that nobody had accepted", wrong),
        *found("{} companies keep sealed data, and nobody has accepted their terms", [one.name for one in chosen]),
    ]


async def refused_connections(look: Look) -> list[str]:
    """Hosts that something wanted to connect to, and that nobody declared."""
    log_of_first = look.installation.log_of(look.installation.first)  # the firewall is of the whole installation
    entries = await log_of_first.list(what="connection.refused", limit=None)
    recent = [entry for entry in entries if entry.at >= look.now - REMEMBERED]
    hosts = sorted({entry.record_id for entry in recent})
    what = "{} hosts that nobody declared were to be connected to within 30 days (by a hash; the log has their names)"
    return found(what, hosts)


async def terms_that_train(look: Look) -> list[str]:
    """Companies that are accepted and may train on the data."""
    training = [
        one.processor.name
        for one in look.registered
        if one.standing.is_given_data
        and one.processor.trains_on_data
        and not (one.acceptance and one.acceptance.agreement)
    ]
    return found("{} companies may train models on what they are given", training)
